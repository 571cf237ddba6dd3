#include "process_group.h"

#include <c10/util/Exception.h>

#ifdef PNEUMOSCOPE_DISTRIBUTED

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <memory>
#include <utility>

#include "gpu_collectives.h"
#include "numbered.h"

namespace pneumoscope {
namespace {

using Gloo = c10d::ProcessGroupGloo;

struct Group {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<Collectives> gloo;
  c10::intrusive_ptr<Collectives> nccl;  // null where the processes compute on processors
};

struct Begun {
  c10::intrusive_ptr<c10d::Work> work;
};

// Never destroyed: the end of a group that has lost a process would wait for it as the program ends.
Numbered<Group>& groups() {
  static auto* instance = new Numbered<Group>("process group");
  return *instance;
}

Numbered<Begun>& begun_works() {
  static auto* instance = new Numbered<Begun>("collective");
  return *instance;
}

// `tensors` lie on one device, which says how they travel.
template <typename Begin>
int64_t begin(int64_t number, at::TensorList tensors, const Begin& action) {
  const Group group = groups().at(number);
  const bool is_cpu = tensors.front().is_cpu();
  for (const at::Tensor& tensor : tensors) {
    TORCH_CHECK(tensor.is_contiguous(), "processes share contiguous tensors");
    TORCH_CHECK(tensor.is_cpu() == is_cpu, "what processes share lies on one device");
  }
  const auto& collectives = is_cpu ? group.gloo : group.nccl;
  TORCH_CHECK(collectives != nullptr, "these processes share tensors on the CPU only");
  return begun_works().add({action(*collectives)});
}

}  // namespace

bool has_process_groups() { return true; }

bool has_gpu_process_groups() { return has_nccl(); }

int64_t join_group(const GroupPlace& place) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0;
  options.numWorkers = static_cast<size_t>(place.size);
  options.timeout = place.timeout;
  auto store = c10::make_intrusive<c10d::TCPStore>(place.host, options);
  auto gloo_options = Gloo::Options::create(place.timeout);
  gloo_options->devices.push_back(place.is_interface ? Gloo::createDeviceForInterface(place.address)
                                                     : Gloo::createDeviceForHostname(place.address));
  auto gloo_store = c10::make_intrusive<c10d::PrefixStore>("gloo", store);
  c10::intrusive_ptr<Collectives> gloo =
      c10::make_intrusive<Gloo>(gloo_store, place.rank, place.size, std::move(gloo_options));
  c10::intrusive_ptr<Collectives> nccl;
  if (place.has_gpu) nccl = nccl_collectives(store, place.rank, place.size, place.timeout);
  return groups().add({std::move(store), std::move(gloo), std::move(nccl)});
}

void leave_group(int64_t group) { groups().take(group); }

void set_key(int64_t group, const std::string& key, const std::string& value) {
  groups().at(group).store->set(key, std::vector<uint8_t>(value.begin(), value.end()));
}

bool has_key(int64_t group, const std::string& key) { return groups().at(group).store->check({key}); }

std::string value_of_key(int64_t group, const std::string& key) {
  const std::vector<uint8_t> value = groups().at(group).store->get(key);
  return std::string(value.begin(), value.end());
}

int64_t begin_all_reduce(int64_t group, const at::Tensor& tensor) {
  std::vector<at::Tensor> tensors{tensor};
  return begin(group, tensors, [&](Collectives& collectives) { return collectives.allreduce(tensors); });
}

int64_t begin_broadcast(int64_t group, const at::Tensor& tensor, int from) {
  std::vector<at::Tensor> tensors{tensor};
  c10d::BroadcastOptions options;
  options.rootRank = from;
  return begin(group, tensors, [&](Collectives& collectives) { return collectives.broadcast(tensors, options); });
}

int64_t begin_all_gather(int64_t group, const at::Tensor& input, const at::Tensor& output) {
  return begin(group, {input, output}, [&](Collectives& collectives) {
    std::vector<at::Tensor> inputs{input};
    std::vector<std::vector<at::Tensor>> outputs{output.unbind(0)};
    return collectives.allgather(outputs, inputs);
  });
}

int64_t begin_exchange(int64_t group, const at::Tensor& input, const std::vector<int64_t>& sent, const at::Tensor& output,
                       const std::vector<int64_t>& received) {
  return begin(group, {input, output}, [&](Collectives& collectives) {
    at::Tensor from = input, to = output;
    std::vector<int64_t> sent_rows = sent, received_rows = received;
    return collectives.alltoall_base(to, from, received_rows, sent_rows);
  });
}

void wait_for(int64_t begun) { begun_works().take(begun).work->wait(); }

void all_reduce_now(int64_t group, const at::Tensor& tensor) {
  try {
    wait_for(begin_all_reduce(group, tensor));
  } catch (const std::exception& error) {
    TORCH_CHECK(false, "lost process: ", error.what());
  }
}

}  // namespace pneumoscope

#else

namespace pneumoscope {
namespace {

[[noreturn]] void refuse() {
  TORCH_CHECK(false, "this libtorch was built without torch.distributed (c10d with gloo)");
  throw;  // never reached: tells compilers that do not see through the macro
}

}  // namespace

bool has_process_groups() { return false; }
bool has_gpu_process_groups() { return false; }
int64_t join_group(const GroupPlace&) { refuse(); }
void leave_group(int64_t) { refuse(); }
void set_key(int64_t, const std::string&, const std::string&) { refuse(); }
bool has_key(int64_t, const std::string&) { refuse(); }
std::string value_of_key(int64_t, const std::string&) { refuse(); }
int64_t begin_all_reduce(int64_t, const at::Tensor&) { refuse(); }
int64_t begin_broadcast(int64_t, const at::Tensor&, int) { refuse(); }
int64_t begin_all_gather(int64_t, const at::Tensor&, const at::Tensor&) { refuse(); }
int64_t begin_exchange(int64_t, const at::Tensor&, const std::vector<int64_t>&, const at::Tensor&,
                       const std::vector<int64_t>&) {
  refuse();
}
void wait_for(int64_t) { refuse(); }
void all_reduce_now(int64_t, const at::Tensor&) { refuse(); }

}  // namespace pneumoscope

#endif
