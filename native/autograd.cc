// Registers the addon's own operators with libtorch's dispatcher, gradients included.
//
// One autograd function and one boxed kernel serve them all: what the headers below generate for each takes seconds to
// compile, and so do the headers.
#include "autograd.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/library.h>

#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

namespace pneumoscope {
namespace {

using Settings = c10::ArrayRef<c10::IValue>;

struct OwnOperator {
  const char* schema;
  size_t tensors;  // the arguments that are tensors; the settings follow them
  std::unique_ptr<Differentiable> (*make)(Settings settings);
};

const std::unordered_map<std::string, OwnOperator>& own_operators() {
  static const std::unordered_map<std::string, OwnOperator> operators = {
      {"pneumoscope::conv3x3",
       {"conv3x3(Tensor x, Tensor weight, Tensor? bias=None) -> Tensor", 3, [](Settings) { return make_conv3x3(); }}},
      {"pneumoscope::depthwise",
       {"depthwise(Tensor x, Tensor weight, int[] strides, int[] padding) -> Tensor", 2,
        [](Settings given) { return make_depthwise(given[0].toIntVector(), given[1].toIntVector()); }}},
      {"pneumoscope::norm_activation",
       {"norm_activation(Tensor x, Tensor gamma, Tensor beta, float epsilon, str activation, "
        "int group=0) -> (Tensor, Tensor, Tensor)",
        3,
        [](Settings given) {
          return make_norm_activation(given[0].toDouble(), given[1].toStringRef(), given[2].toInt());
        }}},
      {"pneumoscope::relu_norm_pool",
       {"relu_norm_pool(Tensor x, Tensor gamma, Tensor beta, float epsilon, int group=0) -> (Tensor, Tensor, Tensor)", 3,
        [](Settings given) { return make_relu_norm_pool(given[0].toDouble(), given[1].toInt()); }}}};
  return operators;
}

// Lets an autograd context own a call.
struct Call : torch::CustomClassHolder {
  explicit Call(std::unique_ptr<Differentiable> given) : operation(std::move(given)) {}
  const std::unique_ptr<Differentiable> operation;
};

using torch::autograd::AutogradContext;

struct Recorded : torch::autograd::Function<Recorded> {
  static Tensors forward(AutogradContext* context, at::TensorList inputs, const c10::intrusive_ptr<Call>& call) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    Tensors saved;
    Tensors results = call->operation->forward(inputs.vec(), saved);
    context->save_for_backward(std::move(saved));
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    context->saved_data["inputs"] = static_cast<int64_t>(inputs.size());
    context->mark_non_differentiable({results.begin() + 1, results.end()});
    return results;
  }

  static Tensors backward(AutogradContext* context, const Tensors& gradients) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const auto capsule = context->saved_data["call"].toCapsule();
    std::vector<bool> wanted(context->saved_data["inputs"].toInt());
    for (size_t i = 0; i < wanted.size(); ++i) wanted[i] = context->needs_input_grad(i);
    const auto& operation = *static_cast<const Call&>(*capsule).operation;
    Tensors results = operation.backward(context->get_saved_variables(), gradients[0], wanted);
    results.emplace_back();  // of the call, which is no tensor
    return results;
  }
};

// Called after a leaf's gradient has been accumulated.
class AfterAccumulation final : public torch::autograd::FunctionPostHook {
 public:
  explicit AfterAccumulation(std::function<void()> action) : action_(std::move(action)) {}

  Tensors operator()(const Tensors& outputs, const Tensors&) override {
    action_();
    return outputs;
  }

 private:
  std::function<void()> action_;
};

void call_own(const c10::OperatorHandle& handle, torch::jit::Stack* stack) {
  const c10::FunctionSchema& schema = handle.schema();
  const OwnOperator& own = own_operators().at(schema.name());
  const size_t count = schema.arguments().size();
  const Settings arguments = torch::jit::last(*stack, count);
  Tensors inputs;
  for (const c10::IValue& argument : arguments.slice(0, own.tensors)) {
    if (!argument.isNone() && argument.toTensor().defined()) inputs.push_back(argument.toTensor());
  }
  auto call = c10::make_intrusive<Call>(own.make(arguments.slice(own.tensors)));
  Tensors results = Recorded::apply(at::TensorList(inputs), std::move(call));
  torch::jit::drop(*stack, count);
  for (at::Tensor& result : results) stack->emplace_back(std::move(result));
}

// In the memory order of its input, which kernels that update many weights at once ask for.
at::Tensor laid_out_like(const at::Tensor& input, at::Tensor gradient) {
  if (!gradient.defined() || gradient.strides() == input.strides()) return gradient;
  return at::empty_like(input, gradient.options()).copy_(gradient);
}

}  // namespace

Tensors gradients(const at::Tensor& output, const Tensors& inputs) {
  Tensors found = torch::autograd::grad({output}, inputs, {}, c10::nullopt, false, /*allow_unused=*/true);
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < found.size(); ++i) found[i] = laid_out_like(inputs[i], std::move(found[i]));
  return found;
}

void gradients_as_they_come(const at::Tensor& output, const Tensors& inputs,
                            const std::function<void(size_t input, const at::Tensor& gradient)>& tell) {
  const auto deliver = [&](size_t i) {
    at::Tensor& gradient = inputs[i].mutable_grad();
    if (gradient.defined()) tell(i, gradient);
    gradient.reset();
  };
  const auto caller = std::this_thread::get_id();
  // Hooks live as long as the output's graph, which may outlive this call.
  const auto is_over = std::make_shared<bool>(false);
  // Which pointer this is differs between libtorch's versions.
  std::vector<decltype(torch::autograd::impl::grad_accumulator(output))> accumulators;
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].mutable_grad().reset();
    accumulators.push_back(torch::autograd::impl::grad_accumulator(inputs[i]));
    TORCH_CHECK(accumulators.back() != nullptr, "input ", i, " is no leaf");
    accumulators.back()->add_post_hook(std::make_unique<AfterAccumulation>([=, &deliver] {
      if (!*is_over && std::this_thread::get_id() == caller) deliver(i);
    }));
  }
  try {
    torch::autograd::backward({output}, {}, c10::nullopt, /*create_graph=*/false, inputs);
  } catch (...) {
    *is_over = true;
    throw;
  }
  *is_over = true;
  for (size_t i = 0; i < inputs.size(); ++i) deliver(i);
}

}  // namespace pneumoscope

TORCH_LIBRARY_FRAGMENT(pneumoscope, library) {
  for (const auto& [name, own] : pneumoscope::own_operators()) {
    library.def(own.schema, torch::CppFunction::makeFromBoxedFunction<&pneumoscope::call_own>());
  }
}
