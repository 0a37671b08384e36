#include "vec/block_memory.h"

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace edgepack::vec {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kRegionBytes = 4 * kHugePage;
/// The smallest page of any system.
constexpr std::size_t kLeastUnit = std::size_t{4} << 10;
constexpr std::size_t kMostUnits = kRegionBytes / kLeastUnit;
/// Smaller blocks are those of small tables, to whose search this does not matter.
constexpr std::size_t kSmallest = std::size_t{64} << 10;
constexpr std::size_t kLargest = kRegionBytes / 2;

/// Blocks take whole pages, which can be given back.
std::size_t unit() noexcept {
  static const std::size_t page =
      std::max(kLeastUnit, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
  return page;
}

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

  static constexpr std::size_t kNone = kMostUnits;

  /// The first of `count` free units that follow one another: behind what was taken last, where
  /// that is possible. kNone when there are none.
  std::size_t find(std::size_t count) const noexcept {
    if (free_units < count) return kNone;
    const std::size_t found = find(count, end_of_last);
    return found != kNone ? found : find(count, 0);
  }
  std::size_t find(std::size_t count, std::size_t from) const noexcept {
    const std::size_t units = kRegionBytes / unit();
    std::size_t run = 0;
    for (std::size_t i = from; i < units; ++i) {
      run = used[i] ? 0 : run + 1;
      if (run == count) return i + 1 - count;
    }
    return kNone;
  }
  void take(std::size_t first, std::size_t count) noexcept {
    for (std::size_t i = first; i < first + count; ++i) used[i] = true;
    end_of_last = first + count;
    free_units -= count;
  }
  void give_back(std::size_t first, std::size_t count) noexcept {
    for (std::size_t i = first; i < first + count; ++i) used[i] = false;
    free_units += count;
  }

  std::byte* base;
  std::bitset<kMostUnits> used;
  std::size_t end_of_last = 0;
  std::size_t free_units = kRegionBytes / unit();
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
  const std::size_t count = (bytes + unit() - 1) / unit();
  Pool& all = pool();
  const std::lock_guard lock(all.mutex);
  std::size_t first = Region::kNone;
  // The newest first: the others are full, or have small gaps.
  for (auto region = all.regions.rbegin(); region != all.regions.rend(); ++region) {
    first = (*region)->find(count);
    region_ = region->get();
    if (first != Region::kNone) break;
  }
  if (first == Region::kNone) {
    all.regions.push_back(std::make_unique<Region>());
    region_ = all.regions.back().get();
    first = 0;
  }
  region_->take(first, count);
  data_ = region_->base + first * unit();
  size_ = count * unit();
}

void BlockMemory::release() noexcept {
  if (region_ == nullptr) return ::operator delete(data_, kAlignment);
  // Before the place is free for others.
  ::madvise(data_, size_, MADV_DONTNEED);
  std::unique_ptr<Region> empty;
  Pool& all = pool();
  const std::lock_guard lock(all.mutex);
  region_->give_back(static_cast<std::size_t>(data_ - region_->base) / unit(), size_ / unit());
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
