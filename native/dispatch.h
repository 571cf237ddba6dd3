// libtorch's operators as JavaScript calls them: bound once by name, then called with values that are converted by the
// operator's own schema.
#pragma once

#include <js_native_api.h>

#include <string>
#include <vector>

namespace pneumoscope {

// Binds an operator ("aten::add.Tensor") to the names of the arguments that calls will give, in their order. Names, not
// positions, say which argument is meant: libtorch's versions add arguments and move them. Returns the number by which
// this thread calls it.
uint32_t bind_operator(const std::string& name, const std::vector<std::string>& arguments);

// Calls a bound operator; undefined stands for the schema's default. Returns the result, or an array of several;
// undefined where the operator changes its argument and returns it.
napi_value call_operator(napi_env env, uint32_t number, napi_value values);

// { arguments: [{ name, type, hasDefault, isWritten }], returns: [type], text }, types as schemas write them.
napi_value describe_operator(napi_env env, const std::string& name);

}  // namespace pneumoscope
