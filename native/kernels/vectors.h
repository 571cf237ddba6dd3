// The compiler's portable vectors of floats, as wide as the processor that a kernel is compiled for has them. Included by
// the kernels' sources alone, each of which is compiled once for every kind of processor.
#pragma once

namespace pneumoscope {
namespace PNEUMOSCOPE_CAPABILITY {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vector __attribute__((vector_size(kLanes * sizeof(float))));

// Through memcpy, because values are aligned as floats only: clang takes a reference to a vector for an aligned one,
// whatever its type says, and such a load ends the process.
inline Vector load(const float* values, int lane_group) {
  Vector result;
  __builtin_memcpy(&result, values + lane_group * kLanes, sizeof result);
  return result;
}

inline void store(float* values, int lane_group, Vector vector) {
  __builtin_memcpy(values + lane_group * kLanes, &vector, sizeof vector);
}

}  // namespace
}  // namespace PNEUMOSCOPE_CAPABILITY
}  // namespace pneumoscope
