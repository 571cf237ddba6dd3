// Processes that compute together, each with a number from 0: libtorch's c10d, that is its TCP store, where they find each
// other, and gloo's collectives. Groups and what they have begun are known by numbers. No model knowledge here.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pneumoscope {

// Whether this libtorch has c10d and gloo; without them all below throws.
bool has_process_groups();

// Whether tensors on GPUs can be shared too, by NCCL.
bool has_gpu_process_groups();

struct GroupPlace {
  std::string host;  // of process 0, which serves the store
  uint16_t port;
  int rank;
  int size;
  std::string address;  // by which the others reach this process: an IP address, or the name of a network interface
  bool is_interface;
  bool has_gpu;  // tensors on this process' GPU will be shared
  std::chrono::milliseconds timeout;  // of joining and of everything that is waited for later
};

// Blocks until all processes are there.
int64_t join_group(const GroupPlace& place);

// All that was begun must have ended. A group that has lost a process is never left: gloo would wait for it.
void leave_group(int64_t group);

// The store's texts, by key; none of these waits for another process.
void set_key(int64_t group, const std::string& key, const std::string& value);
bool has_key(int64_t group, const std::string& key);
std::string value_of_key(int64_t group, const std::string& key);

// These begin what every process of the group must begin in the same order, on contiguous tensors that nobody else writes
// until it has ended, and return its number. gloo moves those on the CPU, NCCL those on GPUs.
int64_t begin_all_reduce(int64_t group, const at::Tensor& tensor);  // the sum, in place
int64_t begin_broadcast(int64_t group, const at::Tensor& tensor, int from);  // in place
int64_t begin_all_gather(int64_t group, const at::Tensor& input, const at::Tensor& output);  // [...] -> [size, ...]
// Rows of `input` [rows, ...], counted by receiver, become rows of `output`, counted by sender.
int64_t begin_exchange(int64_t group, const at::Tensor& input, const std::vector<int64_t>& sent, const at::Tensor& output,
                       const std::vector<int64_t>& received);

// Blocks until it has ended, on a GPU only the work that is given to it later; throws what made it fail. Each number is asked for once.
void wait_for(int64_t begun);

// Both at once, in the middle of an operator: what it throws begins with "lost process: ".
void all_reduce_now(int64_t group, const at::Tensor& tensor);

}  // namespace pneumoscope
