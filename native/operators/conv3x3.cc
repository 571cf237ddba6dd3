// pneumoscope::conv3x3 over kernels/conv3x3: padding, packing, threads and checks.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cpu_capability.h"
#include "differentiable.h"
#include "kernels/conv3x3.h"

namespace pneumoscope {

const Conv3x3Kernels& conv3x3_kernels() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(conv3x3);
  return chosen;
}

namespace conv3x3_operator {
namespace {

struct Shape {
  int64_t images, height, width;
};

// One image [c, h, w] in channels-last memory with a border of zeros, into `target` [h + 2, w + 2, c].
void pad_image(const float* image, const Shape& shape, int64_t channels, float* target) {
  const int64_t row = shape.width * channels;
  const int64_t padded_row = row + 2 * channels;
  std::memset(target, 0, padded_row * sizeof(float));
  for (int64_t y = 0; y < shape.height; ++y) {
    float* start = target + (y + 1) * padded_row;
    std::memset(start, 0, channels * sizeof(float));
    std::memcpy(start + channels, image + y * row, row * sizeof(float));
    std::memset(start + channels + row, 0, channels * sizeof(float));
  }
  std::memset(target + (shape.height + 1) * padded_row, 0, padded_row * sizeof(float));
}

int64_t padded_size(const Shape& shape, int64_t channels) { return (shape.height + 2) * (shape.width + 2) * channels; }

// taps: [3, 3, in, out]. Blocks of output channels apart, as the kernels read them.
at::Tensor pack_weights(const at::Tensor& taps) {
  const int64_t in = taps.size(2), out = taps.size(3), block = conv3x3_kernels().block;
  return taps.reshape({3, 3 * in, out / block, block}).permute({2, 0, 1, 3}).contiguous();
}

// x and the result are channels-last; bias may be undefined.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias, int64_t channels_out) {
  const Shape shape = {x.size(0), x.size(2), x.size(3)};
  const int64_t in = x.size(1);
  const at::Tensor out = at::empty({shape.images, channels_out, shape.height, shape.width}, x.options(),
                                   at::MemoryFormat::ChannelsLast);
  const auto* source = x.data_ptr<float>();
  const auto* weights = packed.data_ptr<float>();
  const auto* offsets = bias.defined() ? bias.data_ptr<float>() : nullptr;
  auto* target = out.data_ptr<float>();
  at::parallel_for(0, shape.images, 1, [&](int64_t begin, int64_t end) {
    const at::Tensor scratch = at::empty({padded_size(shape, in)}, at::kFloat);
    auto* padded = scratch.data_ptr<float>();
    for (int64_t i = begin; i < end; ++i) {
      pad_image(source + i * shape.height * shape.width * in, shape, in, padded);
      conv3x3_kernels().forward(padded, weights, offsets, shape.height, shape.width, in, channels_out,
                                target + i * shape.height * shape.width * channels_out);
    }
  });
  return out;
}

// Gradients of weights [out, in, 3, 3] and bias [out]. Each thread sums its images apart; the sums are added in order.
std::pair<at::Tensor, at::Tensor> parameter_gradients(const at::Tensor& x, const at::Tensor& grad) {
  const Shape shape = {x.size(0), x.size(2), x.size(3)};
  const int64_t in = x.size(1), out = grad.size(1);
  const int64_t groups = std::min<int64_t>(shape.images, at::get_num_threads());
  const at::Tensor weights = at::zeros({groups, 9 * in * out}, at::kFloat);
  const at::Tensor bias = at::zeros({groups, out}, at::kFloat);
  const auto* source = x.data_ptr<float>();
  const auto* gradient = grad.data_ptr<float>();
  auto* weight_sums = weights.data_ptr<float>();
  auto* bias_sums = bias.data_ptr<float>();
  at::parallel_for(0, groups, 1, [&](int64_t begin, int64_t end) {
    const at::Tensor scratch = at::empty({padded_size(shape, in)}, at::kFloat);
    auto* padded = scratch.data_ptr<float>();
    for (int64_t group = begin; group < end; ++group) {
      for (int64_t i = group * shape.images / groups; i < (group + 1) * shape.images / groups; ++i) {
        pad_image(source + i * shape.height * shape.width * in, shape, in, padded);
        conv3x3_kernels().weight_gradient(padded, gradient + i * shape.height * shape.width * out, shape.height,
                                          shape.width, in, out, weight_sums + group * 9 * in * out,
                                          bias_sums + group * out);
      }
    }
  });
  const at::Tensor taps = weights.sum(0).reshape({3, 3, in, out});
  return {taps.permute({3, 2, 0, 1}).contiguous(at::MemoryFormat::ChannelsLast), bias.sum(0)};
}

bool is_blocked(int64_t channels) { return channels % conv3x3_kernels().block == 0; }

class Conv3x3 final : public Differentiable {
 public:
  Tensors forward(const Tensors& inputs, Tensors& saved) const override {
    const at::Tensor &input = inputs.at(0), &weight = inputs.at(1);
    const at::Tensor bias = inputs.size() > 2 ? inputs[2] : at::Tensor();
    TORCH_CHECK(input.dim() == 4 && input.is_cpu() && input.scalar_type() == at::kFloat,
                "x should be a float32 [n, c, h, w] tensor on the CPU");
    TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 && weight.size(1) == input.size(1),
                "weight should be [out, ", input.size(1), ", 3, 3]. Received ", weight.sizes());
    TORCH_CHECK(weight.is_cpu() && (!bias.defined() || (bias.is_cpu() && bias.numel() == weight.size(0))),
                "weight and bias should be on the CPU, the bias one value per output channel");
    TORCH_CHECK(is_blocked(weight.size(0)), "output channels should be a multiple of ", conv3x3_kernels().block,
                ". Received ", weight.size(0));
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    saved = {x, weight};
    const at::Tensor offsets = bias.defined() ? bias.contiguous() : bias;
    return {convolve(x, pack_weights(weight.permute({2, 3, 1, 0})), offsets, weight.size(0))};
  }

  Tensors backward(const Tensors& saved, const at::Tensor& gradient, const std::vector<bool>& wanted) const override {
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor grad = gradient.contiguous(at::MemoryFormat::ChannelsLast);
    const auto [grad_weight, grad_bias] = parameter_gradients(x, grad);
    at::Tensor grad_x;
    if (wanted[0]) {
      // The gradient of a convolution's input is a convolution with the kernels turned and their channels swapped.
      const at::Tensor turned = weight.flip({2, 3});
      grad_x = is_blocked(x.size(1))
                   ? convolve(grad, pack_weights(turned.permute({2, 3, 0, 1})), at::Tensor(), x.size(1))
                   : at::conv2d(grad, turned.transpose(0, 1), {}, 1, 1);
    }
    if (wanted.size() == 2) return {grad_x, grad_weight};
    return {grad_x, grad_weight, grad_bias};
  }
};

}  // namespace
}  // namespace conv3x3_operator

std::unique_ptr<Differentiable> make_conv3x3() { return std::make_unique<conv3x3_operator::Conv3x3>(); }

}  // namespace pneumoscope
