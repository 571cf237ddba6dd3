#include "dispatch.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <algorithm>
#include <sstream>

#include "handles.h"
#include "javascript.h"

namespace pneumoscope {
namespace {

struct BoundOperator {
  c10::OperatorHandle handle;
  std::vector<std::string> names;          // of the values that a call gives
  std::vector<int64_t> value_of_argument;  // by the schema's arguments: which of those values, or -1
  std::vector<size_t> unknown_values;      // those that this libtorch's schema does not have
  bool returns_argument;                   // as in-place operators do
  bool reads_statistics = false;           // libtorch 1.13 reads them also where there are none, which ends the process
};

// One table per thread: worker threads load the addon too.
std::vector<BoundOperator>& bound_operators() {
  thread_local std::vector<BoundOperator> bound;
  return bound;
}

c10::OperatorHandle find_operator(const std::string& name) {
  const size_t dot = name.find('.');
  const std::string overload = dot == std::string::npos ? "" : name.substr(dot + 1);
  return c10::Dispatcher::singleton().findSchemaOrThrow(name.substr(0, dot).c_str(), overload.c_str());
}

bool is_written(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

c10::IValue to_ivalue(napi_env env, napi_value value, const c10::TypePtr& type, const std::string& what);

c10::IValue list_of(napi_env env, napi_value value, const c10::TypePtr& element_type, const std::string& what) {
  c10::impl::GenericList list(element_type);
  const uint32_t length = length_of(env, value, what);
  list.reserve(length);
  for (uint32_t i = 0; i < length; ++i) {
    list.push_back(to_ivalue(env, element(env, value, i), element_type, what + "[" + std::to_string(i) + "]"));
  }
  return list;
}

// Throws c10::Error with `what` in the message when `value` does not fit `type`.
c10::IValue to_ivalue(napi_env env, napi_value value, const c10::TypePtr& type, const std::string& what) {
  switch (type->kind()) {
    case c10::TypeKind::OptionalType:
      if (is_absent(env, value)) return c10::IValue();
      return to_ivalue(env, value, type->castRaw<c10::OptionalType>()->getElementType(), what);
    case c10::TypeKind::TensorType:
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
      return string_of(env, value, what);
    case c10::TypeKind::DeviceObjType:
      return c10::Device(string_of(env, value, what));
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

// Tensor -> handle (undefined tensor -> null), number, boolean, string, null; lists and tuples -> arrays.
napi_value to_js(napi_env env, const c10::IValue& value) {
  const auto convert = [env](const c10::IValue& item) { return to_js(env, item); };
  if (value.isTensor()) return value.toTensor().defined() ? wrap(env, value.toTensor()) : null(env);
  if (value.isDouble()) return number(env, value.toDouble());
  if (value.isInt()) return number(env, static_cast<double>(value.toInt()));
  if (value.isBool()) return boolean(env, value.toBool());
  if (value.isString()) return text(env, value.toStringRef());
  if (value.isList()) return array(env, value.toListRef(), convert);
  if (value.isTuple()) return array(env, value.toTupleRef().elements(), convert);
  if (value.isScalar()) return number(env, value.toScalar().toDouble());
  TORCH_CHECK(value.isNone(), "results of type ", value.tagKind(), " cannot be passed to JavaScript");
  return null(env);
}

template <typename Value>
std::string written(const Value& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

uint32_t bind_operator(const std::string& name, const std::vector<std::string>& arguments) {
  BoundOperator bound = {find_operator(name), arguments, {}, {}, false};
  const c10::FunctionSchema& schema = bound.handle.schema();
  for (const c10::Argument& formal : schema.arguments()) {
    const auto found = std::find(arguments.begin(), arguments.end(), formal.name());
    bound.value_of_argument.push_back(found == arguments.end() ? -1 : found - arguments.begin());
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!schema.argumentIndexWithName(arguments[i]).has_value()) bound.unknown_values.push_back(i);
  }
  bound.returns_argument = schema.returns().size() == 1 && is_written(schema.returns().front());
  bound.reads_statistics = schema.name() == "aten::native_batch_norm";
  bound_operators().push_back(std::move(bound));
  return static_cast<uint32_t>(bound_operators().size() - 1);
}

napi_value call_operator(napi_env env, uint32_t number, napi_value values) {
  const BoundOperator& op = bound_operators().at(number);
  const auto& formal = op.handle.schema().arguments();
  const uint32_t count = length_of(env, values, "values");
  TORCH_CHECK(count <= op.names.size(), "takes at most ", op.names.size(), " arguments. Received ", count);

  std::vector<napi_value> given(op.names.size(), undefined(env));
  for (uint32_t i = 0; i < count; ++i) given[i] = element(env, values, i);
  torch::jit::Stack stack;
  stack.reserve(formal.size());
  for (size_t i = 0; i < formal.size(); ++i) {
    const int64_t index = op.value_of_argument[i];
    const std::string what = "argument \"" + formal[i].name() + "\"";
    if (index >= 0 && type_of(env, given[index]) != napi_undefined) {
      stack.push_back(to_ivalue(env, given[index], formal[i].type(), what));
    } else {
      TORCH_CHECK(formal[i].default_value().has_value(), what, " is missing");
      stack.push_back(*formal[i].default_value());
    }
  }
  for (const size_t i : op.unknown_values) {
    TORCH_CHECK(type_of(env, given[i]) == napi_undefined, "argument \"", op.names[i],
                "\" is unknown to this libtorch, whose schema is ", op.handle.schema());
  }
  if (op.reads_statistics && stack[5].isBool() && !stack[5].toBool()) {
    TORCH_CHECK(!stack[3].isNone() && !stack[4].isNone(), "running_mean and running_var are needed outside training");
  }
  op.handle.callBoxed(&stack);
  if (stack.empty() || op.returns_argument) return undefined(env);
  if (stack.size() == 1) return to_js(env, stack.front());
  return array(env, stack, [env](const c10::IValue& item) { return to_js(env, item); });
}

napi_value describe_operator(napi_env env, const std::string& name) {
  const c10::OperatorHandle handle = find_operator(name);
  const c10::FunctionSchema& schema = handle.schema();
  const napi_value result = object(env);
  set(env, result, "text", text(env, written(schema)));
  set(env, result, "arguments", array(env, schema.arguments(), [env](const c10::Argument& argument) {
        const napi_value entry = object(env);
        set(env, entry, "name", text(env, argument.name()));
        set(env, entry, "type", text(env, argument.real_type()->str()));
        set(env, entry, "hasDefault", boolean(env, argument.default_value().has_value()));
        set(env, entry, "isWritten", boolean(env, is_written(argument)));
        return entry;
      }));
  set(env, result, "returns", array(env, schema.returns(), [env](const c10::Argument& argument) {
        return text(env, argument.type()->str());
      }));
  return result;
}

}  // namespace pneumoscope
