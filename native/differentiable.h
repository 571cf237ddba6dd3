// An operator of the addon's own with its gradients, in plain tensors. Only autograd.cc, which registers them all, reads
// libtorch's dispatcher and autograd: their headers take longer to compile than everything else here.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

namespace pneumoscope {

using Tensors = std::vector<at::Tensor>;

// One call: its settings are members, so that they live from forward to backward.
class Differentiable {
 public:
  virtual ~Differentiable() = default;

  // The results, of which only the first one carries gradients. What backward reads goes to `saved`.
  virtual Tensors forward(const Tensors& inputs, Tensors& saved) const = 0;

  // The gradient of every input. Where `wanted` is false, it may stay undefined.
  virtual Tensors backward(const Tensors& saved, const at::Tensor& gradient, const std::vector<bool>& wanted) const = 0;
};

// Equal to aten::conv2d with stride 1 and padding 1. Inputs: x, weight and, if any, bias.
std::unique_ptr<Differentiable> make_conv3x3();

// Equal to aten::conv2d with one group per channel over x padded with zeros. Inputs: x, weight.
// strides: [y, x]; padding: [top, bottom, left, right].
std::unique_ptr<Differentiable> make_depthwise(std::vector<int64_t> strides, std::vector<int64_t> padding);

// activation(batch normalization of x), and the batch's mean and (biased) variance. Inputs: x, gamma, beta. The batch is that
// of all processes of `group` together, which may differ in its size; 0: x alone.
std::unique_ptr<Differentiable> make_norm_activation(double epsilon, const std::string& activation, int64_t group);

// 2x2 max pooling of the batch normalization of relu(x), and the mean and (biased) variance of relu(x). Inputs: x, gamma,
// beta; x is a convolution's output before its ReLU. `group`: as of norm_activation.
std::unique_ptr<Differentiable> make_relu_norm_pool(double epsilon, int64_t group);

}  // namespace pneumoscope
