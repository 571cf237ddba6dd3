// pneumoscope::norm_activation over kernels/norm_activation: moments, threads and checks.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <string>

#include "batch_norm.h"
#include "channel_sums.h"
#include "cpu_capability.h"
#include "differentiable.h"
#include "kernels/norm_activation.h"

namespace pneumoscope {

const NormActivationKernels& norm_activation_kernels(int activation) {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(norm_activation);
  return chosen[activation];
}

namespace norm_activation_operator {
namespace {

int index_of(const std::string& activation) {
  for (int i = 0; i < kActivationCount; ++i) {
    if (activation == kActivations[i]) return i;
  }
  TORCH_CHECK(false, "activation should be linear, relu or relu6. Received ", activation);
}

struct Batch {
  int64_t images, pixels, channels;
  int64_t size() const { return pixels * channels; }
  double count() const { return static_cast<double>(images * pixels); }
};

Batch batch_of(const at::Tensor& x) { return {x.size(0), x.size(2) * x.size(3), x.size(1)}; }

class NormActivation final : public Differentiable {
 public:
  NormActivation(double epsilon, const std::string& activation, int64_t group)
      : epsilon_(epsilon), group_(group), kernels_(norm_activation_kernels(index_of(activation))) {}

  Tensors forward(const Tensors& inputs, Tensors& saved) const override {
    const at::Tensor &input = inputs.at(0), &gamma = inputs.at(1), &beta = inputs.at(2);
    TORCH_CHECK(input.dim() == 4 && input.is_cpu() && input.scalar_type() == at::kFloat,
                "x should be a float32 [n, c, h, w] tensor on the CPU");
    TORCH_CHECK(input.numel() > 0 || group_ != 0, "x should not be empty");
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    const Batch batch = batch_of(x);
    check_channel_weights(gamma, beta, batch.channels);
    const auto* values = x.data_ptr<float>();

    // Moments around the first pixel: no digits are lost where the mean is far from zero. Processes have no pixel in common.
    const bool is_alone = group_ == 0;
    const at::Tensor pivot = is_alone ? x.select(0, 0).select(1, 0).select(1, 0)  // [n, c, h, w] -> [c]
                                      : at::zeros({batch.channels}, at::kFloat);
    const auto* around = is_alone ? values : pivot.data_ptr<float>();
    const auto own = sum_over_images(batch.images, batch.channels, [&](int64_t i, double* s, double* q) {
      kernels_.sums(values + i * batch.size(), batch.pixels, batch.channels, around, s, q);
    });
    const ChannelSums sums = over_group(group_, {own.first, own.second, batch.count()});
    const BatchNorm norm = batch_norm(sums.first, sums.second, sums.count, pivot, gamma, beta, epsilon_);
    const at::Tensor scale = norm.scale.to(at::kFloat), shift = norm.shift.to(at::kFloat);

    const at::Tensor out = at::empty_like(x);
    const auto *scales = scale.data_ptr<float>(), *shifts = shift.data_ptr<float>();
    auto* target = out.data_ptr<float>();
    at::parallel_for(0, batch.images, 1, [&](int64_t begin, int64_t end) {
      kernels_.apply(values + begin * batch.size(), (end - begin) * batch.pixels, batch.channels, scales, shifts,
                     target + begin * batch.size());
    });
    const at::Tensor mean = norm.mean.to(at::kFloat);
    saved = {x, scale, shift, mean, norm.inverse_deviation};
    return {out, mean.clone(), norm.variance.to(at::kFloat)};
  }

  Tensors backward(const Tensors& saved, const at::Tensor& gradient, const std::vector<bool>&) const override {
    const at::Tensor &x = saved[0], &scale = saved[1], &shift = saved[2], &mean = saved[3], &inverse = saved[4];
    const Batch batch = batch_of(x);
    const at::Tensor grad = gradient.contiguous(at::MemoryFormat::ChannelsLast);
    const auto *values = x.data_ptr<float>(), *grads = grad.data_ptr<float>();
    const auto *scales = scale.data_ptr<float>(), *shifts = shift.data_ptr<float>(), *means = mean.data_ptr<float>();
    const auto [grad_beta, products] =
        sum_over_images(batch.images, batch.channels, [&](int64_t i, double* g, double* p) {
          kernels_.grad_sums(values + i * batch.size(), grads + i * batch.size(), batch.pixels, batch.channels, scales,
                             shifts, means, g, p);
        });

    const at::Tensor grad_gamma = products * inverse;
    const ChannelSums sums = over_group(group_, {grad_gamma, grad_beta, batch.count()});
    const BatchNormGradient of_x = batch_norm_gradient(scale, inverse, sums.first, sums.second, sums.count);
    const at::Tensor slope = of_x.slope.to(at::kFloat), constant = of_x.constant.to(at::kFloat);
    const at::Tensor grad_x = at::empty_like(x);
    const auto *slopes = slope.data_ptr<float>(), *constants = constant.data_ptr<float>();
    auto* target = grad_x.data_ptr<float>();
    at::parallel_for(0, batch.images, 1, [&](int64_t begin, int64_t end) {
      kernels_.backward(values + begin * batch.size(), grads + begin * batch.size(), (end - begin) * batch.pixels,
                        batch.channels, scales, shifts, means, slopes, constants, target + begin * batch.size());
    });
    return {grad_x, grad_gamma.to(at::kFloat), grad_beta.to(at::kFloat)};
  }

 private:
  double epsilon_;
  int64_t group_;
  const NormActivationKernels& kernels_;
};

}  // namespace
}  // namespace norm_activation_operator

std::unique_ptr<Differentiable> make_norm_activation(double epsilon, const std::string& activation, int64_t group) {
  return std::make_unique<norm_activation_operator::NormActivation>(epsilon, activation, group);
}

}  // namespace pneumoscope
