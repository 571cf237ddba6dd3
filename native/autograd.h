// What needs libtorch's autograd: gradients, and the registration of the addon's own operators (see autograd.cc).
#pragma once

#include <functional>

#include "differentiable.h"

namespace pneumoscope {

// d output / d input for every input; undefined where the output does not depend on it.
Tensors gradients(const at::Tensor& output, const Tensors& inputs);

// The same for inputs that are leaves, each told as soon as it is final while others are still being computed (the hooks of
// DistributedDataParallel's reducer: Li et al., "PyTorch Distributed", VLDB 2020, section 3.2.3), always on the calling
// thread: those of a GPU, whose gradients another thread computes, when all are. `tell` must not throw.
void gradients_as_they_come(const at::Tensor& output, const Tensors& inputs,
                            const std::function<void(size_t input, const at::Tensor& gradient)>& tell);

}  // namespace pneumoscope
