// The Node-API face of libtorch: any operator by its schema name, typed arrays in and out, gradients, and the few
// switches that are not operators. Models, losses and optimizers are TypeScript; nothing here knows them.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <node_api.h>
#include <torch/version.h>

#include <string>
#include <vector>

#include "arrays.h"
#include "autograd.h"
#include "caching_allocator.h"
#include "device_copies.h"
#include "dispatch.h"
#include "handles.h"
#include "javascript.h"
#include "kernels/conv3x3.h"
#include "kernels/depthwise.h"
#include "kernels/norm_activation.h"
#include "process_group.h"
#include "promise.h"

namespace pneumoscope {
namespace {

using Arguments = std::vector<napi_value>;
using Function = napi_value (*)(napi_env, const Arguments&);

// bind(operator, argumentNames): the number by which call() calls it; see dispatch.h.
napi_value bind(napi_env env, const Arguments& arguments) {
  std::vector<std::string> names(length_of(env, arguments.at(1), "argumentNames"));
  for (uint32_t i = 0; i < names.size(); ++i) names[i] = string_of(env, element(env, arguments[1], i), "argumentNames");
  return number(env, bind_operator(string_of(env, arguments[0], "operator"), names));
}

// call(number, values): the result, or an array of results.
napi_value call(napi_env env, const Arguments& arguments) {
  return call_operator(env, static_cast<uint32_t>(integer_of(env, arguments.at(0), "operator")), arguments.at(1));
}

// describe(operator): its schema.
napi_value describe(napi_env env, const Arguments& arguments) {
  return describe_operator(env, string_of(env, arguments.at(0), "operator"));
}

c10::Device device_of(napi_env env, napi_value value) { return c10::Device(string_of(env, value, "device")); }

// fromArray(array, shape, device)
napi_value from_array(napi_env env, const Arguments& arguments) {
  const std::vector<int64_t> shape = integers_of(env, arguments.at(1), "shape");
  return wrap(env, pneumoscope::from_array(env, arguments[0], shape, device_of(env, arguments.at(2))));
}

// intoArray(tensor, array): returns the array.
napi_value into_array(napi_env env, const Arguments& arguments) {
  pneumoscope::into_array(env, unwrap(env, arguments.at(0)), arguments.at(1));
  return arguments[1];
}

// beginRead(tensor): asks for its values; a number for read.
napi_value begin_read(napi_env env, const Arguments& arguments) {
  return number(env, static_cast<double>(pneumoscope::begin_read(unwrap(env, arguments.at(0)))));
}

// read(begun): those values, on the CPU.
napi_value read(napi_env env, const Arguments& arguments) {
  return wrap(env, pneumoscope::read(integer_of(env, arguments.at(0), "begun")));
}

// gatherRows(array, rowLength, indices, device)
napi_value gather_rows(napi_env env, const Arguments& arguments) {
  const int64_t row_length = integer_of(env, arguments.at(1), "rowLength");
  return wrap(env, pneumoscope::gather_rows(env, arguments[0], row_length, arguments.at(2), device_of(env, arguments.at(3))));
}

napi_value shape(napi_env env, const Arguments& arguments) {
  return array(env, unwrap(env, arguments.at(0)).sizes(), [env](int64_t size) { return number(env, size); });
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

napi_value count_handles(napi_env env, const Arguments&) { return number(env, live_handles()); }

napi_value set_requires_grad(napi_env env, const Arguments& arguments) {
  unwrap(env, arguments.at(0)).set_requires_grad(boolean_of(env, arguments.at(1), "required"));
  return undefined(env);
}

// gradients(output, inputs): d output / d input for every input; null where the output does not depend on it.
napi_value gradients(napi_env env, const Arguments& arguments) {
  const Tensors results = pneumoscope::gradients(unwrap(env, arguments.at(0)), tensors_of(env, arguments.at(1)));
  return array(env, results, [env](const at::Tensor& result) { return result.defined() ? wrap(env, result) : null(env); });
}

// gradientsAsTheyCome(output, inputs, tell): tell(index, gradient) for every input that the output depends on.
napi_value gradients_as_they_come(napi_env env, const Arguments& arguments) {
  const napi_value tell = arguments.at(2);
  TORCH_CHECK(type_of(env, tell) == napi_function, "tell should be a function");
  bool has_failed = false;
  pneumoscope::gradients_as_they_come(
      unwrap(env, arguments[0]), tensors_of(env, arguments[1]), [&](size_t input, const at::Tensor& gradient) {
        if (has_failed) return;  // the exception is pending; libtorch's engine must not see one
        napi_handle_scope scope = nullptr;
        try {
          check(env, napi_open_handle_scope(env, &scope));
          const napi_value given[] = {number(env, static_cast<double>(input)), wrap(env, gradient)};
          check(env, napi_call_function(env, undefined(env), tell, 2, given, nullptr));
        } catch (const PendingException&) {
          has_failed = true;
        }
        static_cast<void>(napi_close_handle_scope(env, scope));  // fails only where it was not opened
      });
  if (has_failed) throw PendingException();
  return undefined(env);
}

// setGradEnabled(enabled): returns what it was.
napi_value set_grad_enabled(napi_env env, const Arguments& arguments) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(boolean_of(env, arguments.at(0), "enabled"));
  return boolean(env, before);
}

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_autocast_enabled(c10::DeviceType device) { return at::autocast::is_autocast_enabled(device); }

void set_bfloat16_autocast(c10::DeviceType device, bool enabled) {
  at::autocast::set_autocast_enabled(device, enabled);
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
}
#else
bool is_autocast_enabled(c10::DeviceType device) {
  return device == c10::DeviceType::CUDA ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
}

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

// setAutocast(deviceType, enabled): bfloat16 mixed precision for the operators libtorch lists as safe. Returns what it
// was, which whoever switched it on sets again: regions nest.
napi_value set_autocast(napi_env env, const Arguments& arguments) {
  const c10::DeviceType device = c10::Device(string_of(env, arguments.at(0), "deviceType")).type();
  const bool enabled = boolean_of(env, arguments.at(1), "enabled");
  const bool before = is_autocast_enabled(device);
  set_bfloat16_autocast(device, enabled);
  if (!enabled) at::autocast::clear_cache();
  return boolean(env, before);
}

napi_value manual_seed(napi_env env, const Arguments& arguments) {
  const int64_t seed = integer_of(env, arguments.at(0), "seed");
  TORCH_CHECK(seed >= 0, "seed should not be negative. Received ", seed);
  at::manual_seed(static_cast<uint64_t>(seed));
  return undefined(env);
}

napi_value set_threads(napi_env env, const Arguments& arguments) {
  at::set_num_threads(static_cast<int>(integer_of(env, arguments.at(0), "threads")));
  return undefined(env);
}

napi_value info(napi_env env, const Arguments&) {
  const napi_value result = object(env);
  set(env, result, "version", text(env, TORCH_VERSION));
  set(env, result, "threads", number(env, at::get_num_threads()));
  set(env, result, "config", text(env, at::show_config()));
  set(env, result, "mkldnn", boolean(env, at::hasMKLDNN()));
  set(env, result, "cuda", boolean(env, at::hasCUDA()));
  set(env, result, "processGroups", boolean(env, has_process_groups()));
  set(env, result, "gpuProcessGroups", boolean(env, has_gpu_process_groups()));
  return result;
}

// What the addon's own operators take.
napi_value limits(napi_env env, const Arguments&) {
  const napi_value result = object(env);
  set(env, result, "conv3x3Block", number(env, kConv3x3LargestBlock));
  set(env, result, "depthwiseTaps", number(env, kMostTaps));
  set(env, result, "normActivations", array(env, kActivations, [env](const char* name) { return text(env, name); }));
  return result;
}

// joinGroup(host, port, rank, size, address, isInterface, hasGpu, timeoutMs): a promise of the group's number.
napi_value join_group(napi_env env, const Arguments& arguments) {
  const auto integer = [&](size_t i, const char* what) { return integer_of(env, arguments.at(i), what); };
  const GroupPlace place = {string_of(env, arguments.at(0), "host"),
                            static_cast<uint16_t>(integer(1, "port")),
                            static_cast<int>(integer(2, "rank")),
                            static_cast<int>(integer(3, "size")),
                            string_of(env, arguments.at(4), "address"),
                            boolean_of(env, arguments.at(5), "isInterface"),
                            boolean_of(env, arguments.at(6), "hasGpu"),
                            std::chrono::milliseconds(integer(7, "timeoutMs"))};
  return promise_of(env, [place] { return pneumoscope::join_group(place); });
}

int64_t group_of(napi_env env, const Arguments& arguments) { return integer_of(env, arguments.at(0), "group"); }

napi_value leave_group(napi_env env, const Arguments& arguments) {
  pneumoscope::leave_group(group_of(env, arguments));
  return undefined(env);
}

napi_value set_key(napi_env env, const Arguments& arguments) {
  pneumoscope::set_key(group_of(env, arguments), string_of(env, arguments.at(1), "key"),
                       string_of(env, arguments.at(2), "value"));
  return undefined(env);
}

// valueOfKey(group, key): null where it has not been set.
napi_value value_of_key(napi_env env, const Arguments& arguments) {
  const std::string key = string_of(env, arguments.at(1), "key");
  if (!has_key(group_of(env, arguments), key)) return null(env);
  return text(env, pneumoscope::value_of_key(group_of(env, arguments), key));
}

napi_value all_reduce(napi_env env, const Arguments& arguments) {
  return number(env, begin_all_reduce(group_of(env, arguments), unwrap(env, arguments.at(1))));
}

napi_value broadcast(napi_env env, const Arguments& arguments) {
  const auto from = static_cast<int>(integer_of(env, arguments.at(2), "from"));
  return number(env, begin_broadcast(group_of(env, arguments), unwrap(env, arguments[1]), from));
}

napi_value all_gather(napi_env env, const Arguments& arguments) {
  return number(
      env, begin_all_gather(group_of(env, arguments), unwrap(env, arguments.at(1)), unwrap(env, arguments.at(2))));
}

// exchange(group, input, sent, output, received)
napi_value exchange(napi_env env, const Arguments& arguments) {
  return number(env, begin_exchange(group_of(env, arguments), unwrap(env, arguments.at(1)),
                                    integers_of(env, arguments.at(2), "sent"), unwrap(env, arguments.at(3)),
                                    integers_of(env, arguments.at(4), "received")));
}

// ended(begun): a promise that what allReduce, broadcast, allGather or exchange has begun is done.
napi_value ended(napi_env env, const Arguments& arguments) {
  const int64_t begun = integer_of(env, arguments.at(0), "begun");
  return promise_of(env, [begun] {
    wait_for(begun);
    return 0;
  });
}

// Runs `action` and turns C++ exceptions into JavaScript errors.
template <typename Action>
napi_value guarded(napi_env env, const Action& action) {
  std::string message;
  try {
    return action();
  } catch (const PendingException&) {
    return nullptr;
  } catch (const c10::Error& error) {
    message = error.what_without_backtrace();
  } catch (const std::exception& error) {
    message = error.what();
  }
  // Fails only where an exception is pending, and then that one is thrown.
  static_cast<void>(napi_throw_error(env, "ENGINE", message.c_str()));
  return nullptr;
}

template <Function function>
napi_value callback(napi_env env, napi_callback_info callback_info) {
  return guarded(env, [&] {
    size_t count = 0;
    check(env, napi_get_cb_info(env, callback_info, &count, nullptr, nullptr, nullptr));
    Arguments arguments(count);
    check(env, napi_get_cb_info(env, callback_info, &count, arguments.data(), nullptr, nullptr));
    return function(env, arguments);
  });
}

template <Function function>
void define(napi_env env, napi_value exports, const char* name) {
  napi_value value = nullptr;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback<function>, nullptr, &value));
  set(env, exports, name, value);
}

