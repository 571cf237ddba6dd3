// Sums over a batch, two per channel. Every image's are kept apart and added in order, so the result does not depend on
// the number of threads.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <utility>

namespace pneumoscope {

// `sum(image, first, second)` adds one image's share to first[channels] and second[channels], which are float64.
template <typename Sum>
std::pair<at::Tensor, at::Tensor> sum_over_images(int64_t images, int64_t channels, const Sum& sum) {
  const at::Tensor sums = at::zeros({2, images, channels}, at::kDouble);
  auto* values = sums.data_ptr<double>();
  at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum(i, values + i * channels, values + (images + i) * channels);
  });
  const at::Tensor totals = sums.sum(1);
  return {totals[0], totals[1]};
}

}  // namespace pneumoscope
