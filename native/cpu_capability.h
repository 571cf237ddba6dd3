// Which build of a kernel this CPU can run.
#pragma once

namespace pneumoscope {

template <typename Kernels>
const Kernels& choose_for_cpu(const Kernels& generic, [[maybe_unused]] const Kernels& avx2,
                              [[maybe_unused]] const Kernels& avx512) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
#endif
  return generic;
}

}  // namespace pneumoscope
