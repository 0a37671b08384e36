#pragma once
// Memory of decoded blocks. A search reads hundreds of megabytes of it in a few milliseconds, where
// looking up addresses of 4 KiB pages costs as much as reading: large blocks lie in regions that
// the system may back with huge pages.

#include <cstddef>

namespace edgepack::vec {

struct Region;

/// Uninitialized memory, 64-byte aligned, owned. Making and freeing are safe from any thread. What
/// is freed goes back to the system: pages at once, regions when nothing is left in them.
class BlockMemory {
 public:
  BlockMemory() = default;
  /// Throws std::bad_alloc.
  explicit BlockMemory(std::size_t bytes);
  ~BlockMemory();
  BlockMemory(BlockMemory&& other) noexcept;
  BlockMemory& operator=(BlockMemory&& other) noexcept;

  std::byte* data() const noexcept { return data_; }
  /// What was asked for, rounded up to what it takes.
  std::size_t size() const noexcept { return size_; }

 private:
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  /// Of the pool; null for small blocks.
  Region* region_ = nullptr;
};

}  // namespace edgepack::vec
