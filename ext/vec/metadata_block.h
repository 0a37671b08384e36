#pragma once
// The metadata of a block, as docs/vec-format.md lays them out and as a filter reads them. No SQL:
// what is read and written here are bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sqlite/value.h"
#include "vec/block.h"
#include "vec/checksum.h"
#include "vec/packed_keys.h"

namespace edgepack::vec {

/// Where a text lies in the heap of its block.
struct TextPlace {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};
using TextPlaces = std::array<TextPlace, kMostMetadataColumns>;

/// Which column lies where in a slot of t_metadata.
class MetadataLayout {
 public:
  explicit MetadataLayout(const std::vector<ValueColumn>& columns);

  std::size_t columns() const noexcept { return types_.size(); }
  ValueType type(std::size_t column) const noexcept { return types_[column]; }
  bool has_text() const noexcept { return has_text_; }
  std::size_t slot_size() const noexcept { return slot_size_; }
  /// Of a column that is not BOOLEAN.
  std::size_t offset(std::size_t column) const noexcept { return offsets_[column]; }
  /// Where the heap begins in a blob of `capacity` slots.
  std::size_t heap(std::size_t capacity) const noexcept { return capacity * slot_size_; }
  /// Tells two layouts apart.
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

  /// By the numbers of the columns, empty for those that are not TEXT, or NULL.
  TextPlaces texts(std::span<const std::byte> slot) const;
  void set_text(std::span<std::byte> slot, std::size_t column, TextPlace place) const noexcept;

  /// The bytes of the slot at `place`, all but its checksum. `values` are of the columns' types or
  /// NULL; `texts` says where the texts are.
  void encode(sqlite3_int64 rowid, std::span<const sqlite::Value> values, const TextPlaces& texts,
              std::vector<std::byte>& slot) const;
  /// The checksum of a slot is begun with the slot, continued with the bytes of each of its texts
  /// that is not empty, and then written or compared.
  Checksum begin_checksum(Place place, std::span<const std::byte> slot) const noexcept;
  void end_checksum(std::span<std::byte> slot, const Checksum& sum) const noexcept;
  void verify_checksum(Place place, std::span<const std::byte> slot, const Checksum& sum) const;
  /// Throws Corruption unless the text lies in front of `text_end`.
  void verify_text(Place place, TextPlace text, std::size_t text_end) const;

  /// The same for a slot whose texts lie in `heap`.
  void seal(Place place, std::span<std::byte> slot, std::span<const std::byte> heap) const;
  void verify(Place place, std::span<const std::byte> slot, std::span<const std::byte> heap) const;

 private:
  std::vector<ValueType> types_;
  std::vector<std::size_t> offsets_;
  std::size_t slot_size_;
  bool has_text_ = false;
  std::uint64_t fingerprint_ = 1;
};

/// A number whose order among integers is that of the floats: for every two of them, neither NaN,
/// a < b exactly if ordered_key(a) < ordered_key(b), and -0.0 is 0.0.
std::int64_t ordered_key(double value) noexcept;

/// The first eight bytes of a text as a number: texts are in the order of their prefixes, and,
/// where these are the same, in that of their bytes.
std::uint64_t text_prefix(std::string_view text) noexcept;

/// The values of one metadata column in a block, one for each row. Borrowed from the block.
struct MetadataColumn {
  /// INTEGER and BOOLEAN: the value; FLOAT: its ordered_key(). Null for TEXT; any number for NULL.
  const PackedKeys* keys = nullptr;
  /// TEXT only; those of "" for NULL.
  std::span<const std::uint64_t> prefixes;
  std::span<const TextPlace> texts;
  /// What `texts` counts from; a zero byte lies behind each text.
  const char* heap = nullptr;
  /// Bit i % 64 of word i / 64 is row i; empty if no row has NULL.
  std::span<const std::uint64_t> nulls;

  bool is_null(std::size_t row) const noexcept {
    return !nulls.empty() && (nulls[row / 64] >> (row % 64) & 1) != 0;
  }
  std::string_view text(std::size_t row) const noexcept {
    return {heap + texts[row].offset, texts[row].length};
  }
};

/// The metadata of one block in memory of its own; row i is row i of the block's codes.
class DecodedMetadata : public DecodedPart {
 public:
  /// Checks the slots in use and copies them; `content` is the blob of the block. Throws
  /// Corruption.
  DecodedMetadata(const MetadataLayout& layout, const BlockHeader& header,
                  std::span<const std::byte> content);

  std::span<const sqlite3_int64> rowids() const noexcept { return rowids_; }
  MetadataColumn column(std::size_t index) const noexcept;
  std::size_t bytes() const noexcept override;

 private:
  struct Column {
    PackedKeys keys;
    std::vector<std::uint64_t> prefixes;
    std::vector<TextPlace> texts;
    std::vector<std::uint64_t> nulls;
  };

  std::vector<sqlite3_int64> rowids_;
  std::vector<Column> columns_;
  std::string heap_;
};

}  // namespace edgepack::vec
