// The Node-API face of libtorch: any operator by its schema name, typed arrays in and out, gradients, and the few
// switches that are not operators. Models, losses and optimizers are TypeScript; nothing here knows them.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <node_api.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "caching_allocator.h"
#include "handles.h"
#include "values.h"

namespace pneumoscope {
namespace {

using Arguments = std::vector<napi_value>;
using Function = napi_value (*)(napi_env, const Arguments&);

napi_value undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value text(napi_env env, const std::string& value) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, value.data(), value.size(), &result);
  return result;
}

// Schema lookup walks strings and locks; operators are looked up once per thread (worker threads load the addon too).
const c10::OperatorHandle& find_operator(const std::string& name) {
  thread_local std::unordered_map<std::string, c10::OperatorHandle> known;
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  const size_t dot = name.find('.');
  const std::string overload = dot == std::string::npos ? "" : name.substr(dot + 1);
  const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name.substr(0, dot).c_str(), overload.c_str());
  return known.emplace(name, handle).first->second;
}

// call(name, arguments): positional by the schema's order, keyword-only ones included; missing trailing ones take
// the schema's defaults. Returns the result, or an array of results.
napi_value call(napi_env env, const Arguments& arguments) {
  const c10::OperatorHandle& op = find_operator(string_of(env, arguments.at(0)));
  uint32_t count = 0;
  TORCH_CHECK(napi_get_array_length(env, arguments.at(1), &count) == napi_ok, "arguments should be an array");
  const auto& formal = op.schema().arguments();
  TORCH_CHECK(count <= formal.size(), "takes at most ", formal.size(), " arguments. Received ", count);

  torch::jit::Stack stack;
  stack.reserve(formal.size());
  for (size_t i = 0; i < formal.size(); ++i) {
    napi_value given = undefined(env);
    if (i < count) napi_get_element(env, arguments.at(1), i, &given);
    napi_valuetype type = napi_undefined;
    napi_typeof(env, given, &type);
    const std::string what = "argument \"" + formal[i].name() + "\"";
    if (type != napi_undefined) {
      stack.push_back(to_ivalue(env, given, formal[i].type(), what));
    } else {
      TORCH_CHECK(formal[i].default_value().has_value(), what, " is missing");
      stack.push_back(*formal[i].default_value());
    }
  }
  op.callBoxed(&stack);
  if (stack.empty()) return undefined(env);
  if (stack.size() == 1) return to_js(env, stack.front());
  return to_js(env, c10::ivalue::Tuple::create(std::move(stack)));
}

struct TypedArray {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
};

TypedArray typed_array(napi_env env, napi_value value) {
  TypedArray array;
  const napi_status status =
      napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, nullptr, nullptr);
  TORCH_CHECK(status == napi_ok, "expected a typed array");
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

// fromArray(array, shape): a new tensor holding a copy.
napi_value from_array(napi_env env, const Arguments& arguments) {
  const TypedArray array = typed_array(env, arguments.at(0));
  const std::vector<int64_t> shape = integers_of(env, arguments.at(1), "shape");
  at::Tensor tensor = at::empty(shape, scalar_type(array.type));
  TORCH_CHECK(tensor.numel() == static_cast<int64_t>(array.length), "shape ", shape, " does not hold ", array.length,
              " values");
  if (array.length > 0) std::memcpy(tensor.data_ptr(), array.data, tensor.nbytes());
  return wrap(env, tensor);
}

// intoArray(tensor, array): copies into an array of equal length, converting type, layout and device on the way.
napi_value into_array(napi_env env, const Arguments& arguments) {
  const at::Tensor& tensor = unwrap(env, arguments.at(0));
  const TypedArray array = typed_array(env, arguments.at(1));
  TORCH_CHECK(tensor.numel() == static_cast<int64_t>(array.length), "the array should hold ", tensor.numel(),
              " values. It holds ", array.length);
  const at::NoGradGuard no_grad;
  if (array.length > 0) at::from_blob(array.data, tensor.sizes(), scalar_type(array.type)).copy_(tensor);
  return arguments.at(1);
}

// gatherRows(array, rowLength, indices): rows of a large uint8 array as a [n, rowLength] tensor, in one copy.
napi_value gather_rows(napi_env env, const Arguments& arguments) {
  const TypedArray array = typed_array(env, arguments.at(0));
  const TypedArray indices = typed_array(env, arguments.at(2));
  TORCH_CHECK(scalar_type(array.type) == at::kByte, "gatherRows takes a Uint8Array");
  TORCH_CHECK(scalar_type(indices.type) == at::kInt, "indices should be an Int32Array");
  const int64_t width = integer_of(env, arguments.at(1), "rowLength");
  TORCH_CHECK(width > 0, "rowLength should be positive");
  const auto rows = static_cast<int64_t>(array.length) / width;
  at::Tensor result = at::empty({static_cast<int64_t>(indices.length), width}, at::kByte);
  auto* target = result.data_ptr<uint8_t>();
  for (size_t i = 0; i < indices.length; ++i) {
    const int64_t row = static_cast<const int32_t*>(indices.data)[i];
    TORCH_CHECK(row >= 0 && row < rows, "row ", row, " is outside 0..", rows - 1);
    std::memcpy(target + i * width, static_cast<const uint8_t*>(array.data) + row * width, width);
  }
  return wrap(env, result);
}

napi_value shape(napi_env env, const Arguments& arguments) {
  return to_js(env, c10::IValue(unwrap(env, arguments.at(0)).sizes()));
}

napi_value dtype(napi_env env, const Arguments& arguments) {
  return text(env, c10::toString(unwrap(env, arguments.at(0)).scalar_type()));
}

