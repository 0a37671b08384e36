#include "vec/block_scan.h"

#include <functional>
#include <optional>
#include <utility>

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

/// Takes the parts of blocks from memory, and reads those that are not there.
class ShadowBlockScan : public BlockScan {
 public:
  ShadowBlockScan(const TableName& name, const Definition& definition, BlockTable& blocks,
                  std::shared_ptr<BlockDirectory> directory, std::size_t vector,
                  const RowFilter* filter)
      : name_(name),
        blocks_(blocks),
        column_(definition.vectors[vector]),
        vector_(vector),
        layout_key_(code_layout(definition.vectors[vector])),
        filter_(filter),
        codes_(name, definition.vectors[vector], vector),
        directory_(std::move(directory)),
        asks_cache_(cache_.is_past(directory_->cache_mark)),
        decoder_(definition.vectors[vector], vector, threads() > 1) {}

  bool next(ScannedBlock& block) override {
    return report_damage(name_.table, [&] { return read_next(block); });
  }

  /// Of choose_rows(), in the order of the blocks.
  std::optional<std::vector<sqlite3_int64>> rowids(std::size_t most, const Check& check) {
    return report_damage(name_.table, [&]() -> std::optional<std::vector<sqlite3_int64>> {
      std::vector<sqlite3_int64> found;
      for (std::size_t i = 0; i < directory_->headers.size(); ++i) {
        check();
        if (!filter_->has_list(directory_->headers[i].list)) continue;
        const auto block = metadata(i);
        const auto all = block->rowids();
        const RowSet wanted = filter_->select(*block);
        if (found.size() + wanted.count(all.size()) > most) return std::nullopt;
        wanted.for_each_run(all.size(), [&](std::size_t first, std::size_t count) {
          const auto run = all.subspan(first, count);
          found.insert(found.end(), run.begin(), run.end());
        });
      }
      return found;
    });
  }

  void complete(ScannedBlock& block) override {
    if (block.block->is_complete()) return;
    report_damage(name_.table, [&] { read_lower_halves(block); });
  }

 private:
  bool read_next(ScannedBlock& next) {
    for (;;) {
      const bool headers_are_done = next_index_ == directory_->headers.size();
      if (decoder_.is_full() || (headers_are_done && !decoder_.is_empty())) {
        take_decoded(next);
      } else if (headers_are_done) {
        return false;
      } else if (!find_in_memory(next_index_++, next)) {
        continue;
      }
      if (filter_ == nullptr) return true;
      filter_->keep_rowids(next.block->rows().rowids, next.wanted);
      if (!next.wanted.is_empty()) return true;
    }
  }

  /// False if the block is left out, or has to be decoded first.
  bool find_in_memory(std::size_t index, ScannedBlock& next) {
    const BlockHeader& header = directory_->headers[index];
    if (filter_ != nullptr && !filter_->has_list(header.list)) return false;
    next.wanted = {};
    if (filter_ != nullptr && !filter_->metadata.empty()) {
      next.wanted = filter_->select(*metadata(index));
      if (next.wanted.is_empty()) return false;
    }
    next.block = find<DecodedBlock>(index, vector_, layout_key_);
    next.is_resident = next.is_known = next.block != nullptr;
    next.index = index;
    if (next.is_resident) return true;
    BlockReading& reading = decoder_.next_reading();
    codes_.read(header, reading.slots);
    reading.header = header;
    reading.index = index;
    reading.wanted = std::move(next.wanted);
    decoder_.submit();
    return false;
  }

  void take_decoded(ScannedBlock& next) {
    BlockReading& reading = decoder_.take();
    next.wanted = std::move(reading.wanted);
    next.block = std::move(reading.block);
    next.is_resident =
        may_share() && cache_.insert(key_of(reading.header, vector_, layout_key_), next.block);
    next.is_known = false;
    next.index = reading.index;
  }

  void read_lower_halves(ScannedBlock& scanned) {
    const BlockHeader& header = directory_->headers[scanned.index];
    // Another connection may have read them.
    auto complete = cache_.find<DecodedBlock>(key_of(header, vector_, layout_key_));
    if (complete == nullptr || !complete->is_complete()) {
      codes_.read_lower_halves(header, lower_halves_);
      complete = std::make_shared<const DecodedBlock>(column_, vector_, header, *scanned.block,
                                                      lower_halves_);
      scanned.is_resident =
          may_share() && cache_.insert(key_of(header, vector_, layout_key_), complete);
    }
    known_part(scanned.index, vector_) = complete;
    scanned.block = std::move(complete);
  }

  std::shared_ptr<const DecodedMetadata> metadata(std::size_t index) {
    MetadataTable& table = *blocks_.metadata();
    const std::size_t part = blocks_.layout().vectors;
    const std::uint64_t layout = table.layout().fingerprint();
    auto found = find<DecodedMetadata>(index, part, layout);
    if (found == nullptr) {
      const BlockHeader& header = directory_->headers[index];
      found = table.decode(header);
      if (may_share()) cache_.insert(key_of(header, part, layout), found);
    }
    return found;
  }

  /// A part of block `index` of the directory; null if it is not in memory.
  template <class Part>
  std::shared_ptr<const Part> find(std::size_t index, std::size_t part, std::uint64_t layout) {
    auto& known = known_part(index, part);
    if (!asks_cache_) {
      if (auto found = known.lock()) {
        return std::static_pointer_cast<const Part>(std::move(found));
      }
    }
    auto found = cache_.find<Part>(key_of(directory_->headers[index], part, layout));
    known = found;
    return found;
  }

  std::weak_ptr<const DecodedPart>& known_part(std::size_t index, std::size_t part) {
    return directory_->parts[index * blocks_.layout().versions() + part];
  }

  static BlockKey key_of(const BlockHeader& header, std::size_t part, std::uint64_t layout) {
    return {header.versions[part], header.block, layout};
  }

  bool may_share() {
    if (!may_share_) may_share_ = !may_read_uncommitted(name_.database);
    return *may_share_;
  }

  const TableName& name_;
  BlockTable& blocks_;
  const VectorColumn& column_;
  const std::size_t vector_;
  const std::uint64_t layout_key_;
  const RowFilter* const filter_;
  BlockCache& cache_ = BlockCache::of_process();
  CodeReader codes_;
  const std::shared_ptr<BlockDirectory> directory_;
  /// Whether the cache is to know that its parts are in use.
  const bool asks_cache_;
  std::size_t next_index_ = 0;
  std::vector<std::byte> lower_halves_;
  BlockDecoder decoder_;
  std::optional<bool> may_share_;
};

}  // namespace

std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks,
                                       std::shared_ptr<BlockDirectory> directory,
                                       std::size_t vector, const RowFilter* filter) {
  return std::make_unique<ShadowBlockScan>(name, definition, blocks, std::move(directory), vector,
                                           filter);
}

std::optional<std::vector<sqlite3_int64>> choose_rows(const TableName& name,
                                                      const Definition& definition,
                                                      BlockTable& blocks,
                                                      std::shared_ptr<BlockDirectory> directory,
                                                      const RowFilter& filter, std::size_t most,
                                                      const Check& check) {
  auto rows = ShadowBlockScan(name, definition, blocks, std::move(directory), 0, &filter)
                  .rowids(most, check);
  if (rows) sort_checked(rows->begin(), rows->end(), std::less<>(), check);
  return rows;
}

}  // namespace edgepack::vec
