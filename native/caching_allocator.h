// Replaces libtorch's CPU allocator by one that reuses freed blocks; see caching_allocator.cc.
#pragma once

namespace pneumoscope {

void install_caching_allocator();

}  // namespace pneumoscope
