#include "device_copies.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>
#include <thread>
#include <utility>

#include "numbered.h"

namespace pneumoscope {
namespace {

struct Reading {
  at::Tensor host;
  std::optional<c10::Event> copied;  // absent where the tensor was on the CPU
};

Numbered<Reading>& readings() {
  static auto* instance = new Numbered<Reading>("reading");
  return *instance;
}

// One for each device and thread, from libtorch's pool.
c10::Stream copy_stream(const c10::impl::VirtualGuardImpl& guard, c10::Device device) {
  thread_local std::unordered_map<c10::DeviceIndex, c10::Stream> streams;
  return streams.try_emplace(device.index(), guard.getStreamFromGlobalPool(device)).first->second;
}

}  // namespace

at::Tensor host_tensor(at::IntArrayRef shape, at::ScalarType type, c10::Device device) {
  return at::empty(shape, at::TensorOptions(type).pinned_memory(!device.is_cpu()));
}

at::Tensor sent(const at::Tensor& host, c10::Device device) {
  if (device.is_cpu()) return host;
  const c10::impl::VirtualGuardImpl guard(device.type());
  if (!device.has_index()) device = guard.getDevice();
  const c10::Stream computing = guard.getStream(device);
  const c10::Stream copying = copy_stream(guard, device);
  at::Tensor result;
  {
    const c10::StreamGuard on_copying(copying);
    result = host.to(device, host.scalar_type(), /*non_blocking=*/true);
  }
  c10::Event copied(device.type());
  copied.record(copying);
  copied.block(computing);
  result.record_stream(computing);  // its memory is the copying stream's, which must not have it back too early
  return result;
}

int64_t begin_read(const at::Tensor& tensor) {
  const at::NoGradGuard no_grad;
  const at::Tensor values = tensor.detach();
  if (values.is_cpu()) return readings().add({values.clone(), std::nullopt});
  at::Tensor host = host_tensor(values.sizes(), values.scalar_type(), values.device());
  host.copy_(values, /*non_blocking=*/true);
  c10::Event copied(values.device().type());
  copied.record(c10::impl::VirtualGuardImpl(values.device().type()).getStream(values.device()));
  return readings().add({std::move(host), std::move(copied)});
}

at::Tensor read(int64_t begun) {
  const Reading reading = readings().take(begun);
  while (reading.copied.has_value() && !reading.copied->query()) std::this_thread::yield();
  return reading.host;
}

}  // namespace pneumoscope
