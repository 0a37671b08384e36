#pragma once
// Blocks as docs/vec-format.md lays them out: headers, the slots of t_codes, and the rows of a
// block as a search reads them. No SQL: what is read and written here are bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "sqlite/api.h"
#include "vec/block_memory.h"
#include "vec/damage.h"
#include "vec/definition.h"
#include "vec/format.h"
#include "vec/kernels/kernels.h"
#include "vec/vector.h"

namespace edgepack::vec {

/// Where a row lies in the blocks.
struct Place {
  sqlite3_int64 block;
  std::size_t position;

  sqlite3_int64 encoded() const noexcept {
    // Unsigned, because a damaged header may hold any number.
    const std::uint64_t number =
        static_cast<std::uint64_t>(block) * std::uint64_t{format::kPositionsPerBlock} + position;
    return static_cast<sqlite3_int64>(number);
  }
  /// Throws Corruption for a number that no place has.
  static Place decoded(sqlite3_int64 encoded);
  bool operator==(const Place&) const noexcept = default;

  /// The seed for the checksum of what part `part` of a block holds of the row.
  std::uint64_t seed(std::uint64_t part) const noexcept {
    return static_cast<std::uint64_t>(encoded()) ^ (part << format::kPartShift);
  }
};

/// Corruption that names the block, and the position.
Corruption damaged_block(sqlite3_int64 block, const std::string& problem);
Corruption damaged_place(Place place, const std::string& problem);

/// What the blocks of a table consist of.
struct BlockLayout {
  explicit BlockLayout(const Definition& definition);

  std::size_t vectors;
  bool has_metadata;
  /// In positions.
  std::size_t largest_capacity;

  /// Versions in a header: one for each vector column, then one for the metadata.
  std::size_t versions() const noexcept { return vectors + (has_metadata ? 1 : 0); }
};

/// What t_blocks says of one block.
struct BlockHeader {
  sqlite3_int64 block = 0;
  sqlite3_int64 list = 0;
  std::size_t capacity = 0;
  std::vector<sqlite3_int64> versions;
  /// One bit a position, as in the format.
  std::vector<std::byte> used;
  /// Where the free part of the text heap begins.
  sqlite3_int64 text_end = 0;

  bool is_used(std::size_t position) const noexcept;
  void set_used(std::size_t position, bool in_use) noexcept;
  std::size_t count_used() const noexcept;
  /// `capacity` when there is none.
  std::size_t first_free() const noexcept;
  /// What has_free says.
  bool takes_rows() const noexcept;
  std::uint32_t checksum() const noexcept;
  /// Throws Corruption unless all of it agrees with one another and with `layout`.
  void verify(const BlockLayout& layout, bool has_free, sqlite3_int64 checksum) const;
};

/// The rows of one block, dense: entry i of each list belongs to row i. Borrowed from where it was
/// read.
struct Block {
  std::span<const sqlite3_int64> rowids;
  /// The codes of a float column, the vectors of an int8 or bit column. Of codes that have coarse
  /// ones, the upper nibbles; of long bit vectors, the first front_size() bytes.
  kernels::Rows payload;
  /// Float columns only.
  std::span<const float> scales;
  std::span<const float> residuals;
  std::span<const std::int32_t> norms_squared;
  /// Codes with coarse codes only: the lower nibbles (without data while they are not in memory),
  /// and what coarse_codes.h says of the upper ones.
  kernels::Rows lower_nibbles = {};
  std::span<const float> coarse_scales;
  std::span<const float> coarse_residuals;
  std::span<const float> coarse_norms;
  /// The other bytes of long bit vectors.
  kernels::Rows rest = {};
};

/// Bytes of a bit vector of `bytes` bytes that a search for the least Hamming distance reads first:
/// about half, in whole cache lines. The distance of these alone is a lower bound, which rules most
/// rows out.
constexpr std::size_t front_size(Metric metric, std::size_t bytes) noexcept {
  return metric == Metric::kHamming ? std::min((bytes / 2 + 63) / 64 * 64, bytes) : bytes;
}

/// `count` of the rows, from number `first` on.
inline kernels::Rows part_of(const kernels::Rows& rows, std::size_t first,
                             std::size_t count) noexcept {
  return {static_cast<const char*>(rows.data) + first * rows.stride, rows.stride, count};
}

/// How the slots of a block's blob hold codes.
enum class SlotForm {
  /// Codes in one piece, and everything but codes.
  kWhole,
  /// The upper nibbles of split codes; the lower ones lie in a blob of their own.
  kUpper,
};

/// What ties the lower half of a code to the slot that has the upper half.
struct LowerHalfOwner {
  sqlite3_int64 rowid;
  float scale;
  float residual;

