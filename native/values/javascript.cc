#include "javascript.h"

#include <c10/util/Exception.h>

#include <cmath>

namespace pneumoscope {
namespace {

constexpr double kLargestInteger = 9007199254740991.0;  // Number.MAX_SAFE_INTEGER

}  // namespace

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  if (status == napi_pending_exception) throw PendingException();
  const napi_extended_error_info* info = nullptr;
  const bool known = napi_get_last_error_info(env, &info) == napi_ok && info->error_message != nullptr;
  TORCH_CHECK(false, "Node.js refused: ", known ? info->error_message : "unknown reason", " (status ",
              static_cast<int>(status), ")");
}

napi_valuetype type_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  check(env, napi_typeof(env, value, &type));
  return type;
}

bool is_absent(napi_env env, napi_value value) {
  const napi_valuetype type = type_of(env, value);
  return type == napi_undefined || type == napi_null;
}

bool is_whole(double number) { return std::trunc(number) == number && std::abs(number) <= kLargestInteger; }

bool boolean_of(napi_env env, napi_value value, const std::string& what) {
  bool result = false;
  TORCH_CHECK(napi_get_value_bool(env, value, &result) == napi_ok, what, ": expected true or false");
  return result;
}

double number_of(napi_env env, napi_value value, const std::string& what) {
  double result = 0;
  TORCH_CHECK(napi_get_value_double(env, value, &result) == napi_ok, what, ": expected a number");
  return result;
}

int64_t integer_of(napi_env env, napi_value value, const std::string& what) {
  const double number = number_of(env, value, what);
  TORCH_CHECK(is_whole(number), what, ": expected a whole number. Received ", number);
  return static_cast<int64_t>(number);
}

std::string string_of(napi_env env, napi_value value, const std::string& what) {
  size_t length = 0;
  TORCH_CHECK(napi_get_value_string_utf8(env, value, nullptr, 0, &length) == napi_ok, what, ": expected a string");
  std::string result(length, '\0');
  check(env, napi_get_value_string_utf8(env, value, result.data(), length + 1, &length));
  return result;
}

uint32_t length_of(napi_env env, napi_value array, const std::string& what) {
  bool is_array = false;
  check(env, napi_is_array(env, array, &is_array));
  TORCH_CHECK(is_array, what, ": expected an array");
  uint32_t length = 0;
  check(env, napi_get_array_length(env, array, &length));
  return length;
}

napi_value element(napi_env env, napi_value array, uint32_t index) {
  napi_value item = nullptr;
  check(env, napi_get_element(env, array, index, &item));
  return item;
}

std::vector<int64_t> integers_of(napi_env env, napi_value array, const std::string& what) {
  std::vector<int64_t> result(length_of(env, array, what));
  for (uint32_t i = 0; i < result.size(); ++i) result[i] = integer_of(env, element(env, array, i), what);
  return result;
}

napi_value undefined(napi_env env) {
  napi_value result = nullptr;
  check(env, napi_get_undefined(env, &result));
  return result;
}

napi_value null(napi_env env) {
  napi_value result = nullptr;
  check(env, napi_get_null(env, &result));
  return result;
}

napi_value boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  check(env, napi_get_boolean(env, value, &result));
  return result;
}

napi_value number(napi_env env, double value) {
  napi_value result = nullptr;
  check(env, napi_create_double(env, value, &result));
  return result;
}

napi_value text(napi_env env, const std::string& value) {
  napi_value result = nullptr;
  check(env, napi_create_string_utf8(env, value.data(), value.size(), &result));
  return result;
}

napi_value object(napi_env env) {
  napi_value result = nullptr;
  check(env, napi_create_object(env, &result));
  return result;
}

void set(napi_env env, napi_value object, const char* key, napi_value value) {
  check(env, napi_set_named_property(env, object, key, value));
}

}  // namespace pneumoscope
