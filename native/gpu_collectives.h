// NCCL, by which GPUs exchange tensors, as a backend of c10d: where libtorch and the headers of CUDA and NCCL have it.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/version.h>

#include <chrono>

#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#else
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#endif

namespace pneumoscope {

#if TORCH_VERSION_MAJOR >= 2
using Collectives = c10d::Backend;
#else
using Collectives = c10d::ProcessGroup;
#endif

// Whether the addon was built with it.
bool has_nccl();

// Blocks nobody: GPUs meet at their first collective.
c10::intrusive_ptr<Collectives> nccl_collectives(c10::intrusive_ptr<c10d::Store> store, int rank, int size,
                                                 std::chrono::milliseconds timeout);

}  // namespace pneumoscope
