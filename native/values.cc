// JavaScript's values and tensors as one translation unit: libtorch's headers take longer to compile than they do.
#include "values/arrays.cc"
#include "values/handles.cc"
#include "values/javascript.cc"
