// Built once per capability (-DPNEUMOSCOPE_CAPABILITY=generic|avx2|avx512 with the compiler's flags for it); the loops
// over channels are written for the compiler's vectoriser. See norm_activation.h for what each kernel computes.
#include "norm_activation.h"

#define PNEUMOSCOPE_VECTORISE _Pragma("GCC ivdep")  // the pointers of one call never overlap

namespace pneumoscope {
namespace PNEUMOSCOPE_CAPABILITY {
namespace {

// Sums over pixels are kept for this many channels at once, in registers, in float32 for a few hundred pixels.
constexpr int64_t kBlock = 32;
constexpr int64_t kRun = 256;

// Comparisons are chosen so that NaN goes through: a diverged run shows instead of turning into zeros.
struct Linear {
  static float value(float z) { return z; }
  static float gradient(float, float grad) { return grad; }
};
struct Relu {
  static float value(float z) { return z < 0.0f ? 0.0f : z; }
  static float gradient(float z, float grad) { return z <= 0.0f ? 0.0f : grad; }
};
struct Relu6 {
  static float value(float z) {
    const float least = z < 0.0f ? 0.0f : z;
    return least > 6.0f ? 6.0f : least;
  }
  static float gradient(float z, float grad) {
    const float above = z <= 0.0f ? 0.0f : grad;
    return z >= 6.0f ? 0.0f : above;
  }
};

// Adds the sums over pixels of two terms per value. `terms(offset, channel, first, second)` computes them.
template <typename Terms>
inline void sum_terms(int64_t pixels, int64_t channels, double* first_sums, double* second_sums, const Terms& terms) {
  for (int64_t start = 0; start < pixels; start += kRun) {
    const int64_t end = start + kRun < pixels ? start + kRun : pixels;
    for (int64_t c = 0; c < channels; c += kBlock) {
      float firsts[kBlock] = {}, seconds[kBlock] = {};
      const auto add = [&](int64_t p, int64_t count) __attribute__((always_inline)) {
        PNEUMOSCOPE_VECTORISE
        for (int64_t i = 0; i < count; ++i) terms(p * channels + c + i, c + i, firsts[i], seconds[i]);
      };
      const int64_t count = channels - c < kBlock ? channels - c : kBlock;
      if (count == kBlock) {
        for (int64_t p = start; p < end; ++p) add(p, kBlock);
      } else {
        for (int64_t p = start; p < end; ++p) add(p, count);
      }
      for (int64_t i = 0; i < count; ++i) {
        first_sums[c + i] += firsts[i];
        second_sums[c + i] += seconds[i];
      }
    }
  }
}

void sums(const float* x, int64_t pixels, int64_t channels, const float* pivot, double* sums, double* squares) {
  sum_terms(pixels, channels, sums, squares, [=](int64_t at, int64_t c, float& sum, float& square) {
    const float d = x[at] - pivot[c];
    sum += d;
    square += d * d;
  });
}

template <typename Activation>
void apply(const float* x, int64_t pixels, int64_t channels, const float* scale, const float* shift, float* out) {
  for (int64_t p = 0; p < pixels; ++p, x += channels, out += channels) {
    PNEUMOSCOPE_VECTORISE
    for (int64_t c = 0; c < channels; ++c) out[c] = Activation::value(x[c] * scale[c] + shift[c]);
  }
}

template <typename Activation>
void grad_sums(const float* x, const float* grad, int64_t pixels, int64_t channels, const float* scale,
               const float* shift, const float* mean, double* grads, double* products) {
  sum_terms(pixels, channels, grads, products, [=](int64_t at, int64_t c, float& sum, float& product) {
    const float h = Activation::gradient(x[at] * scale[c] + shift[c], grad[at]);
    sum += h;
    product += h * (x[at] - mean[c]);
  });
}

template <typename Activation>
void backward(const float* x, const float* grad, int64_t pixels, int64_t channels, const float* scale,
              const float* shift, const float* mean, const float* b, const float* c, float* grad_x) {
  for (int64_t p = 0; p < pixels; ++p, x += channels, grad += channels, grad_x += channels) {
    PNEUMOSCOPE_VECTORISE
    for (int64_t i = 0; i < channels; ++i) {
      const float h = Activation::gradient(x[i] * scale[i] + shift[i], grad[i]);
      grad_x[i] = scale[i] * h + (b[i] * (x[i] - mean[i]) + c[i]);
    }
  }
}

template <typename Activation>
constexpr NormActivationKernels kernels_of = {sums, apply<Activation>, grad_sums<Activation>, backward<Activation>};

}  // namespace

extern const NormActivationKernels norm_activation[kActivationCount] = {kernels_of<Linear>, kernels_of<Relu>,
                                                                        kernels_of<Relu6>};

}  // namespace PNEUMOSCOPE_CAPABILITY
}  // namespace pneumoscope
