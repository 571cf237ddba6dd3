// pneumoscope::depthwise over kernels/depthwise: shapes, threads and checks.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cpu_capability.h"
#include "differentiable.h"
#include "kernels/depthwise.h"

namespace pneumoscope {

const DepthwiseKernels& depthwise_kernels() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(depthwise);
  return chosen;
}

namespace depthwise_operator {
namespace {

using Integers = std::vector<int64_t>;

// strides: [y, x]; padding: [top, bottom, left, right].
DepthwiseShape shape_of(const at::Tensor& x, const at::Tensor& weight, const Integers& strides,
                        const Integers& padding) {
  TORCH_CHECK(x.dim() == 4 && x.is_cpu() && x.scalar_type() == at::kFloat,
              "x should be a float32 [n, c, h, w] tensor on the CPU");
  TORCH_CHECK(weight.dim() == 4 && weight.size(0) == x.size(1) && weight.size(1) == 1,
              "weight should be [", x.size(1), ", 1, kernel height, kernel width]. Received ", weight.sizes());
  TORCH_CHECK(weight.is_cpu() && weight.scalar_type() == at::kFloat, "weight should be float32 on the CPU");
  TORCH_CHECK(weight.size(2) * weight.size(3) <= kMostTaps, "a kernel may have ", kMostTaps, " weights. Received ",
              weight.sizes());
  TORCH_CHECK(strides.size() == 2 && strides[0] > 0 && strides[1] > 0, "strides should be two positive numbers");
  TORCH_CHECK(padding.size() == 4 && *std::min_element(padding.begin(), padding.end()) >= 0,
              "padding should be four numbers from 0");
  DepthwiseShape s;
  s.channels = x.size(1), s.height = x.size(2), s.width = x.size(3);
  s.kernel_height = weight.size(2), s.kernel_width = weight.size(3);
  s.stride_y = strides[0], s.stride_x = strides[1];
  s.top = padding[0], s.left = padding[2];
  const int64_t free_rows = s.height + padding[0] + padding[1] - s.kernel_height;
  const int64_t free_columns = s.width + padding[2] + padding[3] - s.kernel_width;
  TORCH_CHECK(free_rows >= 0 && free_columns >= 0, "the kernel is larger than the padded image");
  s.out_height = free_rows / s.stride_y + 1, s.out_width = free_columns / s.stride_x + 1;
  return s;
}

// weight [c, 1, kh, kw] -> [kh * kw, c]
at::Tensor taps_first(const at::Tensor& weight) { return weight.flatten(1).t().contiguous(); }

int64_t size_in(const DepthwiseShape& s) { return s.height * s.width * s.channels; }
int64_t size_out(const DepthwiseShape& s) { return s.out_height * s.out_width * s.channels; }

at::Tensor channels_last(int64_t images, int64_t channels, int64_t height, int64_t width) {
  return at::empty({images, channels, height, width}, at::TensorOptions(at::kFloat), at::MemoryFormat::ChannelsLast);
}

template <typename Work>
void for_each_image(const at::Tensor& images, const Work& work) {
  at::parallel_for(0, images.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i);
  });
}

at::Tensor convolve(const DepthwiseShape& s, const at::Tensor& x, const at::Tensor& weight) {
  const at::Tensor taps = taps_first(weight);
  const at::Tensor out = channels_last(x.size(0), s.channels, s.out_height, s.out_width);
  const auto *source = x.data_ptr<float>(), *weights = taps.data_ptr<float>();
  auto* target = out.data_ptr<float>();
  for_each_image(x, [&](int64_t i) {
    depthwise_kernels().forward(s, source + i * size_in(s), weights, target + i * size_out(s));
  });
  return out;
}

at::Tensor input_gradient(const DepthwiseShape& s, const at::Tensor& grad, const at::Tensor& weight) {
  const at::Tensor taps = taps_first(weight);
  const at::Tensor grad_x = channels_last(grad.size(0), s.channels, s.height, s.width);
  const auto *source = grad.data_ptr<float>(), *weights = taps.data_ptr<float>();
  auto* target = grad_x.data_ptr<float>();
  for_each_image(grad, [&](int64_t i) {
    depthwise_kernels().input_gradient(s, source + i * size_out(s), weights, target + i * size_in(s));
  });
  return grad_x;
}

// Every image's share is kept apart and they are added in order: the same for any number of threads.
at::Tensor weight_gradient(const DepthwiseShape& s, const at::Tensor& x, const at::Tensor& grad) {
  const int64_t images = x.size(0), taps = s.kernel_height * s.kernel_width;
  const at::Tensor shares = at::zeros({images, taps * s.channels}, at::kFloat);
  const auto *source = x.data_ptr<float>(), *gradient = grad.data_ptr<float>();
  auto* target = shares.data_ptr<float>();
  for_each_image(x, [&](int64_t i) {
    depthwise_kernels().weight_gradient(s, source + i * size_in(s), gradient + i * size_out(s),
                                        target + i * taps * s.channels);
  });
  // [n, kh * kw * c] -> [c, 1, kh, kw]
  return shares.sum(0).reshape({taps, s.channels}).t().reshape({s.channels, 1, s.kernel_height, s.kernel_width});
}

class Depthwise final : public Differentiable {
 public:
  Depthwise(Integers strides, Integers padding) : strides_(std::move(strides)), padding_(std::move(padding)) {}

  Tensors forward(const Tensors& inputs, Tensors& saved) const override {
    const at::Tensor& weight = inputs.at(1);
    const DepthwiseShape shape = shape_of(inputs.at(0), weight, strides_, padding_);
    const at::Tensor x = inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
    saved = {x, weight};
    return {convolve(shape, x, weight)};
  }

  Tensors backward(const Tensors& saved, const at::Tensor& gradient, const std::vector<bool>& wanted) const override {
    const at::Tensor &x = saved[0], &weight = saved[1];
    const DepthwiseShape shape = shape_of(x, weight, strides_, padding_);
    const at::Tensor grad = gradient.contiguous(at::MemoryFormat::ChannelsLast);
    return {wanted[0] ? input_gradient(shape, grad, weight) : at::Tensor(),
            wanted[1] ? weight_gradient(shape, x, grad) : at::Tensor()};
  }

 private:
  Integers strides_, padding_;
};

}  // namespace
}  // namespace depthwise_operator

std::unique_ptr<Differentiable> make_depthwise(std::vector<int64_t> strides, std::vector<int64_t> padding) {
  return std::make_unique<depthwise_operator::Depthwise>(std::move(strides), std::move(padding));
}

}  // namespace pneumoscope
