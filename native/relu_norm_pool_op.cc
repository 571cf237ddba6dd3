// Registers pneumoscope::relu_norm_pool with libtorch's dispatcher, gradients included, over kernels/relu_norm_pool.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <tuple>
#include <utility>

#include "channel_sums.h"
#include "cpu_capability.h"
#include "kernels/relu_norm_pool.h"

namespace pneumoscope {
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
};

template <typename T>
std::pair<at::Tensor, at::Tensor> moments(const at::Tensor& x, const Shape& shape) {
  const auto [sums, squares] = sum_over_images(shape.images, shape.channels, [&](int64_t i, double* s, double* q) {
    kernels<T>().sums(data<T>(x) + i * shape.size(), shape.pixels(), shape.channels, s, q);
  });
  const auto count = static_cast<double>(shape.images * shape.pixels());
  const at::Tensor mean = sums / count;
  return {mean, (squares / count - mean * mean).clamp_min(0)};
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

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct ReluNormPool : torch::autograd::Function<ReluNormPool> {
  static variable_list forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& gamma,
                               const at::Tensor& beta, double epsilon) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const Shape shape = shape_of(input);
    TORCH_CHECK(gamma.is_cpu() && beta.is_cpu() && gamma.numel() == shape.channels && beta.numel() == shape.channels,
                "gamma and beta should be on the CPU, one value per channel");
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    const bool is_float = x.scalar_type() == at::kFloat;
    const auto [mean, variance] = is_float ? moments<float>(x, shape) : moments<Bfloat16>(x, shape);
    const at::Tensor inverse_deviation = (variance + epsilon).rsqrt();
    const at::Tensor scale = gamma.to(at::kDouble) * inverse_deviation;
    const at::Tensor shift = (beta.to(at::kDouble) - mean * scale).to(at::kFloat);
    const at::Tensor pooled = at::empty({shape.images, shape.channels, shape.height / 2, shape.width / 2}, x.options(),
                                        at::MemoryFormat::ChannelsLast);
    const at::Tensor peak = at::empty_like(pooled);
    const at::Tensor float_scale = scale.to(at::kFloat);
    if (is_float) {
      pool<float>(x, shape, float_scale, shift, peak, pooled);
    } else {
      pool<Bfloat16>(x, shape, float_scale, shift, peak, pooled);
    }
    context->save_for_backward({x, peak, gamma, mean, inverse_deviation});
    variable_list results = {pooled, mean.to(at::kFloat), variance.to(at::kFloat)};
    context->mark_non_differentiable({results[1], results[2]});
    return results;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &peak = saved[1], &gamma = saved[2], &mean = saved[3], &inverse = saved[4];
    const Shape shape = shape_of(x);
    const at::Tensor grad = gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const bool is_float = x.scalar_type() == at::kFloat;
    const auto [grads, products] =
        is_float ? grad_sums<float>(grad, peak, shape) : grad_sums<Bfloat16>(grad, peak, shape);

    // With xhat = (r - mean) * inverse and n pixels: d r = gamma * inverse * (dy - sum(dy)/n - xhat * sum(dy*xhat)/n),
    // sorted into a * dy + b * r + c (Ioffe and Szegedy, "Batch Normalization", 2015, section 3).
    const auto count = static_cast<double>(shape.images * shape.pixels());
    const at::Tensor grad_gamma = (products - mean * grads) * inverse;
    const at::Tensor a = gamma.to(at::kDouble) * inverse;
    const at::Tensor b = -a * inverse * grad_gamma / count;
    const at::Tensor c = -a * grads / count - b * mean;
    const at::Tensor grad_x = at::empty_like(x);
    const at::Tensor fa = a.to(at::kFloat), fb = b.to(at::kFloat), fc = c.to(at::kFloat);
    if (is_float) {
      input_gradient<float>(x, grad, peak, shape, fa, fb, fc, grad_x);
    } else {
      input_gradient<Bfloat16>(x, grad, peak, shape, fa, fb, fc, grad_x);
    }
    return {grad_x, grad_gamma.to(gamma.scalar_type()), grads.to(gamma.scalar_type()), at::Tensor()};
  }
};

// x is a convolution's output before its ReLU. Returns pooled, and the batch's mean and (biased) variance of relu(x).
std::tuple<at::Tensor, at::Tensor, at::Tensor> relu_norm_pool(const at::Tensor& x, const at::Tensor& gamma,
                                                              const at::Tensor& beta, double epsilon) {
  const variable_list results = ReluNormPool::apply(x, gamma, beta, epsilon);
  return {results[0], results[1], results[2]};
}

}  // namespace

const ReluNormPoolKernels<float>& relu_norm_pool_float() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(float_kernels);
  return chosen;
}

const ReluNormPoolKernels<Bfloat16>& relu_norm_pool_bfloat16() {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(bfloat16_kernels);
  return chosen;
}

}  // namespace pneumoscope

TORCH_LIBRARY_FRAGMENT(pneumoscope, library) {
  library.def("relu_norm_pool(Tensor x, Tensor gamma, Tensor beta, float epsilon) -> (Tensor, Tensor, Tensor)",
              pneumoscope::relu_norm_pool);
}
