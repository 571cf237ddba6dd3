// A libFuzzer harness for native/kernels, one capability at a time (-DPNEUMOSCOPE_CAPABILITY=...): bytes become shapes and
// values, every array is as long as the kernel's header says and not one value longer, and AddressSanitizer and
// UndefinedBehaviorSanitizer watch. Built and run by bench/fuzz-kernels.ts.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/conv3x3.h"
#include "kernels/depthwise.h"
#include "kernels/norm_activation.h"
#include "kernels/relu_norm_pool.h"

using namespace pneumoscope;
namespace build = pneumoscope::PNEUMOSCOPE_CAPABILITY;

namespace {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  // From 0 to below `end`.
  int64_t size(int64_t end) { return byte() % end; }
  float value() {
    // Every eighth is any bit pattern: NaN, infinities, subnormal numbers.
    const uint8_t first = byte();
    if (first % 8 != 0) return (first - 128) / 16.0f;
    const uint32_t bits = first << 24 | byte() << 16 | byte() << 8 | byte();
    float result;
    std::memcpy(&result, &bits, sizeof result);
    return result;
  }

 private:
  uint8_t byte() { return left_ == 0 ? 0 : (--left_, *data_++); }
  const uint8_t* data_;
  size_t left_;
};

// On the heap, so that what is read or written beyond an end is seen.
std::vector<float> floats(Input& input, int64_t count) {
  std::vector<float> values(count);
  const int64_t drawn = count < 64 ? count : 64;  // and then again from the first: bytes are for shapes
  for (int64_t i = 0; i < drawn; ++i) values[i] = input.value();
  for (int64_t i = drawn; i < count; ++i) values[i] = values[i - drawn];
  values.shrink_to_fit();
  return values;
}

void conv3x3(Input& input) {
  const Conv3x3Kernels& kernels = build::conv3x3;
  const int64_t height = input.size(9), width = input.size(40), in = 1 + input.size(9);
  const int64_t out = kernels.block * (1 + input.size(3));
  const auto x = floats(input, (height + 2) * (width + 2) * in);
  const auto weights = floats(input, 9 * in * out), bias = floats(input, out);
  std::vector<float> result(height * width * out);
  kernels.forward(x.data(), weights.data(), input.size(2) ? bias.data() : nullptr, height, width, in, out, result.data());
  std::vector<float> grad_weights(9 * in * out), grad_bias(out);
  kernels.weight_gradient(x.data(), result.data(), height, width, in, out, grad_weights.data(), grad_bias.data());
}

void depthwise(Input& input) {
  DepthwiseShape s;
  s.channels = input.size(70), s.height = input.size(20), s.width = input.size(20);
  s.kernel_height = 1 + input.size(9), s.kernel_width = 1 + input.size(9);
  s.stride_y = 1 + input.size(5), s.stride_x = 1 + input.size(5);
  s.top = input.size(12), s.left = input.size(12);
  const int64_t rows = s.height + s.top + input.size(12) - s.kernel_height;
  const int64_t columns = s.width + s.left + input.size(12) - s.kernel_width;
  // What native/operators/depthwise.cc refuses.
  if (rows < 0 || columns < 0 || s.kernel_height * s.kernel_width > kMostTaps) return;
  s.out_height = rows / s.stride_y + 1, s.out_width = columns / s.stride_x + 1;
  const auto x = floats(input, s.height * s.width * s.channels);
  const auto weights = floats(input, s.kernel_height * s.kernel_width * s.channels);
  std::vector<float> out(s.out_height * s.out_width * s.channels), grad_x(x.size()), grad_weights(weights.size());
  build::depthwise.forward(s, x.data(), weights.data(), out.data());
  build::depthwise.input_gradient(s, out.data(), weights.data(), grad_x.data());
  build::depthwise.weight_gradient(s, x.data(), out.data(), grad_weights.data());
}

void norm_activation(Input& input) {
  const NormActivationKernels& kernels = build::norm_activation[input.size(kActivationCount)];
  const int64_t pixels = input.size(200), channels = 1 + input.size(70);
  const auto x = floats(input, pixels * channels), pivot = floats(input, channels), scale = floats(input, channels);
  const auto shift = floats(input, channels);
  std::vector<double> sums(channels), squares(channels);
  std::vector<float> out(x.size()), grad(x.size());
  kernels.sums(x.data(), pixels, channels, pivot.data(), sums.data(), squares.data());
  kernels.apply(x.data(), pixels, channels, scale.data(), shift.data(), out.data());
  kernels.grad_sums(x.data(), out.data(), pixels, channels, scale.data(), shift.data(), pivot.data(), sums.data(), squares.data());
  kernels.backward(x.data(), out.data(), pixels, channels, scale.data(), shift.data(), pivot.data(), scale.data(), shift.data(), grad.data());
}

template <typename T>
void relu_norm_pool(Input& input, const ReluNormPoolKernels<T>& kernels) {
  const int64_t height = 2 * input.size(9), width = 2 * input.size(18), channels = 1 + input.size(70);
  const int64_t pixels = height * width;
  const auto values = floats(input, pixels * channels), scale = floats(input, channels), shift = floats(input, channels);
  std::vector<T> x(values.size()), peak(x.size() / 4), pooled(x.size() / 4), grad_x(x.size());
  for (size_t i = 0; i < x.size(); ++i) std::memcpy(&x[i], reinterpret_cast<const char*>(&values[i]) + sizeof(float) - sizeof(T), sizeof(T));
  std::vector<double> sums(channels), squares(channels);
  kernels.sums(x.data(), pixels, channels, sums.data(), squares.data());
  kernels.pool(x.data(), height, width, channels, scale.data(), shift.data(), peak.data(), pooled.data());
  kernels.grad_sums(pooled.data(), peak.data(), pixels / 4, channels, sums.data(), squares.data());
  kernels.backward(x.data(), pooled.data(), peak.data(), height, width, channels, scale.data(), shift.data(), scale.data(), grad_x.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Input input(data + 1, size - 1);
  switch (data[0] % 5) {
    case 0: conv3x3(input); break;
    case 1: depthwise(input); break;
    case 2: norm_activation(input); break;
    case 3: relu_norm_pool(input, build::float_kernels); break;
    default: relu_norm_pool(input, build::bfloat16_kernels);
  }
  return 0;
}
