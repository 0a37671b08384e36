#include "vec/block_directory.h"

#include <utility>

#include "sqlite/committed_state.h"

namespace edgepack::vec {

using sqlite::Statement;

Statement BlockDirectories::select(const char* clauses) const {
  return {name_.database, kSelectHeader + shadow_name(name_, "blocks") + clauses};
}

sqlite3_int64 BlockDirectories::read(Statement& rows, BlockDirectory& directory) const {
  sqlite3_int64 found = 0;
  for (; rows.step(); ++found) {
    read_header(rows, blocks_.layout(), directory.headers.emplace_back());
  }
  return found;
}

std::shared_ptr<BlockDirectory> BlockDirectories::finished(BlockDirectory&& directory) const {
  directory.parts.resize(directory.headers.size() * blocks_.layout().versions());
  return std::make_shared<BlockDirectory>(std::move(directory));
}

std::shared_ptr<BlockDirectory> BlockDirectories::all() {
  const auto state = sqlite::committed_state(name_.database, name_.schema.c_str());
  if (kept_ && state && *state == kept_state_) return kept_;
  BlockDirectory directory;
  Statement rows = select(" NOT INDEXED ORDER BY block");
  blocks_.count().verify(read(rows, directory));
  auto read = finished(std::move(directory));
  if (state) {
    kept_ = read;
    kept_state_ = *state;
  }
  return read;
}

std::shared_ptr<BlockDirectory> BlockDirectories::with_numbers(
    std::span<const sqlite3_int64> blocks) {
  BlockDirectory directory;
  Statement rows = select(" WHERE block = ?");
  for (const sqlite3_int64 block : blocks) {
    rows.bind(1, block);
    if (read(rows, directory) == 0) throw damaged_block(block, "its header is missing");
  }
  return finished(std::move(directory));
}

std::shared_ptr<BlockDirectory> BlockDirectories::with_lists(std::span<const sqlite3_int64> lists) {
  BlockDirectory directory;
  Statement rows = select(" WHERE list = ?");
  for (const sqlite3_int64 list : lists) {
    rows.bind(1, list);
    blocks_.count().verify_list(list, read(rows, directory));
  }
  return finished(std::move(directory));
}

}  // namespace edgepack::vec
