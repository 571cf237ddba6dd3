// What needs libtorch's autograd: gradients, and the registration of the addon's own operators (see autograd.cc).
#pragma once

#include "differentiable.h"

namespace pneumoscope {

// d output / d input for every input; undefined where the output does not depend on it.
Tensors gradients(const at::Tensor& output, const Tensors& inputs);

}  // namespace pneumoscope
