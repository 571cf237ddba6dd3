// Registers pneumoscope::norm_activation with libtorch's dispatcher, gradients included, over kernels/norm_activation.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <string>
#include <tuple>

#include "channel_sums.h"
#include "cpu_capability.h"
#include "kernels/norm_activation.h"

namespace pneumoscope {

const NormActivationKernels& norm_activation_kernels(int activation) {
  static const auto& chosen = PNEUMOSCOPE_BEST_BUILD(norm_activation);
  return chosen[activation];
}

namespace {

int64_t index_of(c10::string_view activation) {
  for (int i = 0; i < kActivationCount; ++i) {
    if (activation == kActivations[i]) return i;
  }
  TORCH_CHECK(false, "activation should be linear, relu or relu6. Received ", std::string(activation));
}

struct Batch {
  int64_t images, pixels, channels;
  int64_t size() const { return pixels * channels; }
};

Batch batch_of(const at::Tensor& x) { return {x.size(0), x.size(2) * x.size(3), x.size(1)}; }

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct NormActivation : torch::autograd::Function<NormActivation> {
  static variable_list forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& gamma,
                               const at::Tensor& beta, double epsilon, int64_t activation) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    TORCH_CHECK(input.dim() == 4 && input.is_cpu() && input.scalar_type() == at::kFloat,
                "x should be a float32 [n, c, h, w] tensor on the CPU");
    TORCH_CHECK(input.numel() > 0, "x should not be empty");
    const at::Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
    const Batch batch = batch_of(x);
    TORCH_CHECK(gamma.is_cpu() && beta.is_cpu() && gamma.numel() == batch.channels && beta.numel() == batch.channels,
                "gamma and beta should be on the CPU, one value per channel");
    const NormActivationKernels& kernels = norm_activation_kernels(activation);
    const auto* values = x.data_ptr<float>();

    // Moments around the first pixel: no digits are lost where the mean is far from zero.
    const auto [sums, squares] = sum_over_images(batch.images, batch.channels, [&](int64_t i, double* s, double* q) {
      kernels.sums(values + i * batch.size(), batch.pixels, batch.channels, values, s, q);
    });
    const auto count = static_cast<double>(batch.images * batch.pixels);
    const at::Tensor offset = sums / count;
    const at::Tensor variance = (squares / count - offset * offset).clamp_min(0);
    const at::Tensor pivot = x.select(0, 0).select(1, 0).select(1, 0);  // [n, c, h, w] -> [c]
    const at::Tensor mean = offset + pivot;
    const at::Tensor inverse_deviation = (variance + epsilon).rsqrt();
    const at::Tensor exact_scale = gamma.to(at::kDouble) * inverse_deviation;
    const at::Tensor scale = exact_scale.to(at::kFloat);
    const at::Tensor shift = (beta.to(at::kDouble) - mean * exact_scale).to(at::kFloat);

    const at::Tensor out = at::empty_like(x);
    const auto *scales = scale.data_ptr<float>(), *shifts = shift.data_ptr<float>();
    auto* target = out.data_ptr<float>();
    at::parallel_for(0, batch.images, 1, [&](int64_t begin, int64_t end) {
      kernels.apply(values + begin * batch.size(), (end - begin) * batch.pixels, batch.channels, scales, shifts,
                    target + begin * batch.size());
    });
    context->save_for_backward({x, scale, shift, mean.to(at::kFloat), inverse_deviation});
    context->saved_data["activation"] = activation;
    variable_list results = {out, mean.to(at::kFloat), variance.to(at::kFloat)};
    context->mark_non_differentiable({results[1], results[2]});
    return results;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &scale = saved[1], &shift = saved[2], &mean = saved[3], &inverse = saved[4];
    const Batch batch = batch_of(x);
    const NormActivationKernels& kernels = norm_activation_kernels(context->saved_data["activation"].toInt());
    const at::Tensor grad = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    const auto *values = x.data_ptr<float>(), *gradient = grad.data_ptr<float>();
    const auto *scales = scale.data_ptr<float>(), *shifts = shift.data_ptr<float>(), *means = mean.data_ptr<float>();
    const auto [grads, products] = sum_over_images(batch.images, batch.channels, [&](int64_t i, double* g, double* p) {
      kernels.grad_sums(values + i * batch.size(), gradient + i * batch.size(), batch.pixels, batch.channels, scales,
                        shifts, means, g, p);
    });

    // With xhat = (x - mean) * inverse and n pixels: d x = gamma * inverse * (h - sum(h)/n - xhat * sum(h*xhat)/n)
    // (Ioffe and Szegedy, "Batch Normalization", 2015, section 3).
    const auto count = static_cast<double>(batch.images * batch.pixels);
    const at::Tensor grad_gamma = products * inverse;
    const at::Tensor b = (-scale * inverse * grad_gamma / count).to(at::kFloat);
    const at::Tensor c = (-scale * grads / count).to(at::kFloat);
    const at::Tensor grad_x = at::empty_like(x);
    const auto *factors = b.data_ptr<float>(), *offsets = c.data_ptr<float>();
    auto* target = grad_x.data_ptr<float>();
    at::parallel_for(0, batch.images, 1, [&](int64_t begin, int64_t end) {
      kernels.backward(values + begin * batch.size(), gradient + begin * batch.size(), (end - begin) * batch.pixels,
                       batch.channels, scales, shifts, means, factors, offsets, target + begin * batch.size());
    });
    return {grad_x, grad_gamma.to(at::kFloat), grads.to(at::kFloat), at::Tensor(), at::Tensor()};
  }
};

// Returns activation(batch normalization of x), and the batch's mean and (biased) variance.
std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_activation(const at::Tensor& x, const at::Tensor& gamma,
                                                               const at::Tensor& beta, double epsilon,
                                                               c10::string_view activation) {
  const variable_list results = NormActivation::apply(x, gamma, beta, epsilon, index_of(activation));
  return {results[0], results[1], results[2]};
}

}  // namespace
}  // namespace pneumoscope

TORCH_LIBRARY_FRAGMENT(pneumoscope, library) {
  library.def(
      "norm_activation(Tensor x, Tensor gamma, Tensor beta, float epsilon, str activation) -> (Tensor, Tensor, Tensor)",
      pneumoscope::norm_activation);
}
