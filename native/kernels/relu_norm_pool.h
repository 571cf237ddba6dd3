// ReLU, training batch normalisation and 2x2 max pooling as one pass over a channels-last image, forward and backward.
// Compiled once per CPU capability; therefore plain pointers only, no library templates that the linker could share
// between builds. The plain composition of operators that this must equal is in src/training/fused-block.test.ts.
#pragma once

#include <cstdint>

namespace pneumoscope {

// bfloat16 as stored: the upper half of a float32.
struct Bfloat16 {
  uint16_t bits;
};

// x: convolution output [height, width, channels] of one image; height and width are even.
template <typename T>
struct ReluNormPoolKernels {
  // Adds the sums over pixels of r = relu(x) and of r * r to sums[channels] and squares[channels].
  void (*sums)(const T* x, int64_t pixels, int64_t channels, double* sums, double* squares);

  // For each 2x2 window: peak = the r that is largest after r * scale + shift; pooled = peak * scale + shift.
  void (*pool)(const T* x, int64_t height, int64_t width, int64_t channels, const float* scale, const float* shift,
               T* peak, T* pooled);

  // Adds the sums over windows of grad and of grad * peak to grads[channels] and products[channels].
  void (*grad_sums)(const T* grad, const T* peak, int64_t windows, int64_t channels, double* grads, double* products);

  // grad_x = (x > 0) * (a * grad_at_peak + b * r + c), a, b and c per channel.
  void (*backward)(const T* x, const T* grad, const T* peak, int64_t height, int64_t width, int64_t channels,
                   const float* a, const float* b, const float* c, T* grad_x);
};

// The fastest build that this CPU can run.
const ReluNormPoolKernels<float>& relu_norm_pool_float();
const ReluNormPoolKernels<Bfloat16>& relu_norm_pool_bfloat16();

namespace generic {
extern const ReluNormPoolKernels<float> float_kernels;
extern const ReluNormPoolKernels<Bfloat16> bfloat16_kernels;
}  // namespace generic
namespace avx2 {
extern const ReluNormPoolKernels<float> float_kernels;
extern const ReluNormPoolKernels<Bfloat16> bfloat16_kernels;
}  // namespace avx2
namespace avx512 {
extern const ReluNormPoolKernels<float> float_kernels;
extern const ReluNormPoolKernels<Bfloat16> bfloat16_kernels;
}  // namespace avx512

}  // namespace pneumoscope
