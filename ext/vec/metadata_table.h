#pragma once
// t_metadata: the metadata of the blocks.

#include <memory>
#include <span>
#include <vector>

#include "sqlite/statement.h"
#include "vec/metadata_block.h"
#include "vec/open_block.h"
#include "vec/shadow_tables.h"

namespace edgepack::vec {

/// Reads and writes the metadata of one table, which has such columns. All members throw
/// sqlite::Error, and Corruption for damage. One thread at a time.
class MetadataTable {
 public:
  /// `name` must outlive it.
  MetadataTable(const TableName& name, const Definition& definition)
      : name_(name), layout_(definition.metadata) {}

  const MetadataLayout& layout() const noexcept { return layout_; }

  /// The slot and the texts of a row that is new at `place`; its first text is going to lie at
  /// header.text_end.
  void encode(const BlockHeader& header, Place place, sqlite3_int64 rowid,
              std::span<const sqlite::Value> values, EncodedRow& row) const;
  /// Bytes of the heap that a block has. Throws Corruption unless its blob fits the header.
  std::size_t heap_size(const BlockHeader& header);
  /// Throws Corruption unless all slots in use are right.
  void verify_all(const BlockHeader& header) const;
  /// Writes what the block took. Where the texts have no room, moves all live ones together in a
  /// new heap, which changes the header of `block`.
  void write(OpenBlock& block);
  void remove(sqlite3_int64 block);

  /// Writes the slot of a row that is there, and its texts where there is room for them; moves the
  /// live texts of the block together where there is none. Changes header.text_end; the caller
  /// saves the header.
  void write(BlockHeader& header, Place place, sqlite3_int64 rowid,
             std::span<const sqlite::Value> values);
  /// True if the block would be past its share of text after the row at `place` got `values`.
  bool overflows(const BlockHeader& header, Place place, std::span<const sqlite::Value> values);
  /// Gives back what deleted texts take, if that is most of the heap. Changes header.text_end.
  void compact(BlockHeader& header);
  /// Throws Corruption unless the slot holds `rowid`, and its texts are whole.
  void verify(const BlockHeader& header, Place place, sqlite3_int64 rowid);

  std::shared_ptr<const DecodedMetadata> decode(const BlockHeader& header);

  void forget_statements() noexcept;

 private:
  sqlite::Blob open(sqlite3_int64 block, sqlite::Blob::Mode mode) const;
  /// The whole blob, its size checked.
  std::vector<std::byte> read(const BlockHeader& header) const;
  void insert(const OpenBlock& block);
  void write_runs(const OpenBlock& block) const;
  void replace(sqlite3_int64 block, std::span<const std::byte> content);
  /// Makes a blob with the live texts in front of a heap with room for `room` more bytes.
  void rebuild(BlockHeader& header, const std::vector<std::byte>& content, std::size_t room);
  std::size_t live_text(const BlockHeader& header, std::span<const std::byte> content) const;

  const TableName& name_;
  const MetadataLayout layout_;
  sqlite::Statement size_, insert_, update_, delete_;
  std::vector<std::byte> slot_;
};

}  // namespace edgepack::vec
