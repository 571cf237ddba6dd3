#include "handles.h"

#include <atomic>
#include <memory>

#include "javascript.h"

namespace pneumoscope {
namespace {

constexpr napi_type_tag kTensorTag = {0x9e1a7d3c5b2f4e61ULL, 0xa4c08f6b17d92e35ULL};

struct Handle {
  at::Tensor tensor;
  int64_t reported_bytes = 0;
};

std::atomic<int64_t> live{0};

napi_status release(napi_env env, Handle& handle) {
  if (!handle.tensor.defined()) return napi_ok;
  handle.tensor.reset();
  --live;
  int64_t total = 0;
  const int64_t reported = handle.reported_bytes;
  handle.reported_bytes = 0;
  return napi_adjust_external_memory(env, -reported, &total);
}

void finalize(napi_env env, void* data, void*) {
  auto* handle = static_cast<Handle*>(data);
  // The garbage collector takes no errors; all that is lost is a count of bytes that only advises it.
  static_cast<void>(release(env, *handle));
  delete handle;
}

Handle& handle_of(napi_env env, napi_value value) {
  TORCH_CHECK(is_tensor(env, value), "expected a tensor");
  void* data = nullptr;
  check(env, napi_get_value_external(env, value, &data));
  return *static_cast<Handle*>(data);
}

}  // namespace

napi_value wrap(napi_env env, at::Tensor tensor) {
  auto handle = std::make_unique<Handle>();
  int64_t bytes = 0;
  if (tensor.defined() && tensor.has_storage() && tensor.storage().use_count() == 1) {
    bytes = static_cast<int64_t>(tensor.storage().nbytes());
  }
  handle->tensor = std::move(tensor);
  napi_value value = nullptr;
  check(env, napi_create_external(env, handle.get(), finalize, nullptr, &value));
  ++live;
  Handle* owned = handle.release();  // by the external from here on
  int64_t total = 0;
  check(env, napi_type_tag_object(env, value, &kTensorTag));
  check(env, napi_adjust_external_memory(env, bytes, &total));
  owned->reported_bytes = bytes;
  return value;
}

bool is_tensor(napi_env env, napi_value value) {
  if (type_of(env, value) != napi_external) return false;
  bool tagged = false;
  check(env, napi_check_object_type_tag(env, value, &kTensorTag, &tagged));
  return tagged;
}

const at::Tensor& unwrap(napi_env env, napi_value value) {
  const Handle& handle = handle_of(env, value);
  TORCH_CHECK(handle.tensor.defined(), "the tensor has been disposed");
  return handle.tensor;
}

std::vector<at::Tensor> tensors_of(napi_env env, napi_value array) {
  std::vector<at::Tensor> result;
  const uint32_t length = length_of(env, array, "tensors");
  result.reserve(length);
  for (uint32_t i = 0; i < length; ++i) result.push_back(unwrap(env, element(env, array, i)));
  return result;
}

void dispose(napi_env env, napi_value value) { check(env, release(env, handle_of(env, value))); }

int64_t live_handles() { return live; }

}  // namespace pneumoscope
