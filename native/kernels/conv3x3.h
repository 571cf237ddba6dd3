// 3x3 convolution with stride 1 and zero padding 1 over channels-last float32 images: the layer on which a small CNN
// spends nearly all its time. Compiled once per CPU capability; plain pointers only (see relu_norm_pool.h for why).
//
// In channels-last memory the three taps of a kernel row and their channels are 3 * channels_in consecutive values, so
// the convolution is three small matrix products per row of pixels, and so are its gradients.
#pragma once

#include <cstdint>

namespace pneumoscope {

// A multiple of every build's block.
constexpr int64_t kConv3x3LargestBlock = 32;

struct Conv3x3Kernels {
  // Output channels are worked on in blocks of this many; their number must be a multiple of it.
  int64_t block;

  // x: padded image [height + 2, width + 2, channels_in]; weights: [channels_out / block, 3, 3 * channels_in, block];
  // bias: [channels_out] or null; out: [height, width, channels_out].
  void (*forward)(const float* x, const float* weights, const float* bias, int64_t height, int64_t width,
                  int64_t channels_in, int64_t channels_out, float* out);

  // Adds one image's share to grad_weights [3, 3 * channels_in, channels_out] and grad_bias [channels_out].
  // x is padded as above; grad: [height, width, channels_out].
  void (*weight_gradient)(const float* x, const float* grad, int64_t height, int64_t width, int64_t channels_in,
                          int64_t channels_out, float* grad_weights, float* grad_bias);
};

// The fastest build that this CPU can run.
const Conv3x3Kernels& conv3x3_kernels();

namespace generic {
extern const Conv3x3Kernels conv3x3;
}
namespace avx2 {
extern const Conv3x3Kernels conv3x3;
}
namespace avx512 {
extern const Conv3x3Kernels conv3x3;
}

}  // namespace pneumoscope