napi_value device(napi_env env, const Arguments& arguments) {
  return text(env, unwrap(env, arguments.at(0)).device().str());
}

napi_value dispose_tensor(napi_env env, const Arguments& arguments) {
  dispose(env, arguments.at(0));
  return undefined(env);
}

napi_value count_handles(napi_env env, const Arguments&) { return to_js(env, c10::IValue(live_handles())); }

napi_value set_requires_grad(napi_env env, const Arguments& arguments) {
  bool required = false;
  napi_get_value_bool(env, arguments.at(1), &required);
  unwrap(env, arguments.at(0)).set_requires_grad(required);
  return undefined(env);
}

// gradients(output, inputs): d output / d input for every input; null where the output does not depend on it.
napi_value gradients(napi_env env, const Arguments& arguments) {
  const at::Tensor& output = unwrap(env, arguments.at(0));
  const std::vector<at::Tensor> inputs = tensors_of(env, arguments.at(1));
  const auto results = torch::autograd::grad({output}, inputs, {}, c10::nullopt, false, /*allow_unused=*/true);
  return to_js(env, c10::IValue(c10::List<at::Tensor>(results)));
}

// setGradEnabled(enabled): returns what it was.
napi_value set_grad_enabled(napi_env env, const Arguments& arguments) {
  const bool before = c10::GradMode::is_enabled();
  bool enabled = false;
  napi_get_value_bool(env, arguments.at(0), &enabled);
  c10::GradMode::set_enabled(enabled);
  return to_js(env, c10::IValue(before));
}

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
void set_bfloat16_autocast(c10::DeviceType device, bool enabled) {
  at::autocast::set_autocast_enabled(device, enabled);
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
}
#else
void set_bfloat16_autocast(c10::DeviceType device, bool enabled) {
  if (device == c10::DeviceType::CUDA) {
    at::autocast::set_enabled(enabled);
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  } else {
    at::autocast::set_cpu_enabled(enabled);
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
  }
}
#endif

// setAutocast(deviceType, enabled): bfloat16 mixed precision for the operators libtorch lists as safe.
napi_value set_autocast(napi_env env, const Arguments& arguments) {
  bool enabled = false;
  napi_get_value_bool(env, arguments.at(1), &enabled);
  set_bfloat16_autocast(c10::Device(string_of(env, arguments.at(0))).type(), enabled);
  if (!enabled) at::autocast::clear_cache();
  return undefined(env);
}

napi_value manual_seed(napi_env env, const Arguments& arguments) {
  const int64_t seed = integer_of(env, arguments.at(0), "seed");
  TORCH_CHECK(seed >= 0, "seed should not be negative. Received ", seed);
  at::manual_seed(static_cast<uint64_t>(seed));
  return undefined(env);
}

napi_value set_threads(napi_env env, const Arguments& arguments) {
  int32_t threads = 0;
  napi_get_value_int32(env, arguments.at(0), &threads);
  at::set_num_threads(threads);
  return undefined(env);
}

void set(napi_env env, napi_value object, const char* key, napi_value value) {
  napi_set_named_property(env, object, key, value);
}

napi_value info(napi_env env, const Arguments&) {
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set(env, result, "version", text(env, TORCH_VERSION));
  set(env, result, "threads", to_js(env, c10::IValue(static_cast<int64_t>(at::get_num_threads()))));
  set(env, result, "config", text(env, at::show_config()));
  set(env, result, "mkldnn", to_js(env, c10::IValue(at::hasMKLDNN())));
  set(env, result, "cuda", to_js(env, c10::IValue(at::hasCUDA())));
  return result;
}

// Runs a function and turns C++ exceptions into JavaScript errors that start with the operator's name, if any.
template <Function function>
napi_value guarded(napi_env env, napi_callback_info callback_info) {
  size_t count = 0;
  napi_get_cb_info(env, callback_info, &count, nullptr, nullptr, nullptr);
  Arguments arguments(count);
  napi_get_cb_info(env, callback_info, &count, arguments.data(), nullptr, nullptr);
  try {
    return function(env, arguments);
  } catch (const c10::Error& error) {
    napi_throw_error(env, "ENGINE", error.what_without_backtrace());
  } catch (const std::exception& error) {
    napi_throw_error(env, "ENGINE", error.what());
  }
  return nullptr;
}

template <Function function>
void define(napi_env env, napi_value exports, const char* name) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<function>, nullptr, &value);
  set(env, exports, name, value);
}

napi_value initialise(napi_env env, napi_value exports) {
  install_caching_allocator();
  define<call>(env, exports, "call");
  define<from_array>(env, exports, "fromArray");
  define<into_array>(env, exports, "intoArray");
  define<gather_rows>(env, exports, "gatherRows");
  define<shape>(env, exports, "shape");
  define<dtype>(env, exports, "dtype");
  define<device>(env, exports, "device");
  define<dispose_tensor>(env, exports, "dispose");
  define<count_handles>(env, exports, "liveTensors");
  define<set_requires_grad>(env, exports, "setRequiresGrad");
  define<gradients>(env, exports, "gradients");
  define<set_grad_enabled>(env, exports, "setGradEnabled");
  define<set_autocast>(env, exports, "setAutocast");
  define<manual_seed>(env, exports, "manualSeed");
  define<set_threads>(env, exports, "setThreads");
  define<info>(env, exports, "info");
  return exports;
}

}  // namespace
}  // namespace pneumoscope

NAPI_MODULE(NODE_GYP_MODULE_NAME, pneumoscope::initialise)
