// Apart from process_group.cc, whose includes would otherwise pull in CUDA's headers.
#ifdef PNEUMOSCOPE_DISTRIBUTED

#include "gpu_collectives.h"

#include <c10/util/Exception.h>

#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <utility>

namespace pneumoscope {

#ifdef USE_C10D_NCCL

bool has_nccl() { return true; }

c10::intrusive_ptr<Collectives> nccl_collectives(c10::intrusive_ptr<c10d::Store> store, int rank, int size,
                                                 std::chrono::milliseconds timeout) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  auto own = c10::make_intrusive<c10d::PrefixStore>("nccl", std::move(store));
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(std::move(own), rank, size, std::move(options));
}

#else

bool has_nccl() { return false; }

c10::intrusive_ptr<Collectives> nccl_collectives(c10::intrusive_ptr<c10d::Store>, int, int, std::chrono::milliseconds) {
  TORCH_CHECK(false, "the addon was built without NCCL: headers of CUDA and NCCL were not found beside libtorch");
}

#endif

}  // namespace pneumoscope

#endif
