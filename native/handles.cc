#include "handles.h"

#include <atomic>
#include <memory>

namespace pneumoscope {
namespace {

constexpr napi_type_tag kTensorTag = {0x9e1a7d3c5b2f4e61ULL, 0xa4c08f6b17d92e35ULL};

struct Handle {
  at::Tensor tensor;
  int64_t reported_bytes = 0;
};

std::atomic<int64_t> live{0};

void release(napi_env env, Handle& handle) {
  if (!handle.tensor.defined()) return;
  handle.tensor.reset();
  --live;
  int64_t total = 0;
  napi_adjust_external_memory(env, -handle.reported_bytes, &total);
  handle.reported_bytes = 0;
}

void finalize(napi_env env, void* data, void*) {
  auto* handle = static_cast<Handle*>(data);
  release(env, *handle);
  delete handle;
}

Handle& handle_of(napi_env env, napi_value value) {
  TORCH_CHECK(is_tensor(env, value), "expected a tensor");
  void* data = nullptr;
  napi_get_value_external(env, value, &data);
  return *static_cast<Handle*>(data);
}

}  // namespace

napi_value wrap(napi_env env, at::Tensor tensor) {
  auto handle = std::make_unique<Handle>();
  if (tensor.defined() && tensor.has_storage() && tensor.storage().use_count() == 1) {
    handle->reported_bytes = static_cast<int64_t>(tensor.storage().nbytes());
  }
  handle->tensor = std::move(tensor);
  napi_value value = nullptr;
  const napi_status status = napi_create_external(env, handle.get(), finalize, nullptr, &value);
  TORCH_CHECK(status == napi_ok, "Node.js could not take the tensor (status ", static_cast<int>(status), ")");
  ++live;
  const int64_t bytes = handle.release()->reported_bytes;  // the external owns the handle from here on
  napi_type_tag_object(env, value, &kTensorTag);
  int64_t total = 0;
  napi_adjust_external_memory(env, bytes, &total);
  return value;
}

bool is_tensor(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type != napi_external) return false;
  bool tagged = false;
  napi_check_object_type_tag(env, value, &kTensorTag, &tagged);
  return tagged;
}

const at::Tensor& unwrap(napi_env env, napi_value value) {
  const Handle& handle = handle_of(env, value);
  TORCH_CHECK(handle.tensor.defined(), "the tensor has been disposed");
  return handle.tensor;
}

void dispose(napi_env env, napi_value value) { release(env, handle_of(env, value)); }

int64_t live_handles() { return live; }

}  // namespace pneumoscope
