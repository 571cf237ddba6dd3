// JavaScript values to and from c10::IValue, directed by the type that an operator's own schema asks for.
#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <js_native_api.h>

#include <string>
#include <vector>

namespace pneumoscope {

// Throws c10::Error with `what` (e.g. `argument "dim"`) in the message when `value` does not fit `type`.
c10::IValue to_ivalue(napi_env env, napi_value value, const c10::TypePtr& type, const std::string& what);

// Tensor -> handle (undefined tensor -> null), number, boolean, string, null; lists and tuples -> arrays.
napi_value to_js(napi_env env, const c10::IValue& value);

std::string string_of(napi_env env, napi_value value);
// A whole number that a double holds exactly.
int64_t integer_of(napi_env env, napi_value value, const std::string& what);
std::vector<int64_t> integers_of(napi_env env, napi_value array, const std::string& what);
std::vector<at::Tensor> tensors_of(napi_env env, napi_value array);

}  // namespace pneumoscope
