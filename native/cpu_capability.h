// Which build of a kernel this CPU can run. Only x86-64 has more than the generic build (scripts/setup/capabilities.js).
#pragma once

namespace pneumoscope {

#if defined(__x86_64__)

template <typename Kernels>
const Kernels& choose_for_cpu(const Kernels& generic, const Kernels& avx2, const Kernels& avx512) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
  return generic;
}

// The best build of `kernels`, a name that each capability's namespace defines.
#define PNEUMOSCOPE_BEST_BUILD(kernels) choose_for_cpu(generic::kernels, avx2::kernels, avx512::kernels)

#else

#define PNEUMOSCOPE_BEST_BUILD(kernels) (generic::kernels)

#endif

}  // namespace pneumoscope
