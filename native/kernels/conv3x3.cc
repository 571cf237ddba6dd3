// Register-blocked matrix products for conv3x3.h, in the compiler's portable vectors. A tile keeps `pixels` (or inputs)
// times two vectors of output channels in registers; sizes are chosen so that arithmetic, not loads, is the limit.
#include "conv3x3.h"

#include "vectors.h"

namespace pneumoscope {
namespace PNEUMOSCOPE_CAPABILITY {
namespace {

#if defined(__AVX512F__)
constexpr int kTilePixels = 14;  // 32 registers: 14 pixels x 2 vectors, 2 of weights, 1 broadcast
constexpr int kTileInputs = 12;
#elif defined(__AVX2__)
constexpr int kTilePixels = 6;   // 16 registers: 6 pixels x 2 vectors, 2 of weights, 1 broadcast
constexpr int kTileInputs = 6;
#else
constexpr int kTilePixels = 6;
constexpr int kTileInputs = 6;
#endif
constexpr int kBlock = 2 * kLanes;
static_assert(kConv3x3LargestBlock % kBlock == 0);

// `pixels` neighbours of one row, one block of output channels. x points at the upper left tap of the first pixel.
template <int pixels>
inline void forward_tile(const float* x, int64_t row_stride, int64_t channels_in, const float* weights,
                         const float* bias, float* out, int64_t channels_out) {
  Vector low[pixels], high[pixels];
  for (int p = 0; p < pixels; ++p) {
    low[p] = bias == nullptr ? Vector{} : load(bias, 0);
    high[p] = bias == nullptr ? Vector{} : load(bias, 1);
  }
  const int64_t depth = 3 * channels_in;
  for (int ky = 0; ky < 3; ++ky) {
    const float* taps = x + ky * row_stride;
    for (int64_t k = 0; k < depth; ++k) {
      const Vector w_low = load(weights, 0);
      const Vector w_high = load(weights, 1);
#pragma GCC unroll 14
      for (int p = 0; p < pixels; ++p) {
        const float value = taps[p * channels_in + k];
        low[p] += w_low * value;
        high[p] += w_high * value;
      }
      weights += kBlock;
    }
  }
  for (int p = 0; p < pixels; ++p) {
    store(out + p * channels_out, 0, low[p]);
    store(out + p * channels_out, 1, high[p]);
  }
}

void forward(const float* x, const float* weights, const float* bias, int64_t height, int64_t width,
             int64_t channels_in, int64_t channels_out, float* out) {
  const int64_t row_stride = (width + 2) * channels_in;
  const int64_t block_weights = 9 * channels_in * kBlock;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t first = 0; first < channels_out; first += kBlock) {
      const float* w = weights + first / kBlock * block_weights;
      const float* b = bias == nullptr ? nullptr : bias + first;
      int64_t column = 0;
      const auto tile = [&](auto kernel, int pixels) {
        kernel(x + y * row_stride + column * channels_in, row_stride, channels_in, w, b,
               out + (y * width + column) * channels_out + first, channels_out);
        column += pixels;
      };
      while (column + kTilePixels <= width) tile(forward_tile<kTilePixels>, kTilePixels);
      while (column + 4 <= width) tile(forward_tile<4>, 4);
      while (column + 2 <= width) tile(forward_tile<2>, 2);
      while (column < width) tile(forward_tile<1>, 1);
    }
  }
}

// `inputs` neighbouring values of the taps' row times one block of output channels, summed over a row of pixels.
template <int inputs>
inline void gradient_tile(const float* x, int64_t channels_in, const float* grad, int64_t channels_out, int64_t width,
                          float* grad_weights) {
  Vector low[inputs], high[inputs];
  for (int i = 0; i < inputs; ++i) {
    low[i] = load(grad_weights + i * channels_out, 0);
    high[i] = load(grad_weights + i * channels_out, 1);
  }
  for (int64_t p = 0; p < width; ++p) {
    const Vector g_low = load(grad, 0);
    const Vector g_high = load(grad, 1);
#pragma GCC unroll 12
    for (int i = 0; i < inputs; ++i) {
      low[i] += g_low * x[i];
      high[i] += g_high * x[i];
    }
    x += channels_in;
    grad += channels_out;
  }
  for (int i = 0; i < inputs; ++i) {
    store(grad_weights + i * channels_out, 0, low[i]);
    store(grad_weights + i * channels_out, 1, high[i]);
  }
}

void weight_gradient(const float* x, const float* grad, int64_t height, int64_t width, int64_t channels_in,
                     int64_t channels_out, float* grad_weights, float* grad_bias) {
  if (width == 0) return;  // there may be no memory at all then, and nothing may be added to a null pointer
  const int64_t row_stride = (width + 2) * channels_in;
  const int64_t depth = 3 * channels_in;
  for (int64_t y = 0; y < height; ++y) {
    const float* grad_row = grad + y * width * channels_out;
    for (int64_t first = 0; first < channels_out; first += kBlock) {
      for (int ky = 0; ky < 3; ++ky) {
        const float* taps = x + (y + ky) * row_stride;
        float* target = grad_weights + ky * depth * channels_out + first;
        int64_t k = 0;
        for (; k + kTileInputs <= depth; k += kTileInputs) {
          gradient_tile<kTileInputs>(taps + k, channels_in, grad_row + first, channels_out, width,
                                     target + k * channels_out);
        }
        for (; k + 3 <= depth; k += 3) {
          gradient_tile<3>(taps + k, channels_in, grad_row + first, channels_out, width, target + k * channels_out);
        }  // depth is a multiple of 3
      }
      Vector low{}, high{};
      for (int64_t p = 0; p < width; ++p) {
        low += load(grad_row + p * channels_out + first, 0);
        high += load(grad_row + p * channels_out + first, 1);
      }
      store(grad_bias + first, 0, load(grad_bias + first, 0) + low);
      store(grad_bias + first, 1, load(grad_bias + first, 1) + high);
    }
  }
}

}  // namespace

extern const Conv3x3Kernels conv3x3 = {kBlock, forward, weight_gradient};

}  // namespace PNEUMOSCOPE_CAPABILITY
}  // namespace pneumoscope
