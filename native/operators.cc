// The addon's own operators as one translation unit: libtorch's headers take longer to compile than they do.
#include "operators/conv3x3.cc"
#include "operators/depthwise.cc"
#include "operators/norm_activation.cc"
#include "operators/relu_norm_pool.cc"
