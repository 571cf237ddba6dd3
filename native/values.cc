#include "values.h"

#include <cmath>

#include "handles.h"

namespace pneumoscope {
namespace {

constexpr double kLargestInteger = 9007199254740991.0;  // Number.MAX_SAFE_INTEGER

napi_valuetype type_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type;
}

bool is_absent(napi_env env, napi_value value) {
  const napi_valuetype type = type_of(env, value);
  return type == napi_undefined || type == napi_null;
}

double number_of(napi_env env, napi_value value, const std::string& what) {
  double number = 0;
  TORCH_CHECK(napi_get_value_double(env, value, &number) == napi_ok, what, ": expected a number");
  return number;
}

bool is_whole(double number) { return std::trunc(number) == number && std::abs(number) <= kLargestInteger; }

bool boolean_of(napi_env env, napi_value value, const std::string& what) {
  bool result = false;
  TORCH_CHECK(napi_get_value_bool(env, value, &result) == napi_ok, what, ": expected true or false");
  return result;
}

uint32_t length_of(napi_env env, napi_value value, const std::string& what) {
  bool is_array = false;
  napi_is_array(env, value, &is_array);
  TORCH_CHECK(is_array, what, ": expected an array");
  uint32_t length = 0;
  napi_get_array_length(env, value, &length);
  return length;
}

napi_value element(napi_env env, napi_value array, uint32_t index) {
  napi_value item = nullptr;
  napi_get_element(env, array, index, &item);
  return item;
}

c10::IValue list_of(napi_env env, napi_value value, const c10::TypePtr& element_type, const std::string& what) {
  c10::impl::GenericList list(element_type);
  const uint32_t length = length_of(env, value, what);
  list.reserve(length);
  for (uint32_t i = 0; i < length; ++i) {
    list.push_back(to_ivalue(env, element(env, value, i), element_type, what + "[" + std::to_string(i) + "]"));
  }
  return list;
}

template <typename Items>
napi_value array_to_js(napi_env env, const Items& items) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, items.size(), &array);
  uint32_t index = 0;
  for (const c10::IValue& item : items) napi_set_element(env, array, index++, to_js(env, item));
  return array;
}

}  // namespace

c10::IValue to_ivalue(napi_env env, napi_value value, const c10::TypePtr& type, const std::string& what) {
  switch (type->kind()) {
    case c10::TypeKind::OptionalType:
      if (is_absent(env, value)) return c10::IValue();
      return to_ivalue(env, value, type->castRaw<c10::OptionalType>()->getElementType(), what);
    case c10::TypeKind::TensorType:
      if (is_absent(env, value)) return at::Tensor();
      TORCH_CHECK(is_tensor(env, value), what, ": expected a tensor");
      return unwrap(env, value);
    case c10::TypeKind::ListType:
      return list_of(env, value, type->castRaw<c10::ListType>()->getElementType(), what);
    case c10::TypeKind::IntType:
      return integer_of(env, value, what);
    case c10::TypeKind::FloatType:
      return number_of(env, value, what);
    case c10::TypeKind::BoolType:
      return boolean_of(env, value, what);
    case c10::TypeKind::StringType:
      return string_of(env, value);
    case c10::TypeKind::DeviceObjType:
      return c10::Device(string_of(env, value));
    case c10::TypeKind::NumberType: {
      if (type_of(env, value) == napi_boolean) return boolean_of(env, value, what);
      const double number = number_of(env, value, what);
      if (is_whole(number)) return static_cast<int64_t>(number);
      return number;
    }
    default:
      TORCH_CHECK(false, what, ": values of type ", type->str(), " cannot be passed from JavaScript");
  }
}

napi_value to_js(napi_env env, const c10::IValue& value) {
  napi_value result = nullptr;
  if (value.isTensor()) {
    if (value.toTensor().defined()) return wrap(env, value.toTensor());
    napi_get_null(env, &result);
  } else if (value.isDouble()) {
    napi_create_double(env, value.toDouble(), &result);
  } else if (value.isInt()) {
    napi_create_int64(env, value.toInt(), &result);
  } else if (value.isBool()) {
    napi_get_boolean(env, value.toBool(), &result);
  } else if (value.isString()) {
    napi_create_string_utf8(env, value.toStringRef().data(), value.toStringRef().size(), &result);
  } else if (value.isList()) {
    return array_to_js(env, value.toListRef());
  } else if (value.isTuple()) {
    return array_to_js(env, value.toTupleRef().elements());
  } else if (value.isScalar()) {
    napi_create_double(env, value.toScalar().toDouble(), &result);
  } else {
    TORCH_CHECK(value.isNone(), "results of type ", value.tagKind(), " cannot be passed to JavaScript");
    napi_get_null(env, &result);
  }
  return result;
}

std::string string_of(napi_env env, napi_value value) {
  size_t length = 0;
  TORCH_CHECK(napi_get_value_string_utf8(env, value, nullptr, 0, &length) == napi_ok, "expected a string");
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, text.data(), length + 1, &length);
  return text;
}

int64_t integer_of(napi_env env, napi_value value, const std::string& what) {
  const double number = number_of(env, value, what);
  TORCH_CHECK(is_whole(number), what, ": expected a whole number. Received ", number);
  return static_cast<int64_t>(number);
}

std::vector<int64_t> integers_of(napi_env env, napi_value array, const std::string& what) {
  std::vector<int64_t> result(length_of(env, array, what));
  for (uint32_t i = 0; i < result.size(); ++i) result[i] = integer_of(env, element(env, array, i), what);
  return result;
}

std::vector<at::Tensor> tensors_of(napi_env env, napi_value array) {
  std::vector<at::Tensor> result;
  const uint32_t length = length_of(env, array, "tensors");
  result.reserve(length);
  for (uint32_t i = 0; i < length; ++i) result.push_back(unwrap(env, element(env, array, i)));
  return result;
}

}  // namespace pneumoscope
