// Values between JavaScript's arrays and a device, with neither waiting for the other: memory that a GPU copies by itself
// ("pinned"), a stream of its own for what goes there, and results that are asked for before they are read.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace pneumoscope {

// Memory of the host for values that `sent` takes to that device.
at::Tensor host_tensor(at::IntArrayRef shape, at::ScalarType type, c10::Device device);

// The same values on that device. Kernels that are started later wait for them, those that run already do not; nor does
// the caller, if `host` is from `host_tensor`.
at::Tensor sent(const at::Tensor& host, c10::Device device);

// Asks for a tensor's values as they are once all that was started before has run. Returns a number for `read`.
int64_t begin_read(const at::Tensor& tensor);

// Waits for those values, on the CPU. Each number is asked for once.
at::Tensor read(int64_t begun);

}  // namespace pneumoscope
