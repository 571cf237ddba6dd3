// Batch normalisation's arithmetic per channel, in float64: what the fused operators share (Ioffe and Szegedy, "Batch
// Normalization", 2015, section 3).
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include "process_group.h"

namespace pneumoscope {

// y = x * scale + shift, with scale = gamma * inverse_deviation.
struct BatchNorm {
  at::Tensor mean, variance, inverse_deviation, scale, shift;
};

// `sums` and `squares`, over `count` values, are those of x - pivot; the pivot may be zero.
inline BatchNorm batch_norm(const at::Tensor& sums, const at::Tensor& squares, double count, const at::Tensor& pivot,
                            const at::Tensor& gamma, const at::Tensor& beta, double epsilon) {
  const at::Tensor offset = sums / count;
  const at::Tensor mean = pivot.defined() ? offset + pivot : offset;
  const at::Tensor variance = (squares / count - offset * offset).clamp_min(0);
  const at::Tensor inverse_deviation = (variance + epsilon).rsqrt();
  const at::Tensor scale = gamma.to(at::kDouble) * inverse_deviation;
  return {mean, variance, inverse_deviation, scale, beta.to(at::kDouble) - mean * scale};
}

// Two sums per channel in float64, and over how many values.
struct ChannelSums {
  at::Tensor first, second;
  double count;
};

// Those of all processes of `group` together; 0: as they are.
inline ChannelSums over_group(int64_t group, const ChannelSums& own) {
  if (group == 0) return own;
  const int64_t channels = own.first.numel();
  const at::Tensor all = at::cat({own.first, own.second, at::full({1}, own.count, at::kDouble)});
  all_reduce_now(group, all);
  return {all.slice(0, 0, channels), all.slice(0, channels, 2 * channels), all[2 * channels].item<double>()};
}

// d x = scale * dy + slope * (x - mean) + constant
struct BatchNormGradient {
  at::Tensor slope, constant;
};

// With xhat = (x - mean) * inverse_deviation and n values: d x = scale * (dy - sum(dy) / n - xhat * sum(dy * xhat) / n).
// `grad_beta` is sum(dy), `grad_gamma` sum(dy * xhat).
inline BatchNormGradient batch_norm_gradient(const at::Tensor& scale, const at::Tensor& inverse_deviation,
                                             const at::Tensor& grad_gamma, const at::Tensor& grad_beta, double count) {
  return {-scale * inverse_deviation * grad_gamma / count, -scale * grad_beta / count};
}

inline void check_channel_weights(const at::Tensor& gamma, const at::Tensor& beta, int64_t channels) {
  TORCH_CHECK(gamma.is_cpu() && beta.is_cpu() && gamma.numel() == channels && beta.numel() == channels,
              "gamma and beta should be on the CPU, one value per channel");
}

}  // namespace pneumoscope
