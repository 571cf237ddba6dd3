#include "arrays.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <cstring>

#include "device_copies.h"
#include "javascript.h"

namespace pneumoscope {
namespace {

struct TypedArray {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
};

TypedArray typed_array(napi_env env, napi_value value) {
  TypedArray array;
  bool is_array = false;
  check(env, napi_is_typedarray(env, value, &is_array));
  TORCH_CHECK(is_array, "expected a typed array");
  check(env, napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, nullptr, nullptr));
  return array;
}

at::ScalarType scalar_type(napi_typedarray_type type) {
  switch (type) {
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return at::kByte;
    case napi_int8_array:
      return at::kChar;
    case napi_int32_array:
      return at::kInt;
    case napi_bigint64_array:
      return at::kLong;
    case napi_float32_array:
      return at::kFloat;
    case napi_float64_array:
      return at::kDouble;
    default:
      TORCH_CHECK(false, "typed arrays of this kind have no tensor type");
  }
}

}  // namespace

at::Tensor from_array(napi_env env, napi_value given, const std::vector<int64_t>& shape, c10::Device device) {
  const TypedArray array = typed_array(env, given);
  const at::Tensor tensor = host_tensor(shape, scalar_type(array.type), device);
  TORCH_CHECK(tensor.numel() == static_cast<int64_t>(array.length), "shape ", at::IntArrayRef(shape), " does not hold ", array.length,
              " values");
  if (array.length > 0) std::memcpy(tensor.data_ptr(), array.data, tensor.nbytes());
  return sent(tensor, device);
}

void into_array(napi_env env, const at::Tensor& tensor, napi_value given) {
  const TypedArray array = typed_array(env, given);
  TORCH_CHECK(tensor.numel() == static_cast<int64_t>(array.length), "the array should hold ", tensor.numel(),
              " values. It holds ", array.length);
  const at::NoGradGuard no_grad;
  if (array.length > 0) at::from_blob(array.data, tensor.sizes(), scalar_type(array.type)).copy_(tensor);
}

at::Tensor gather_rows(napi_env env, napi_value given, int64_t width, napi_value given_indices, c10::Device device) {
  const TypedArray array = typed_array(env, given);
  const TypedArray indices = typed_array(env, given_indices);
  TORCH_CHECK(scalar_type(array.type) == at::kByte, "gatherRows takes a Uint8Array");
  TORCH_CHECK(scalar_type(indices.type) == at::kInt, "indices should be an Int32Array");
  TORCH_CHECK(width > 0, "rowLength should be positive");
  const auto rows = static_cast<int64_t>(array.length) / width;
  const at::Tensor result = host_tensor({static_cast<int64_t>(indices.length), width}, at::kByte, device);
  auto* target = result.data_ptr<uint8_t>();
  for (size_t i = 0; i < indices.length; ++i) {
    const int64_t row = static_cast<const int32_t*>(indices.data)[i];
    TORCH_CHECK(row >= 0 && row < rows, "row ", row, " is outside 0..", rows - 1);
    std::memcpy(target + i * width, static_cast<const uint8_t*>(array.data) + row * width, width);
  }
  return sent(result, device);
}

}  // namespace pneumoscope
