#pragma once
// Memory for what is read again and again beside every row.

#include <cstddef>
#include <new>
#include <vector>

namespace edgepack::vec {

/// Allocates whole lines of the processor's caches. A query that began within one would be read
/// from two lines at every step, which makes scans slower by a sixth.
template <class T>
struct LineAllocator {
  using value_type = T;

  LineAllocator() = default;
  template <class Other>
  LineAllocator(const LineAllocator<Other>&) noexcept {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kLine));
  }
  void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, kLine); }
  bool operator==(const LineAllocator&) const noexcept = default;

 private:
  static constexpr std::align_val_t kLine{64};
};

template <class T>
using AlignedVector = std::vector<T, LineAllocator<T>>;

}  // namespace edgepack::vec
