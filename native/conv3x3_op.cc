// Registers pneumoscope::conv3x3 with libtorch's dispatcher, gradients included, over kernels/conv3x3.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "cpu_capability.h"
#include "kernels/conv3x3.h"

namespace pneumoscope {

const Conv3x3Kernels& conv3x3_kernels() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(conv3x3);
  return chosen;
}

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

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Conv3x3 : torch::autograd::Function<Conv3x3> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    TORCH_CHECK(input.dim() == 4 && input.is_cpu() && input.scalar_type() == at::kFloat,
                "x should be a float32 [n, c, h, w] tensor on the CPU");
    TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 && weight.size(1) == input.size(1),
                "weight should be [out, ", input.size(1), ", 3, 3]. Received ", weight.sizes());
    TORCH_CHECK(weight.is_cpu() && bias.is_cpu() && bias.numel() == weight.size(0),
                "weight and bias should be on the CPU, the bias one value per output channel");
    TORCH_CHECK(is_blocked(weight.size(0)), "output channels should be a multiple of ", conv3x3_kernels().block,
                ". Received ", weight.size(0));
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    context->save_for_backward({x, weight});
    return convolve(x, pack_weights(weight.permute({2, 3, 1, 0})), bias.contiguous(), weight.size(0));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor grad = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const auto [grad_weight, grad_bias] = parameter_gradients(x, grad);
    at::Tensor grad_x;
    if (context->needs_input_grad(0)) {
      // The gradient of a convolution's input is a convolution with the kernels turned and their channels swapped.
      const at::Tensor turned = weight.flip({2, 3});
      grad_x = is_blocked(x.size(1))
                   ? convolve(grad, pack_weights(turned.permute({2, 3, 0, 1})), at::Tensor(), x.size(1))
                   : at::conv2d(grad, turned.transpose(0, 1), {}, 1, 1);
    }
    return {grad_x, grad_weight, grad_bias};
  }
};

// Equal to aten::conv2d with stride 1 and padding 1.
at::Tensor conv3x3(const at::Tensor& x, const at::Tensor& weight, const c10::optional<at::Tensor>& bias) {
  // Custom functions of libtorch 1.13 take no undefined tensors, so a missing bias is zeros.
  const bool has_bias = bias.has_value() && bias->defined();
  return Conv3x3::apply(x, weight, has_bias ? *bias : at::zeros({weight.size(0)}, weight.options()));
}

}  // namespace
}  // namespace pneumoscope

TORCH_LIBRARY_FRAGMENT(pneumoscope, library) {
  library.def("conv3x3(Tensor x, Tensor weight, Tensor? bias=None) -> Tensor", pneumoscope::conv3x3);
  library.def("conv3x3_block() -> int", [] { return pneumoscope::conv3x3_kernels().block; });
}
