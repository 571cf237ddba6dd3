// Tensors as JavaScript values: a Node-API external that owns one at::Tensor and reports its memory to the garbage
// collector, so that forgotten tensors are collected in time. No model knowledge here.
#pragma once

#include <ATen/core/Tensor.h>
#include <js_native_api.h>

#include <cstdint>
#include <vector>

namespace pneumoscope {

// Wraps `tensor`; the storage's bytes are reported unless another tensor already shares it.
napi_value wrap(napi_env env, at::Tensor tensor);

bool is_tensor(napi_env env, napi_value value);

// The tensor inside; throws c10::Error when `value` is not a tensor or was disposed.
const at::Tensor& unwrap(napi_env env, napi_value value);

std::vector<at::Tensor> tensors_of(napi_env env, napi_value array);

// Releases the tensor now. Disposing twice is harmless.
void dispose(napi_env env, napi_value value);

// Handles of the whole process, worker threads included, that have neither been disposed nor collected.
int64_t live_handles();

}  // namespace pneumoscope
