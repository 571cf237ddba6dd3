// Depthwise convolution (one kernel per channel) over channels-last float32 images and its gradients, for any kernel
// size, stride and padding. Compiled once per CPU capability; plain pointers only (see relu_norm_pool.h for why).
//
// Every pixel is a sum of a few neighbours times weights, all of them runs of `channels` consecutive values: the work
// is bound by memory, so neighbours outside the image are left out of the sum instead of being padded with zeros.
#pragma once

#include <cstdint>

namespace pneumoscope {

struct DepthwiseShape {
  int64_t channels;
  int64_t height, width;          // of the input
  int64_t out_height, out_width;  // of the output
  int64_t kernel_height, kernel_width;
  int64_t stride_y, stride_x;
  int64_t top, left;  // padding before the first row and column; what follows the last ones is in the output's size
};

// The most taps that a kernel may have: 7x7.
constexpr int64_t kMostTaps = 49;

// One image each: x and grad_x [height, width, channels], out and grad [out_height, out_width, channels], weights and
// grad_weights [kernel_height * kernel_width, channels].
struct DepthwiseKernels {
  void (*forward)(const DepthwiseShape& shape, const float* x, const float* weights, float* out);
  void (*input_gradient)(const DepthwiseShape& shape, const float* grad, const float* weights, float* grad_x);
  // Adds the image's share to grad_weights.
  void (*weight_gradient)(const DepthwiseShape& shape, const float* x, const float* grad, float* grad_weights);
};

// The fastest build that this CPU can run.
const DepthwiseKernels& depthwise_kernels();

namespace generic {
extern const DepthwiseKernels depthwise;
}
namespace avx2 {
extern const DepthwiseKernels depthwise;
}
namespace avx512 {
extern const DepthwiseKernels depthwise;
}

}  // namespace pneumoscope
