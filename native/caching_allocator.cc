// Keeps freed tensor memory for the next tensor instead of giving it back to the system. A training step allocates
// the same few hundred megabytes over and over; fresh pages from the kernel cost more than the arithmetic on them.
// Blocks go back to the system only when it has no more to give, so a process stays at its peak.
#include "caching_allocator.h"

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>
#include <torch/version.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <unordered_map>

namespace pneumoscope {
namespace {

constexpr size_t kPage = size_t{1} << 21;      // a huge page of x86-64 and arm64
constexpr size_t kSmallest = size_t{1} << 18;  // smaller blocks stay with the system's malloc

class BlockCache {
 public:
  void* take(size_t bytes) {
    const size_t size = (bytes + kPage / 8 - 1) / (kPage / 8) * (kPage / 8);
    const std::lock_guard<std::mutex> lock(mutex_);
    auto found = free_.lower_bound(size);
    if (found != free_.end() && found->first <= size + size / 4) {
      void* block = found->second;
      used_.emplace(block, found->first);
      free_.erase(found);
      return block;
    }
    void* block = map_pages(size);
    if (block == nullptr) {
      give_back();
      block = map_pages(size);
    }
    TORCH_CHECK(block != nullptr, "out of memory: ", bytes, " bytes could not be allocated");
    used_.emplace(block, size);
    return block;
  }

  // False when the block is not one of ours.
  bool put_back(void* block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = used_.find(block);
    if (found == used_.end()) return false;
    free_.emplace(found->second, block);
    used_.erase(found);
    return true;
  }

 private:
  static void* map_pages(size_t size) {
    void* block = nullptr;
    if (posix_memalign(&block, size >= kPage ? kPage : 4096, size) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
    if (size >= kPage) madvise(block, size, MADV_HUGEPAGE);
#endif
    return block;
  }

  void give_back() {
    for (const auto& [size, block] : free_) std::free(block);
    free_.clear();
  }

  std::mutex mutex_;
  std::multimap<size_t, void*> free_;
  std::unordered_map<void*, size_t> used_;
};

// Never destroyed: tensors may outlive static destructors.
BlockCache& cache() {
  static auto* instance = new BlockCache;
  return *instance;
}

void release(void* block) {
  if (block == nullptr || cache().put_back(block)) return;
  c10::GetDefaultCPUAllocator()->raw_deallocate(block);
}

class CachingAllocator final : public c10::Allocator {
 public:
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
  c10::DataPtr allocate(size_t bytes) override { return allocate_block(bytes); }
  void copy_data(void* target, const void* source, size_t bytes) const override {
    default_copy_data(target, source, bytes);
  }
#else
  c10::DataPtr allocate(size_t bytes) const override { return allocate_block(bytes); }
#endif
  c10::DeleterFnPtr raw_deleter() const override { return release; }

 private:
  static c10::DataPtr allocate_block(size_t bytes) {
    void* block = bytes < kSmallest ? c10::GetDefaultCPUAllocator()->raw_allocate(bytes) : cache().take(bytes);
    return {block, block, release, c10::Device(c10::DeviceType::CPU)};
  }
};

}  // namespace

void install_caching_allocator() {
  static CachingAllocator allocator;
  c10::SetCPUAllocator(&allocator, /*priority=*/1);
}

}  // namespace pneumoscope