// On a GPU as on a processor, float32 is float32 (TF32 keeps 10 bits of a factor; bfloat16 is the fast mode that is asked
// for by name), and a run that goes on ends with the weights of one that was never stopped.
void compute_as_promised() {
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setDeterministicCuDNN(true);
}

napi_value define_all(napi_env env, napi_value exports) {
  install_caching_allocator();
  compute_as_promised();
  define<bind>(env, exports, "bind");
  define<call>(env, exports, "call");
  define<describe>(env, exports, "describe");
  define<from_array>(env, exports, "fromArray");
  define<into_array>(env, exports, "intoArray");
  define<begin_read>(env, exports, "beginRead");
  define<read>(env, exports, "read");
  define<gather_rows>(env, exports, "gatherRows");
  define<shape>(env, exports, "shape");
  define<dtype>(env, exports, "dtype");
  define<device>(env, exports, "device");
  define<dispose_tensor>(env, exports, "dispose");
  define<count_handles>(env, exports, "liveTensors");
  define<set_requires_grad>(env, exports, "setRequiresGrad");
  define<gradients>(env, exports, "gradients");
  define<gradients_as_they_come>(env, exports, "gradientsAsTheyCome");
  define<set_grad_enabled>(env, exports, "setGradEnabled");
  define<set_autocast>(env, exports, "setAutocast");
  define<manual_seed>(env, exports, "manualSeed");
  define<set_threads>(env, exports, "setThreads");
  define<join_group>(env, exports, "joinGroup");
  define<leave_group>(env, exports, "leaveGroup");
  define<set_key>(env, exports, "setKey");
  define<value_of_key>(env, exports, "valueOfKey");
  define<all_reduce>(env, exports, "allReduce");
  define<broadcast>(env, exports, "broadcast");
  define<all_gather>(env, exports, "allGather");
  define<exchange>(env, exports, "exchange");
  define<ended>(env, exports, "ended");
  define<info>(env, exports, "info");
  define<limits>(env, exports, "limits");
  return exports;
}

napi_value initialise(napi_env env, napi_value exports) {
  return guarded(env, [&] { return define_all(env, exports); });
}

}  // namespace
}  // namespace pneumoscope

NAPI_MODULE(NODE_GYP_MODULE_NAME, pneumoscope::initialise)
