#include "vec/block_scan.h"

#include <cstring>
#include <optional>

#include "vec/block_cache.h"
#include "vec/block_decoder.h"
#include "vec/damage.h"
#include "vec/parallel.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;
using sqlite::Statement;

/// True on a connection that may see what another one is in the middle of writing (shared cache and
/// PRAGMA read_uncommitted), where a version and the slots may not belong together. Also true where
/// the host does not allow to ask.
bool may_read_uncommitted(sqlite3* database) {
  try {
    Statement flag(database, "PRAGMA read_uncommitted");
    return !flag.step() || flag.column_integer(0) != 0;
  } catch (const Error& error) {
    if (error.code() != SQLITE_AUTH) throw;
    return true;
  }
}

/// More lists than this are found among all headers, not one by one.
constexpr std::size_t kFewLists = 256;

/// Goes through the headers of the blocks that may have wanted rows.
class HeaderScan {
 public:
  /// `count` must outlive it.
  HeaderScan(const TableName& name, BlockCount& count, const RowFilter* filter,
             std::optional<std::vector<sqlite3_int64>> blocks)
      : count_(count), filter_(filter), keys_(std::move(blocks)) {
    const char* where = " NOT INDEXED ORDER BY block";
    if (keys_) {
      where = " WHERE block = ?";
    } else if (filter != nullptr && filter->lists && filter->lists->size() <= kFewLists) {
      keys_ = filter->lists;
      keys_are_lists_ = true;
      where = " WHERE list = ?";
    }
    rows_ = Statement(name.database, kSelectHeader + shadow_name(name, "blocks") + where);
  }

  /// False after the last. Throws Corruption where a header is missing.
  bool next() {
    for (;;) {
      if (is_bound_ || !keys_) {
        while (rows_.step()) {
          ++found_;
          if (filter_ == nullptr || filter_->has_list(rows_.column_integer(kHeaderList))) {
            return true;
          }
        }
        verify_found();
        is_bound_ = false;
      }
      if (!keys_ || next_key_ == keys_->size()) return false;
      rows_.bind(1, (*keys_)[next_key_++]);
      is_bound_ = true;
      found_ = 0;
    }
  }
  const Statement& row() const noexcept { return rows_; }

 private:
  void verify_found() {
    if (!keys_) return count_.verify(found_);
    const sqlite3_int64 key = (*keys_)[next_key_ - 1];
    if (keys_are_lists_) return count_.verify_list(key, found_);
    // A row names the block that it is in.
    if (found_ == 0) throw damaged_block(key, "its header is missing");
  }

  BlockCount& count_;
  const RowFilter* filter_;
  /// Lists or blocks to look up one after the other.
  std::optional<std::vector<sqlite3_int64>> keys_;
  bool keys_are_lists_ = false;
  std::size_t next_key_ = 0;
  bool is_bound_ = false;
  /// How many headers there were, of the key that is bound or of the table.
  sqlite3_int64 found_ = 0;
  Statement rows_;
};

/// The headers come from the database each time; codes and metadata only of blocks that are not in
/// memory.
class ShadowBlockScan : public BlockScan {
 public:
  ShadowBlockScan(const TableName& name, const Definition& definition, BlockTable& blocks,
                  std::size_t vector, const RowFilter* filter,
                  std::optional<std::vector<sqlite3_int64>> only)
      : name_(name),
        blocks_(blocks),
        vector_(vector),
        layout_key_(code_layout(definition.vectors[vector])),
        filter_(filter),
        codes_(name, definition.vectors[vector], vector),
        headers_(name, blocks.count(), filter, std::move(only)),
        decoder_(definition.vectors[vector], vector, threads() > 1) {}

  bool next(ScannedBlock& block) override {
    return report_damage(name_.table, [&] { return read_next(block); });
  }

 private:
  bool read_next(ScannedBlock& next) {
    for (;;) {
      if (decoder_.is_full() || (headers_are_done_ && !decoder_.is_empty())) {
        take_decoded(next);
      } else if (headers_are_done_ || !headers_.next()) {
        headers_are_done_ = true;
        if (decoder_.is_empty()) return false;
        continue;
      } else if (!find_in_memory(next)) {
        continue;
      }
      if (filter_ == nullptr) return true;
      filter_->keep_rowids(next.block->rows().rowids, next.wanted);
      if (!next.wanted.is_empty()) return true;
    }
  }

  /// False if the block that headers_ stands on is left out, or has to be decoded first.
  bool find_in_memory(ScannedBlock& next) {
    header_is_read_ = false;
    next.wanted = {};
    if (filter_ != nullptr && !filter_->metadata.empty()) {
      next.wanted = filter_->select(*metadata());
      if (next.wanted.is_empty()) return false;
    }
    next.block = cache_.find<DecodedBlock>(key_of(vector_, layout_key_));
    next.is_resident = next.block != nullptr;
    if (next.is_resident) return true;
    BlockReading& reading = decoder_.next_reading();
    codes_.read(header(), reading.slots);
    reading.header = header_;
    reading.wanted = std::move(next.wanted);
    decoder_.submit();
    return false;
  }

  void take_decoded(ScannedBlock& next) {
    BlockReading& reading = decoder_.take();
    next.wanted = std::move(reading.wanted);
    next.block = std::move(reading.block);
    const BlockKey key = {reading.header.versions[vector_], reading.header.block, layout_key_};
    next.is_resident = may_share() && cache_.insert(key, next.block);
  }

  std::shared_ptr<const DecodedMetadata> metadata() {
    MetadataTable& table = *blocks_.metadata();
    const BlockKey key = key_of(blocks_.layout().vectors, table.layout().fingerprint());
    auto found = cache_.find<DecodedMetadata>(key);
    if (found == nullptr) {
      found = table.decode(header());
      if (may_share()) cache_.insert(key, found);
    }
    return found;
  }

  /// Read and checked only where a part of the block is not in memory.
  const BlockHeader& header() {
    if (!header_is_read_) read_header(headers_.row(), blocks_.layout(), header_);
    header_is_read_ = true;
    return header_;
  }

  BlockKey key_of(std::size_t part, std::uint64_t layout) const {
    return {version(part), headers_.row().column_integer(kHeaderBlock), layout};
  }

  /// Of a part of the block that headers_ stands on.
  sqlite3_int64 version(std::size_t part) const {
    const auto versions = headers_.row().column_blob(kHeaderVersions);
    if (versions.size() != blocks_.layout().versions() * sizeof(sqlite3_int64)) {
      throw damaged_block(headers_.row().column_integer(kHeaderBlock),
                          "its versions are incomplete");
    }
    sqlite3_int64 version = 0;
    std::memcpy(&version, versions.data() + part * sizeof version, sizeof version);
    return version;
  }

  bool may_share() {
    if (!may_share_) may_share_ = !may_read_uncommitted(name_.database);
    return *may_share_;
  }

  const TableName& name_;
  BlockTable& blocks_;
  const std::size_t vector_;
  const std::uint64_t layout_key_;
  const RowFilter* const filter_;
  BlockCache& cache_ = BlockCache::of_process();
  CodeReader codes_;
  HeaderScan headers_;
  bool headers_are_done_ = false;
  BlockDecoder decoder_;
  BlockHeader header_;
  bool header_is_read_ = false;
  std::optional<bool> may_share_;
};

}  // namespace

std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks, std::size_t vector,
                                       const RowFilter* filter,
                                       std::optional<std::vector<sqlite3_int64>> only) {
  return std::make_unique<ShadowBlockScan>(name, definition, blocks, vector, filter,
                                           std::move(only));
}

}  // namespace edgepack::vec
