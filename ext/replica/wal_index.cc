#include "replica/wal_index.h"

#include <atomic>
#include <bit>
#include <cstring>

#include "replica/bytes.h"
#include "replica/step.h"

namespace edgepack::replica {
namespace {

constexpr std::uint32_t kHashMultiplier = 383;

std::uint32_t load32(std::byte* at) noexcept {
  return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at)).load(std::memory_order_relaxed);
}
void store32(std::byte* at, std::uint32_t value) noexcept {
  std::atomic_ref(*reinterpret_cast<std::uint32_t*>(at)).store(value, std::memory_order_relaxed);
}
std::uint16_t load16(std::byte* at) noexcept {
  return std::atomic_ref(*reinterpret_cast<std::uint16_t*>(at)).load(std::memory_order_relaxed);
}
void store16(std::byte* at, std::uint16_t value) noexcept {
  std::atomic_ref(*reinterpret_cast<std::uint16_t*>(at)).store(value, std::memory_order_release);
}

/// The block that has the entry of `frame`, and the frames before its first.
std::uint32_t block_of(std::uint32_t frame) noexcept {
  return (frame + kIndexFramesPerBlock - kIndexFramesFirstBlock - 1) / kIndexFramesPerBlock;
}
std::uint32_t frames_before(std::uint32_t block) noexcept {
  return block == 0 ? 0 : kIndexFramesFirstBlock + (block - 1) * kIndexFramesPerBlock;
}

/// Where the entries of a block lie: `slot` counts from 1, as the hash table does.
std::byte* page_slot(std::byte* block, std::uint32_t index, std::uint32_t slot) noexcept {
  return block + (index == 0 ? kIndexHeaderSize : 0) + 4 * (slot - 1);
}
std::byte* hash_slot(std::byte* block, std::uint32_t key) noexcept {
  return block + kIndexHashOffset + 2 * key;
}
std::uint32_t hash(std::uint32_t page) noexcept {
  return page * kHashMultiplier & (kIndexHashSlots - 1);
}
std::uint32_t next(std::uint32_t key) noexcept { return (key + 1) & (kIndexHashSlots - 1); }

WalChecksum header_checksum(const WalIndexHeader& header) noexcept {
  const auto bytes = std::as_bytes(std::span(&header, 1));
  return wal_checksum(bytes.first(offsetof(WalIndexHeader, checksum)), {},
                      std::endian::native == std::endian::big);
}

void copy_words(std::byte* from, WalIndexHeader& to) noexcept {
  std::array<std::uint32_t, sizeof to / 4> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = load32(from + 4 * i);
  std::memcpy(&to, words.data(), sizeof to);
}
void copy_words(const WalIndexHeader& from, std::byte* to) noexcept {
  std::array<std::uint32_t, sizeof from / 4> words;
  std::memcpy(words.data(), &from, sizeof from);
  for (std::size_t i = 0; i < words.size(); ++i) store32(to + 4 * i, words[i]);
}

}  // namespace

WalMark WalIndexHeader::mark() const noexcept {
  return {.salt = {read_be32(salt.data()), read_be32(salt.data() + 4)},
          .frame = frames,
          .checksum = frame_checksum};
}

WalIndex::WalIndex(const Connection& connection)
    : connection_(connection), file_(connection.database_file()) {
  if (file_->pMethods->iVersion < 2 || file_->pMethods->xShmMap == nullptr) {
    connection.fail("its VFS has no shared memory, which WAL mode needs");
  }
  block(0, Grow::kNo);
}

std::byte* WalIndex::block(std::uint32_t index, Grow grow) {
  if (index < blocks_.size() && blocks_[index] != nullptr) return blocks_[index];
  void volatile* memory = nullptr;
  const int code = file_->pMethods->xShmMap(file_, static_cast<int>(index), kIndexBlockSize,
                                            static_cast<int>(grow), &memory);
  // SQLITE_READONLY with memory is a mapping that can be read.
  if (memory == nullptr || (code != SQLITE_OK && code != SQLITE_READONLY)) {
    connection_.fail("cannot reach its wal-index (the -shm file)",
                     "the folder of a database in WAL mode must be writable",
                     code == SQLITE_OK ? SQLITE_CANTOPEN : code);
  }
  if (blocks_.size() <= index) blocks_.resize(index + 1);
  return blocks_[index] = static_cast<std::byte*>(const_cast<void*>(memory));
}

