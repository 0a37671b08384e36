#include "vec/block_cache.h"

#include <utility>

namespace edgepack::vec {
namespace {

/// What the list and the hash table allocate for one entry beside the entry itself: links, hash,
/// bucket, and the allocator's own words.
constexpr std::size_t kNodeBytes = 160;

}  // namespace

BlockCache& BlockCache::of_process() {
  // Never destroyed: threads that still search while the process ends may use it.
  static BlockCache& cache = *new BlockCache;
  return cache;
}

std::shared_ptr<const DecodedPart> BlockCache::find_part(const BlockKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  Entry& entry = *found->second;
  age_ += entry.bytes;
  // To be exact would cost several cache misses a block, and half a budget is little patience.
  if (age_ - entry.used_at > budget_ / 2) {
    entry.used_at = age_;
    entries_.splice(entries_.begin(), entries_, found->second);
  }
  return entry.block;
}

bool BlockCache::is_past(std::uint64_t& mark) noexcept {
  const std::lock_guard lock(mutex_);
  if (age_ - mark <= budget_) return false;
  mark = age_;
  return true;
}

bool BlockCache::insert(const BlockKey& key, std::shared_ptr<const DecodedPart> block) {
  const std::size_t bytes = block->bytes() + sizeof(Entry) + kNodeBytes;
  // Both are made before and freed after the lock is held.
  Entries added;
  Entries removed;
  added.push_front({key, std::move(block), 0, bytes});
  const std::lock_guard lock(mutex_);
  age_ += bytes;
  if (bytes > budget_ || users_ == 0) return false;
  std::size_t replaced_bytes = 0;
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    Entry& replaced = *found->second;
    if (replaced.bytes >= bytes) return true;
    replaced_bytes = replaced.bytes;
    // In front, it does not give way to its own successor.
    replaced.used_at = age_;
    entries_.splice(entries_.begin(), entries_, found->second);
  }
  while (used_ - replaced_bytes + bytes > budget_) {
    if (age_ - entries_.back().used_at < kPatience * budget_) return false;
    remove_last(removed);
  }
  if (found != by_key_.end()) {
    std::swap(found->second->block, added.front().block);
    found->second->bytes = bytes;
    used_ += bytes - replaced_bytes;
    return true;
  }
  by_key_.emplace(key, added.begin());
  added.front().used_at = age_;
  entries_.splice(entries_.begin(), added);
  used_ += bytes;
  return true;
}

void BlockCache::remove_last(Entries& removed) noexcept {
  used_ -= entries_.back().bytes;
  by_key_.erase(entries_.back().key);
  removed.splice(removed.begin(), entries_, std::prev(entries_.end()));
}

void BlockCache::shrink_to(std::size_t bytes) noexcept {
  Entries removed;
  const std::lock_guard lock(mutex_);
  while (used_ > bytes) remove_last(removed);
}

std::size_t BlockCache::budget() const noexcept {
  const std::lock_guard lock(mutex_);
  return budget_;
}

void BlockCache::set_budget(std::size_t bytes) noexcept {
  {
    const std::lock_guard lock(mutex_);
    budget_ = bytes;
  }
  shrink_to(bytes);
}

std::size_t BlockCache::used() const noexcept {
  const std::lock_guard lock(mutex_);
  return used_;
}

BlockCache::User::User(BlockCache& cache) noexcept : cache_(cache) {
  const std::lock_guard lock(cache.mutex_);
  ++cache.users_;
}

BlockCache::User::~User() {
  Entries removed;
  const std::lock_guard lock(cache_.mutex_);
  if (--cache_.users_ > 0) return;
  while (cache_.used_ > 0) cache_.remove_last(removed);
}

}  // namespace edgepack::vec
