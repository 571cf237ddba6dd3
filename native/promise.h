// Work of one of Node.js' own threads as a promise.
#pragma once

#include <node_api.h>

#include <functional>

namespace pneumoscope {

// Runs `work` elsewhere; the promise becomes the number it returns, or an error with the message of what it throws.
napi_value promise_of(napi_env env, std::function<int64_t()> work);

}  // namespace pneumoscope
