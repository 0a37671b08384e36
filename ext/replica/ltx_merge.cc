#include "replica/ltx_merge.h"

#include <algorithm>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::replica {

LtxMerge::LtxMerge(std::vector<LtxReader> files) {
  header_ = files.front().header();
  for (LtxReader& file : files) {
    const LtxHeader& header = file.header();
    if (!files_.empty() &&
        (header.page_size != header_.page_size || header.min_txid > header_.max_txid + 1 ||
         header.max_txid <= header_.max_txid)) {
      throw sqlite::Error(
          {.operation = "merge LTX files", .problem = "they do not follow one another"},
          SQLITE_CORRUPT);
    }
    header_.commit = header.commit;
    header_.max_txid = header.max_txid;
    header_.timestamp = header.timestamp;
    files_.push_back({.reader = std::move(file), .bytes = {}});
    files_.back().bytes.resize(header_.page_size);
  }
  for (File& file : files_) advance(file);
}

void LtxMerge::advance(File& file) { file.ended = !file.reader.next(file.page, file.bytes); }

bool LtxMerge::next(std::uint32_t& page, std::span<std::byte> bytes) {
  for (;;) {
    File* newest = nullptr;
    for (File& file : files_) {
      if (!file.ended && (newest == nullptr || file.page <= newest->page)) newest = &file;
    }
    if (newest == nullptr) return false;
    page = newest->page;
    // Pages that were cut off later, or a page that came back: the files before have older copies.
    const bool wanted = page <= header_.commit;
    if (wanted) {
      std::copy(newest->bytes.begin(), newest->bytes.end(), bytes.begin());
      const auto block = newest->reader.block();
      block_.assign(block.begin(), block.end());
    }
    for (File& file : files_) {
      if (!file.ended && file.page == page) advance(file);
    }
    if (wanted) return true;
  }
}

}  // namespace edgepack::replica
