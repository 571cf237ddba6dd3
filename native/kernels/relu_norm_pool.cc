// Built once per capability (-DPNEUMOSCOPE_CAPABILITY=generic|avx2|avx512 with the compiler's flags for it); the loops
// over channels are written for the compiler's vectoriser. See relu_norm_pool.h for what each kernel computes.
#include "relu_norm_pool.h"

// The pointers of one call never overlap, and no kernel relies on floating-point traps (-fno-trapping-math): without
// both promises the compiler keeps the loops scalar.
#define PNEUMOSCOPE_VECTORISE _Pragma("GCC ivdep")

namespace pneumoscope {
namespace PNEUMOSCOPE_CAPABILITY {
namespace {

// Channels are worked on in blocks that fit the registers and the first-level cache.
constexpr int64_t kBlock = 32;

inline float load(float value) { return value; }

inline float load(Bfloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float result;
  __builtin_memcpy(&result, &bits, sizeof result);
  return result;
}

inline void store(float& target, float value) { target = value; }

// Rounds to nearest, ties to even. Every NaN becomes the quiet one: rounding could carry a NaN's mantissa to infinity.
inline void store(Bfloat16& target, float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  target.bits = static_cast<uint16_t>(value != value ? 0x7fc0 : rounded);
}

// Keeps NaN, so that a diverged run shows instead of turning into zeros.
inline float relu(float value) { return value < 0.0f ? 0.0f : value; }

template <typename T>
void sums(const T* x, int64_t pixels, int64_t channels, double* sums, double* squares) {
  // float32 partial sums over a few hundred pixels lose nothing that matters; they are added up in float64.
  constexpr int64_t kRun = 256;
  for (int64_t first = 0; first < channels; first += kBlock) {
    const int64_t count = channels - first < kBlock ? channels - first : kBlock;
    for (int64_t start = 0; start < pixels; start += kRun) {
      const int64_t end = start + kRun < pixels ? start + kRun : pixels;
      float sum[kBlock] = {};
      float square[kBlock] = {};
      if (count == kBlock) {
        for (int64_t p = start; p < end; ++p) {
          const T* row = x + p * channels + first;
          PNEUMOSCOPE_VECTORISE
          for (int64_t i = 0; i < kBlock; ++i) {
            const float r = relu(load(row[i]));
            sum[i] += r;
            square[i] += r * r;
          }
        }
      } else {
        for (int64_t p = start; p < end; ++p) {
          const T* row = x + p * channels + first;
          PNEUMOSCOPE_VECTORISE
          for (int64_t i = 0; i < count; ++i) {
            const float r = relu(load(row[i]));
            sum[i] += r;
            square[i] += r * r;
          }
        }
      }
      for (int64_t i = 0; i < count; ++i) {
        sums[first + i] += sum[i];
        squares[first + i] += square[i];
      }
    }
  }
}

template <typename T>
void pool(const T* x, int64_t height, int64_t width, int64_t channels, const float* scale, const float* shift, T* peak,
          T* pooled) {
  for (int64_t y = 0; y < height; y += 2) {
    for (int64_t column = 0; column < width; column += 2) {
      const T* top = x + (y * width + column) * channels;
      const T* bottom = top + width * channels;
      PNEUMOSCOPE_VECTORISE
      for (int64_t i = 0; i < channels; ++i) {
        const float r0 = relu(load(top[i]));
        const float r1 = relu(load(top[channels + i]));
        const float r2 = relu(load(bottom[i]));
        const float r3 = relu(load(bottom[channels + i]));
        // A comparison that keeps the first operand on a tie and lets NaN in the second through.
        const float top_high = r1 <= r0 ? r0 : r1;
        const float bottom_high = r3 <= r2 ? r2 : r3;
        const float high = bottom_high <= top_high ? top_high : bottom_high;
        const float top_low = r1 >= r0 ? r0 : r1;
        const float bottom_low = r3 >= r2 ? r2 : r3;
        const float low = bottom_low >= top_low ? top_low : bottom_low;
        const float chosen = scale[i] >= 0.0f ? high : low;
        store(peak[i], chosen);
        store(pooled[i], chosen * scale[i] + shift[i]);
      }
      peak += channels;
      pooled += channels;
    }
  }
}

template <typename T>
void grad_sums(const T* grad, const T* peak, int64_t windows, int64_t channels, double* grads, double* products) {
  constexpr int64_t kRun = 256;
  for (int64_t first = 0; first < channels; first += kBlock) {
    const int64_t count = channels - first < kBlock ? channels - first : kBlock;
    for (int64_t start = 0; start < windows; start += kRun) {
      const int64_t end = start + kRun < windows ? start + kRun : windows;
      float sum[kBlock] = {};
      float product[kBlock] = {};
      for (int64_t p = start; p < end; ++p) {
        const int64_t offset = p * channels + first;
        PNEUMOSCOPE_VECTORISE
        for (int64_t i = 0; i < count; ++i) {
          const float g = load(grad[offset + i]);
          sum[i] += g;
          product[i] += g * load(peak[offset + i]);
        }
      }
      for (int64_t i = 0; i < count; ++i) {
        grads[first + i] += sum[i];
        products[first + i] += product[i];
      }
    }
  }
}

template <typename T>
void backward(const T* x, const T* grad, const T* peak, int64_t height, int64_t width, int64_t channels, const float* a,
              const float* b, const float* c, T* grad_x) {
  const int64_t below = width * channels;
  for (int64_t y = 0; y < height; y += 2) {
    for (int64_t column = 0; column < width; column += 2) {
      const int64_t corner = (y * width + column) * channels;
      const T* x0 = x + corner;
      const T* x2 = x0 + below;
      T* g0 = grad_x + corner;
      T* g2 = g0 + below;
      PNEUMOSCOPE_VECTORISE
      for (int64_t i = 0; i < channels; ++i) {
        const float v0 = load(x0[i]), v1 = load(x0[channels + i]), v2 = load(x2[i]), v3 = load(x2[channels + i]);
        const float r0 = relu(v0), r1 = relu(v1), r2 = relu(v2), r3 = relu(v3);
        const float p = load(peak[i]);
        // The gradient goes to the first of the window's pixels that equal the peak, as in max_pool2d.
        float left = a[i] * load(grad[i]);
        const float n0 = r0 == p ? left : 0.0f;
        left = r0 == p ? 0.0f : left;
        const float n1 = r1 == p ? left : 0.0f;
        left = r1 == p ? 0.0f : left;
        const float n2 = r2 == p ? left : 0.0f;
        left = r2 == p ? 0.0f : left;
        const float n3 = r3 == p ? left : 0.0f;
        store(g0[i], v0 <= 0.0f ? 0.0f : n0 + (b[i] * r0 + c[i]));
        store(g0[channels + i], v1 <= 0.0f ? 0.0f : n1 + (b[i] * r1 + c[i]));
        store(g2[i], v2 <= 0.0f ? 0.0f : n2 + (b[i] * r2 + c[i]));
        store(g2[channels + i], v3 <= 0.0f ? 0.0f : n3 + (b[i] * r3 + c[i]));
      }
      grad += channels;
      peak += channels;
    }
  }
}

}  // namespace

extern const ReluNormPoolKernels<float> float_kernels = {sums<float>, pool<float>, grad_sums<float>, backward<float>};
extern const ReluNormPoolKernels<Bfloat16> bfloat16_kernels = {sums<Bfloat16>, pool<Bfloat16>, grad_sums<Bfloat16>,
                                                               backward<Bfloat16>};

}  // namespace PNEUMOSCOPE_CAPABILITY
}  // namespace pneumoscope
