// Typed arrays to tensors and back.
#pragma once

#include <ATen/core/Tensor.h>
#include <js_native_api.h>

#include <cstdint>
#include <vector>

namespace pneumoscope {

// A new tensor on that device holding a copy; a GPU is not waited for.
at::Tensor from_array(napi_env env, napi_value array, const std::vector<int64_t>& shape, c10::Device device);

// Copies into an array of equal length, converting type, layout and device on the way.
void into_array(napi_env env, const at::Tensor& tensor, napi_value array);

// Rows of a large uint8 array as a [n, row_length] tensor on that device, as from_array.
at::Tensor gather_rows(napi_env env, napi_value array, int64_t row_length, napi_value indices, c10::Device device);

}  // namespace pneumoscope
