#include "vec/block_scan.h"

#include <cstring>
#include <optional>

#include "vec/block_cache.h"
#include "vec/damage.h"

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

/// The headers come from the database each time; codes and metadata only of blocks that are not in
/// memory.
class ShadowBlockScan : public BlockScan {
 public:
  ShadowBlockScan(const TableName& name, const Definition& definition, BlockTable& blocks,
                  std::size_t vector)
      : name_(name),
        blocks_(blocks),
        vector_(vector),
        layout_key_(code_layout(definition.vectors[vector])),
        codes_(name, definition.vectors[vector], vector),
        headers_(name.database, std::string("SELECT ") + kHeaderColumns + " FROM " +
                                    shadow_name(name, "blocks") + " NOT INDEXED ORDER BY block") {}

  bool next(ScannedBlock& block) override {
    return report_damage(name_.table, [&] { return read_next(block); });
  }

 private:
  bool read_next(ScannedBlock& next) {
    if (!headers_.step()) return false;
    const BlockKey key{version(vector_), headers_.column_integer(kHeaderBlock), layout_key_};
    next.wanted = {};
    next.block = cache_.find<DecodedBlock>(key);
    next.is_resident = next.block != nullptr;
    if (!next.is_resident) {
      read_header(headers_, blocks_.layout(), header_);
      next.block = codes_.read(header_);
      next.is_resident = may_share() && cache_.insert(key, next.block);
    }
    return true;
  }

  /// Of a part of the block that headers_ stands on.
  sqlite3_int64 version(std::size_t part) const {
    const auto versions = headers_.column_blob(kHeaderVersions);
    if (versions.size() != blocks_.layout().versions() * sizeof(sqlite3_int64)) {
      throw damaged_block(headers_.column_integer(kHeaderBlock), "its versions are incomplete");
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
  BlockCache& cache_ = BlockCache::of_process();
  CodeReader codes_;
  Statement headers_;
  BlockHeader header_;
  std::optional<bool> may_share_;
};

}  // namespace

std::unique_ptr<BlockScan> scan_blocks(const TableName& name, const Definition& definition,
                                       BlockTable& blocks, std::size_t vector) {
  return std::make_unique<ShadowBlockScan>(name, definition, blocks, vector);
}

}  // namespace edgepack::vec