  /// Of a slot of either form.
  static LowerHalfOwner of(std::span<const std::byte> slot) noexcept;
};

/// Writes and reads the slots of one vector column.
class SlotCodec {
 public:
  /// `column` must outlive it; `vector` is its number.
  SlotCodec(const VectorColumn& column, std::size_t vector) noexcept;

  /// Of a slot with all of the row.
  std::size_t slot_size() const noexcept { return slot_size_; }
  std::size_t slot_size(SlotForm form) const noexcept {
    return form == SlotForm::kWhole ? slot_size_ : format::upper_slot_size(column_.dimensions);
  }
  std::size_t lower_slot_size() const noexcept {
    return format::lower_slot_size(column_.dimensions);
  }
  /// Whether the column has codes that can be split.
  bool can_split() const noexcept;

  /// The bytes of the slot at `place` for a row. `vector` has the column's type and dimensions.
  void encode(Place place, sqlite3_int64 rowid, const VectorView& vector,
              std::vector<std::byte>& slot) const;
  /// Turns a whole slot into the two of split codes, which have the sizes above.
  void split(Place place, std::span<const std::byte> slot, std::span<std::byte> upper,
             std::span<std::byte> lower) const noexcept;
  /// Writes the checksum of a slot whose other bytes are final.
  void seal(Place place, std::span<std::byte> slot) const noexcept;
  void seal_lower(Place place, const LowerHalfOwner& owner,
                  std::span<std::byte> slot) const noexcept;
  /// Checks one slot of either form: checksum and rowid. Throws Corruption.
  void verify(Place place, sqlite3_int64 rowid, std::span<const std::byte> slot) const;
  /// Checks the checksum alone.
  void verify(Place place, std::span<const std::byte> slot) const;
  void verify_lower(Place place, const LowerHalfOwner& owner,
                    std::span<const std::byte> slot) const;
  /// The form of the slots of this block in a blob of `bytes`. Throws Corruption if it has none.
  SlotForm form(const BlockHeader& header, std::size_t bytes) const;
  /// Throws Corruption unless a blob of `bytes` holds the lower halves of this block.
  void verify_lower_size(const BlockHeader& header, std::size_t bytes) const;
  /// The vector of an int8 or bit column.
  std::span<const std::byte> payload(std::span<const std::byte> slot) const noexcept;

 private:
  void encode_code(const VectorView& vector, std::span<std::byte> slot) const;
  std::uint32_t lower_checksum(Place place, const LowerHalfOwner& owner,
                               std::span<const std::byte> slot) const noexcept;

  const VectorColumn& column_;
  std::size_t vector_;
  std::size_t slot_size_;
};

/// A part of a block in memory, decoded. Immutable, and so safe from any thread.
class DecodedPart {
 public:
  DecodedPart() = default;
  DecodedPart(const DecodedPart&) = delete;
  DecodedPart& operator=(const DecodedPart&) = delete;
  virtual ~DecodedPart() = default;

  /// All memory that it takes.
  virtual std::size_t bytes() const noexcept = 0;
};

/// The rows of one block in memory of its own, dense and ready for the kernels.
class DecodedBlock : public DecodedPart {
 public:
  /// Checks the slots in use and copies them; `slots` is the blob of the block for vector column
  /// number `vector`. Throws Corruption.
  DecodedBlock(const VectorColumn& column, std::size_t vector, const BlockHeader& header,
               std::span<const std::byte> slots);
  /// `upper`, which is the block of this header, with the lower halves of its codes, which the blob
  /// `lower` has; they are checked. Shares the memory of `upper`. Throws Corruption.
  DecodedBlock(const VectorColumn& column, std::size_t vector, const BlockHeader& header,
               const DecodedBlock& upper, std::span<const std::byte> lower);

  const Block& rows() const noexcept { return rows_; }
  /// False if the codes are split and the lower halves are not here.
  bool is_complete() const noexcept { return is_complete_; }
  std::size_t bytes() const noexcept override {
    return sizeof *this + memory_->size() + lower_.size();
  }

 private:
  bool is_complete_;
  std::shared_ptr<const BlockMemory> memory_;
  BlockMemory lower_;
  Block rows_;
};

}  // namespace edgepack::vec
