// pneumoscope::relu_norm_pool over kernels/relu_norm_pool: moments, threads and checks.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <utility>

#include "batch_norm.h"
#include "channel_sums.h"
#include "cpu_capability.h"
#include "differentiable.h"
#include "kernels/relu_norm_pool.h"

namespace pneumoscope {
namespace relu_norm_pool_operator {
namespace {

template <typename T>
const ReluNormPoolKernels<T>& kernels();

template <>
const ReluNormPoolKernels<float>& kernels<float>() {
  return relu_norm_pool_float();
}

template <>
const ReluNormPoolKernels<Bfloat16>& kernels<Bfloat16>() {
  return relu_norm_pool_bfloat16();
}

template <typename T>
T* data(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

struct Shape {
  int64_t images, channels, height, width;
  int64_t pixels() const { return height * width; }
  int64_t size() const { return pixels() * channels; }
  double count() const { return static_cast<double>(images * pixels()); }
};

// The sums of relu(x) and of its squares.
template <typename T>
std::pair<at::Tensor, at::Tensor> sums(const at::Tensor& x, const Shape& shape) {
  return sum_over_images(shape.images, shape.channels, [&](int64_t i, double* s, double* q) {
    kernels<T>().sums(data<T>(x) + i * shape.size(), shape.pixels(), shape.channels, s, q);
  });
}

template <typename T>
void pool(const at::Tensor& x, const Shape& shape, const at::Tensor& scale, const at::Tensor& shift,
          const at::Tensor& peak, const at::Tensor& pooled) {
  at::parallel_for(0, shape.images, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernels<T>().pool(data<T>(x) + i * shape.size(), shape.height, shape.width, shape.channels, data<float>(scale),
                        data<float>(shift), data<T>(peak) + i * shape.size() / 4, data<T>(pooled) + i * shape.size() / 4);
    }
  });
}

template <typename T>
std::pair<at::Tensor, at::Tensor> grad_sums(const at::Tensor& grad, const at::Tensor& peak, const Shape& shape) {
  return sum_over_images(shape.images, shape.channels, [&](int64_t i, double* s, double* p) {
    const int64_t offset = i * shape.size() / 4;
    kernels<T>().grad_sums(data<T>(grad) + offset, data<T>(peak) + offset, shape.pixels() / 4, shape.channels, s, p);
  });
}

template <typename T>
void input_gradient(const at::Tensor& x, const at::Tensor& grad, const at::Tensor& peak, const Shape& shape,
                    const at::Tensor& a, const at::Tensor& b, const at::Tensor& c, const at::Tensor& grad_x) {
  at::parallel_for(0, shape.images, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t offset = i * shape.size() / 4;
      kernels<T>().backward(data<T>(x) + i * shape.size(), data<T>(grad) + offset, data<T>(peak) + offset, shape.height,
                            shape.width, shape.channels, data<float>(a), data<float>(b), data<float>(c),
                            data<T>(grad_x) + i * shape.size());
    }
  });
}

Shape shape_of(const at::Tensor& x) {
  TORCH_CHECK(x.dim() == 4 && x.is_cpu(), "x should be a [n, c, h, w] tensor on the CPU");
  TORCH_CHECK(x.size(2) % 2 == 0 && x.size(3) % 2 == 0, "height and width should be even. Received ", x.sizes());
  TORCH_CHECK(x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16, "x should be float32 or bfloat16");
  return {x.size(0), x.size(1), x.size(2), x.size(3)};
}

class ReluNormPool final : public Differentiable {
 public:
  ReluNormPool(double epsilon, int64_t group) : epsilon_(epsilon), group_(group) {}

  Tensors forward(const Tensors& inputs, Tensors& saved) const override {
    const at::Tensor &gamma = inputs.at(1), &beta = inputs.at(2);
    const Shape shape = shape_of(inputs.at(0));
    check_channel_weights(gamma, beta, shape.channels);
    const at::Tensor x = inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
    const bool is_float = x.scalar_type() == at::kFloat;
    const auto own = is_float ? sums<float>(x, shape) : sums<Bfloat16>(x, shape);
    const ChannelSums all = over_group(group_, {own.first, own.second, shape.count()});
    const BatchNorm norm = batch_norm(all.first, all.second, all.count, {}, gamma, beta, epsilon_);
    const at::Tensor scale = norm.scale.to(at::kFloat), shift = norm.shift.to(at::kFloat);
    const at::Tensor pooled = at::empty({shape.images, shape.channels, shape.height / 2, shape.width / 2}, x.options(),
                                        at::MemoryFormat::ChannelsLast);
    const at::Tensor peak = at::empty_like(pooled);
    if (is_float) {
      pool<float>(x, shape, scale, shift, peak, pooled);
    } else {
      pool<Bfloat16>(x, shape, scale, shift, peak, pooled);
    }
    saved = {x, peak, gamma, norm.mean, norm.inverse_deviation};
    return {pooled, norm.mean.to(at::kFloat), norm.variance.to(at::kFloat)};
  }

  Tensors backward(const Tensors& saved, const at::Tensor& gradient, const std::vector<bool>&) const override {
    const at::Tensor &x = saved[0], &peak = saved[1], &gamma = saved[2], &mean = saved[3], &inverse = saved[4];
    const Shape shape = shape_of(x);
    const at::Tensor grad = gradient.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const bool is_float = x.scalar_type() == at::kFloat;
    const auto [grad_beta, products] =
        is_float ? grad_sums<float>(grad, peak, shape) : grad_sums<Bfloat16>(grad, peak, shape);

    const at::Tensor grad_gamma = (products - mean * grad_beta) * inverse;
    const at::Tensor scale = gamma.to(at::kDouble) * inverse;
    const ChannelSums all = over_group(group_, {grad_gamma, grad_beta, shape.count()});
    const BatchNormGradient of_x = batch_norm_gradient(scale, inverse, all.first, all.second, all.count);
    // The kernel multiplies the slope with r = relu(x) itself, not with r - mean.
    const at::Tensor a = scale.to(at::kFloat), b = of_x.slope.to(at::kFloat);
    const at::Tensor c = (of_x.constant - of_x.slope * mean).to(at::kFloat);
    const at::Tensor grad_x = at::empty_like(x);
    if (is_float) {
      input_gradient<float>(x, grad, peak, shape, a, b, c, grad_x);
    } else {
      input_gradient<Bfloat16>(x, grad, peak, shape, a, b, c, grad_x);
    }
    return {grad_x, grad_gamma.to(gamma.scalar_type()), grad_beta.to(gamma.scalar_type())};
  }

 private:
  double epsilon_;
  int64_t group_;
};

}  // namespace
}  // namespace relu_norm_pool_operator

std::unique_ptr<Differentiable> make_relu_norm_pool(double epsilon, int64_t group) {
  return std::make_unique<relu_norm_pool_operator::ReluNormPool>(epsilon, group);
}

const ReluNormPoolKernels<float>& relu_norm_pool_float() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(float_kernels);
  return chosen;
}

const ReluNormPoolKernels<Bfloat16>& relu_norm_pool_bfloat16() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(bfloat16_kernels);
  return chosen;
}

}  // namespace pneumoscope
