// The loops of depthwise.h in the compiler's portable vectors: per pixel a list of the taps that lie in the image, then
// sums over them, four vectors of channels at a time.
#include "depthwise.h"

#include "vectors.h"

namespace pneumoscope {
namespace PNEUMOSCOPE_CAPABILITY {
namespace {

constexpr int kVectors = 4;  // enough independent sums to hide the latency of an addition

// A neighbour's channels, and where in the kernel its weights begin.
struct Tap {
  const float* values;
  int64_t weights;
};

// The pixels of x that output pixel (y, column) is made of.
inline int taps_of_output(const DepthwiseShape& s, const float* x, int64_t y, int64_t column, Tap* taps) {
  const int64_t first_y = y * s.stride_y - s.top, first_x = column * s.stride_x - s.left;
  int count = 0;
  for (int64_t ky = 0; ky < s.kernel_height; ++ky) {
    if (first_y + ky < 0 || first_y + ky >= s.height) continue;
    const float* row = x + (first_y + ky) * s.width * s.channels;
    for (int64_t kx = 0; kx < s.kernel_width; ++kx) {
      if (first_x + kx < 0 || first_x + kx >= s.width) continue;
      taps[count++] = {row + (first_x + kx) * s.channels, (ky * s.kernel_width + kx) * s.channels};
    }
  }
  return count;
}

// The pixels of the output that input pixel (y, column) goes into.
inline int taps_of_input(const DepthwiseShape& s, const float* grad, int64_t y, int64_t column, Tap* taps) {
  const int64_t last_y = (y + s.top) / s.stride_y, last_x = (column + s.left) / s.stride_x;
  const int64_t first_ky = (y + s.top) % s.stride_y, first_kx = (column + s.left) % s.stride_x;
  int count = 0;
  int64_t out_y = last_y;
  for (int64_t ky = first_ky; ky < s.kernel_height && out_y >= 0; ky += s.stride_y, --out_y) {
    if (out_y >= s.out_height) continue;
    const float* row = grad + out_y * s.out_width * s.channels;
    int64_t out_x = last_x;
    for (int64_t kx = first_kx; kx < s.kernel_width && out_x >= 0; kx += s.stride_x, --out_x) {
      if (out_x >= s.out_width) continue;
      taps[count++] = {row + out_x * s.channels, (ky * s.kernel_width + kx) * s.channels};
    }
  }
  return count;
}

template <int vectors>
inline void sum_taps(const Tap* taps, int count, const float* weights, int64_t channel, float* out) {
  Vector sums[vectors] = {};
  for (int t = 0; t < count; ++t) {
    const float* values = taps[t].values + channel;
    const float* w = weights + taps[t].weights + channel;
    for (int v = 0; v < vectors; ++v) sums[v] += load(values, v) * load(w, v);
  }
  for (int v = 0; v < vectors; ++v) store(out + channel, v, sums[v]);
}

// out[channels] = the sum over taps of values * weights.
inline void sum_taps(const Tap* taps, int count, const float* weights, int64_t channels, float* out) {
  int64_t c = 0;
  for (; c + kVectors * kLanes <= channels; c += kVectors * kLanes) sum_taps<kVectors>(taps, count, weights, c, out);
  for (; c + kLanes <= channels; c += kLanes) sum_taps<1>(taps, count, weights, c, out);
  for (; c < channels; ++c) {
    float sum = 0;
    for (int t = 0; t < count; ++t) sum += taps[t].values[c] * weights[taps[t].weights + c];
    out[c] = sum;
  }
}

void forward(const DepthwiseShape& s, const float* x, const float* weights, float* out) {
  Tap taps[kMostTaps];
  for (int64_t y = 0; y < s.out_height; ++y) {
    for (int64_t column = 0; column < s.out_width; ++column, out += s.channels) {
      const int count = taps_of_output(s, x, y, column, taps);
      sum_taps(taps, count, weights, s.channels, out);
    }
  }
}

void input_gradient(const DepthwiseShape& s, const float* grad, const float* weights, float* grad_x) {
  Tap taps[kMostTaps];
  for (int64_t y = 0; y < s.height; ++y) {
    for (int64_t column = 0; column < s.width; ++column, grad_x += s.channels) {
      const int count = taps_of_input(s, grad, y, column, taps);
      sum_taps(taps, count, weights, s.channels, grad_x);
    }
  }
}

template <int vectors>
inline void spread_gradient(const Tap* taps, int count, const float* grad, int64_t channel, float* grad_weights) {
  Vector g[vectors];
  for (int v = 0; v < vectors; ++v) g[v] = load(grad + channel, v);
  for (int t = 0; t < count; ++t) {
    const float* values = taps[t].values + channel;
    float* sums = grad_weights + taps[t].weights + channel;
    for (int v = 0; v < vectors; ++v) store(sums, v, load(sums, v) + load(values, v) * g[v]);
  }
}

void weight_gradient(const DepthwiseShape& s, const float* x, const float* grad, float* grad_weights) {
  Tap taps[kMostTaps];
  for (int64_t y = 0; y < s.out_height; ++y) {
    for (int64_t column = 0; column < s.out_width; ++column, grad += s.channels) {
      const int count = taps_of_output(s, x, y, column, taps);
      int64_t c = 0;
      for (; c + kVectors * kLanes <= s.channels; c += kVectors * kLanes) {
        spread_gradient<kVectors>(taps, count, grad, c, grad_weights);
      }
      for (; c + kLanes <= s.channels; c += kLanes) spread_gradient<1>(taps, count, grad, c, grad_weights);
      for (; c < s.channels; ++c) {
        for (int t = 0; t < count; ++t) grad_weights[taps[t].weights + c] += taps[t].values[c] * grad[c];
      }
    }
  }
}

}  // namespace

extern const DepthwiseKernels depthwise = {forward, input_gradient, weight_gradient};

}  // namespace PNEUMOSCOPE_CAPABILITY
}  // namespace pneumoscope
