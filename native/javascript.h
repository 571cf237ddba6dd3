// Plain JavaScript values to and from C++, with every Node-API status looked at. Tensors are in handles.h.
#pragma once

#include <js_native_api.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

namespace pneumoscope {

// A JavaScript exception is pending already (a getter or a proxy threw); it reaches the caller as it is.
struct PendingException {};

// Throws c10::Error, or PendingException, unless the call that gave `status` succeeded.
void check(napi_env env, napi_status status);

napi_valuetype type_of(napi_env env, napi_value value);
bool is_absent(napi_env env, napi_value value);  // null or undefined

// These throw c10::Error with `what` (e.g. `argument "dim"`) in the message when `value` is of another type.
bool boolean_of(napi_env env, napi_value value, const std::string& what);
double number_of(napi_env env, napi_value value, const std::string& what);
int64_t integer_of(napi_env env, napi_value value, const std::string& what);  // a whole number that a double holds exactly
std::string string_of(napi_env env, napi_value value, const std::string& what);
uint32_t length_of(napi_env env, napi_value array, const std::string& what);
napi_value element(napi_env env, napi_value array, uint32_t index);
std::vector<int64_t> integers_of(napi_env env, napi_value array, const std::string& what);
bool is_whole(double number);

napi_value undefined(napi_env env);
napi_value null(napi_env env);
napi_value boolean(napi_env env, bool value);
napi_value number(napi_env env, double value);
napi_value text(napi_env env, const std::string& value);
napi_value object(napi_env env);
void set(napi_env env, napi_value object, const char* key, napi_value value);

// An array of what `convert` makes of each item.
template <typename Items, typename Convert>
napi_value array(napi_env env, const Items& items, const Convert& convert) {
  napi_value result = nullptr;
  check(env, napi_create_array_with_length(env, std::size(items), &result));
  uint32_t index = 0;
  for (const auto& item : items) check(env, napi_set_element(env, result, index++, convert(item)));
  return result;
}

}  // namespace pneumoscope