std::optional<WalIndexHeader> WalIndex::header() const {
  WalIndexHeader first;
  WalIndexHeader second;
  copy_words(blocks_[0], first);
  file_->pMethods->xShmBarrier(file_);
  copy_words(blocks_[0] + sizeof first, second);
  if (std::memcmp(&first, &second, sizeof first) != 0 || first.is_initialized == 0 ||
      first.checksum != header_checksum(first)) {
    return std::nullopt;
  }
  return first;
}

std::uint32_t WalIndex::backfilled() const { return load32(blocks_[0] + kIndexBackfillOffset); }

std::uint32_t WalIndex::find(std::uint32_t page, std::uint32_t first, std::uint32_t last) {
  if (first > last) return 0;
  for (std::uint32_t index = block_of(last) + 1; index-- > block_of(first);) {
    std::byte* const memory = block(index, Grow::kNo);
    const std::uint32_t before = frames_before(index);
    std::uint32_t found = 0;
    std::uint32_t key = hash(page);
    // A full table would be a damaged one: stop after one round.
    for (std::uint32_t tried = 0; tried < kIndexHashSlots; ++tried, key = next(key)) {
      const std::uint32_t slot = load16(hash_slot(memory, key));
      if (slot == 0) break;
      const std::uint32_t frame = before + slot;
      if (slot > kIndexFramesPerBlock || frame < first || frame > last || frame < found) continue;
      if (load32(page_slot(memory, index, slot)) == page) found = frame;
    }
    if (found != 0) return found;
  }
  return 0;
}

bool WalIndex::try_lock_slot(int slot) {
  const int code =
      file_->pMethods->xShmLock(file_, slot, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE);
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_BUSY) return false;
  connection_.fail("cannot lock its wal-index", {}, code);
}

void WalIndex::unlock_slot(int slot) noexcept {
  file_->pMethods->xShmLock(file_, slot, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
}

void WalIndex::forget_after(std::uint32_t last) {
  // The first entry of a block clears the block, so only the block of `last` can have remnants that
  // matter. Without frames that is the first block, which the first entry clears.
  if (last == 0) return;
  const std::uint32_t index = block_of(last);
  std::byte* const memory = block(index, Grow::kYes);
  const std::uint32_t kept = last - frames_before(index);
  for (std::uint32_t key = 0; key < kIndexHashSlots; ++key) {
    if (load16(hash_slot(memory, key)) > kept) store16(hash_slot(memory, key), 0);
  }
  for (std::byte* at = page_slot(memory, index, kept + 1); at < memory + kIndexHashOffset;
       at += 4) {
    store32(at, 0);
  }
}

void WalIndex::insert(std::uint32_t frame, std::uint32_t page) {
  const std::uint32_t index = block_of(frame);
  std::byte* const memory = block(index, Grow::kYes);
  const std::uint32_t slot = frame - frames_before(index);
  if (slot == 1) {
    for (std::byte* at = page_slot(memory, index, 1); at < memory + kIndexBlockSize; at += 4) {
      store32(at, 0);
    }
  }
  // A writer that died or gave up left entries from here on.
  if (load32(page_slot(memory, index, slot)) != 0) forget_after(frame - 1);
  std::uint32_t key = hash(page);
  for (std::uint32_t tried = 0; load16(hash_slot(memory, key)) != 0; key = next(key)) {
    if (++tried == kIndexHashSlots)
      connection_.fail("its wal-index is damaged", {}, SQLITE_CORRUPT);
  }
  store32(page_slot(memory, index, slot), page);
  store16(hash_slot(memory, key), static_cast<std::uint16_t>(slot));
}

void WalIndex::publish(WalIndexHeader header) {
  header.checksum = header_checksum(header);
  file_->pMethods->xShmBarrier(file_);
  copy_words(header, blocks_[0] + sizeof header);
  reached(Step::kPublishSecondCopy);
  file_->pMethods->xShmBarrier(file_);
  copy_words(header, blocks_[0]);
}

}  // namespace edgepack::replica
