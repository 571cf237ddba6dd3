// Training batch normalisation and the activation behind it as one pass over channels-last float32 images, forward and
// backward. Compiled once per CPU capability; plain pointers only (see relu_norm_pool.h for why). The plain composition
// of operators that this must equal is in src/training/own-normalization.test.ts.
#pragma once

#include <cstdint>

namespace pneumoscope {

// In the order of the builds' arrays below.
constexpr const char* kActivations[] = {"linear", "relu", "relu6"};
constexpr int kActivationCount = 3;

// x, out, grad and grad_x: one image [pixels, channels]. The activation's argument is z = x * scale + shift.
struct NormActivationKernels {
  // Adds the sums over pixels of d = x - pivot and of d * d to sums[channels] and squares[channels].
  void (*sums)(const float* x, int64_t pixels, int64_t channels, const float* pivot, double* sums, double* squares);

  // out = activation(z)
  void (*apply)(const float* x, int64_t pixels, int64_t channels, const float* scale, const float* shift, float* out);

  // With h = grad * activation'(z), adds the sums over pixels of h and of h * (x - mean) to grads and products.
  void (*grad_sums)(const float* x, const float* grad, int64_t pixels, int64_t channels, const float* scale,
                    const float* shift, const float* mean, double* grads, double* products);

  // grad_x = scale * h + b * (x - mean) + c
  void (*backward)(const float* x, const float* grad, int64_t pixels, int64_t channels, const float* scale,
                   const float* shift, const float* mean, const float* b, const float* c, float* grad_x);
};

// The fastest build that this CPU can run, for an index into kActivations.
const NormActivationKernels& norm_activation_kernels(int activation);

namespace generic {
extern const NormActivationKernels norm_activation[kActivationCount];
}
namespace avx2 {
extern const NormActivationKernels norm_activation[kActivationCount];
}
namespace avx512 {
extern const NormActivationKernels norm_activation[kActivationCount];
}

}  // namespace pneumoscope
