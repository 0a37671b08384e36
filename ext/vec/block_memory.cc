#include "vec/block_memory.h"

#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace edgepack::vec {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kRegionBytes = 4 * kHugePage;
/// Divisible by the page size of every system; what a block wastes at most.
constexpr std::size_t kUnit = std::size_t{16} << 10;
constexpr std::size_t kUnits = kRegionBytes / kUnit;
/// Smaller blocks are those of small tables, to whose search this does not matter.
constexpr std::size_t kSmallest = std::size_t{64} << 10;
constexpr std::size_t kLargest = kRegionBytes / 2;

}  // namespace

/// Address space of kRegionBytes, aligned to huge pages.
struct Region {
  Region() {
    // Room to align it; the rest is given back.
    void* const mapped = ::mmap(nullptr, kRegionBytes + kHugePage, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    const auto address = reinterpret_cast<std::uintptr_t>(mapped);
    const std::size_t before = (kHugePage - address % kHugePage) % kHugePage;
    base = static_cast<std::byte*>(mapped) + before;
    if (before > 0) ::munmap(mapped, before);
    ::munmap(base + kRegionBytes, kHugePage - before);
#ifdef MADV_HUGEPAGE
    ::madvise(base, kRegionBytes, MADV_HUGEPAGE);  // advice: it works without
#endif
  }
  ~Region() { ::munmap(base, kRegionBytes); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  /// The first of `count` free units that follow one another; kUnits when there are none.
  std::size_t find(std::size_t count) const noexcept {
    std::size_t run = 0;
    for (std::size_t unit = 0; unit < kUnits; ++unit) {
      run = used[unit] ? 0 : run + 1;
      if (run == count) return unit + 1 - count;
    }
    return kUnits;
  }
  void mark(std::size_t first, std::size_t count, bool value) noexcept {
    for (std::size_t unit = first; unit < first + count; ++unit) used[unit] = value;
  }

  std::byte* base;
  std::bitset<kUnits> used;
};

namespace {

/// All regions of the process.
struct Pool {
  std::mutex mutex;
  std::vector<std::unique_ptr<Region>> regions;
};

Pool& pool() {
  // Never destroyed: threads that still search while the process ends may use it.
  static Pool& pool = *new Pool;
  return pool;
}

}  // namespace

BlockMemory::BlockMemory(std::size_t bytes) : size_(bytes) {
  if (bytes < kSmallest || bytes > kLargest) {
    data_ = static_cast<std::byte*>(::operator new(bytes, kAlignment));
    return;
  }
  const std::size_t count = (bytes + kUnit - 1) / kUnit;
  Pool& all = pool();
  const std::lock_guard lock(all.mutex);
  std::size_t first = kUnits;
  // The newest first: the others are full, or have small gaps.
  for (auto region = all.regions.rbegin(); region != all.regions.rend(); ++region) {
    first = (*region)->find(count);
    region_ = region->get();
    if (first < kUnits) break;
  }
  if (first == kUnits) {
    all.regions.push_back(std::make_unique<Region>());
    region_ = all.regions.back().get();
    first = 0;
  }
  region_->mark(first, count, true);
  data_ = region_->base + first * kUnit;
  size_ = count * kUnit;
}

void BlockMemory::release() noexcept {
  if (region_ == nullptr) return ::operator delete(data_, kAlignment);
  // Before the place is free for others.
  ::madvise(data_, size_, MADV_DONTNEED);
  std::unique_ptr<Region> empty;
  Pool& all = pool();
  const std::lock_guard lock(all.mutex);
  region_->mark(static_cast<std::size_t>(data_ - region_->base) / kUnit, size_ / kUnit, false);
  if (region_->used.any()) return;
  for (auto& region : all.regions) {
    if (region.get() != region_) continue;
    empty = std::move(region);
    region = std::move(all.regions.back());
    all.regions.pop_back();
    return;
  }
}

BlockMemory::~BlockMemory() { release(); }

BlockMemory::BlockMemory(BlockMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      region_(std::exchange(other.region_, nullptr)) {}

BlockMemory& BlockMemory::operator=(BlockMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(region_, other.region_);
  return *this;
}

}  // namespace edgepack::vec
