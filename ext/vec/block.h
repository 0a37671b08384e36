#pragma once
// Blocks as docs/vec-format.md lays them out: headers, slots, and the rows of a block as a search
// reads them. No SQL: what is read and written here are bytes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "sqlite/api.h"
#include "vec/damage.h"
#include "vec/definition.h"
#include "vec/format.h"
#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {

/// Where the code of a row lies.
struct Place {
  sqlite3_int64 block;
  std::size_t slot;

  sqlite3_int64 encoded() const noexcept {
    // Unsigned, because a damaged header may hold any number.
    const std::uint64_t number =
        static_cast<std::uint64_t>(block) * std::uint64_t{format::kSlotsPerBlock} + slot;
    return static_cast<sqlite3_int64>(number);
  }
  /// Throws Corruption for a number that no place has.
  static Place decoded(sqlite3_int64 encoded);
};

/// What t_blocks says of one block.
struct BlockHeader {
  sqlite3_int64 block = 0;
  sqlite3_int64 vector = 0;
  sqlite3_int64 list = 0;
  std::size_t capacity = 0;
  sqlite3_int64 version = 0;
  /// One bit a slot, as in the format.
  std::vector<std::byte> used;

  bool is_used(std::size_t slot) const noexcept;
  void set_used(std::size_t slot, bool in_use) noexcept;
  std::size_t count_used() const noexcept;
  /// `capacity` when there is none.
  std::size_t first_free() const noexcept;
  std::uint32_t checksum() const noexcept;
  /// Throws Corruption unless capacity, bitmap and checksum agree with one another and with
  /// `column`.
  void verify(const VectorColumn& column, bool has_free, sqlite3_int64 checksum) const;
  /// Throws Corruption unless a blob of `bytes` holds the slots of this block.
  void verify_slots(const VectorColumn& column, std::size_t bytes) const;
};

/// The rows of one block, dense: entry i of each list belongs to row i. Borrowed from where it was
/// read.
struct Block {
  std::span<const sqlite3_int64> rowids;
  /// The codes of a float column, the vectors of an int8 or bit column.
  kernels::Rows payload;
  /// Float columns only.
  std::span<const float> scales;
  std::span<const float> residuals;
  std::span<const std::int32_t> norms_squared;
};

/// `count` of the rows, from number `first` on.
inline kernels::Rows part_of(const kernels::Rows& rows, std::size_t first,
                             std::size_t count) noexcept {
  return {static_cast<const char*>(rows.data) + first * rows.stride, rows.stride, count};
}

/// Writes and reads the slots of one vector column.
class SlotCodec {
 public:
  /// `column` must outlive it.
  explicit SlotCodec(const VectorColumn& column) noexcept;

  std::size_t slot_size() const noexcept { return slot_size_; }
  std::size_t largest_capacity() const noexcept { return format::largest_capacity(slot_size_); }

  /// The bytes of the slot at `place` for a row. `vector` has the column's type and dimensions.
  void encode(Place place, sqlite3_int64 rowid, const VectorView& vector,
              std::vector<std::byte>& slot) const;
  /// Writes the checksum of a slot whose other bytes are final.
  void seal(Place place, std::span<std::byte> slot) const noexcept;
  /// Checks one slot: checksum and rowid. Throws Corruption.
  void verify(Place place, sqlite3_int64 rowid, std::span<const std::byte> slot) const;
  /// The vector of an int8 or bit column.
  std::span<const std::byte> payload(std::span<const std::byte> slot) const noexcept;

 private:
  const VectorColumn& column_;
  std::size_t slot_size_;
};

/// The rows of one block in memory of its own, dense and ready for the kernels. Immutable, and so
/// safe from any thread.
class DecodedBlock {
 public:
  /// Checks the slots in use and copies them; `slots` is the blob of the block, of the size that
  /// verify_slots() asks for. Throws Corruption.
  DecodedBlock(const VectorColumn& column, const BlockHeader& header,
               std::span<const std::byte> slots);
  DecodedBlock(const DecodedBlock&) = delete;
  DecodedBlock& operator=(const DecodedBlock&) = delete;

  const Block& rows() const noexcept { return rows_; }
  /// All memory that it takes.
  std::size_t bytes() const noexcept { return sizeof *this + memory_size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* memory) const noexcept { ::operator delete(memory, kAlignment); }
  };

  std::size_t memory_size_;
  std::unique_ptr<std::byte[], Free> memory_;
  Block rows_;
};

}  // namespace edgepack::vec
