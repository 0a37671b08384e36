#include "serve/position.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace edgepack::serve {

std::int64_t now_ms() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::uint64_t new_log(std::uint64_t previous) {
  const auto random = static_cast<std::uint64_t>(std::random_device()() & 0xffff);
  return std::max(static_cast<std::uint64_t>(now_ms()) << 16 | random, previous + 1);
}

}  // namespace edgepack::serve
