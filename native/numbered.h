// Things that JavaScript knows by number.
#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace pneumoscope {

// Counted from 1, for all threads.
template <typename Thing>
class Numbered {
 public:
  // `what`: of what there is none with a wrong number.
  explicit Numbered(const char* what) : what_(what) {}

  int64_t add(Thing thing) {
    const std::lock_guard<std::mutex> lock(mutex_);
    things_.emplace(++last_, std::move(thing));
    return last_;
  }

  Thing at(int64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return found(number)->second;
  }

  Thing take(int64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto entry = found(number);
    Thing thing = std::move(entry->second);
    things_.erase(entry);
    return thing;
  }

 private:
  typename std::unordered_map<int64_t, Thing>::iterator found(int64_t number) {
    const auto entry = things_.find(number);
    TORCH_CHECK(entry != things_.end(), "there is no ", what_, " with number ", number);
    return entry;
  }

  const char* what_;
  std::mutex mutex_;
  std::unordered_map<int64_t, Thing> things_;
  int64_t last_ = 0;
};

}  // namespace pneumoscope
