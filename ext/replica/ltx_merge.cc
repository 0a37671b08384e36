#include "replica/ltx_merge.h"

#include <algorithm>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::replica {

LtxMerge::LtxMerge(Streams streams) {
  header_ = streams.front()->header();
  for (std::unique_ptr<PageStream>& stream : streams) {
    const LtxHeader& header = stream->header();
    if (!changes_.empty() &&
        (header.page_size != header_.page_size || header.min_txid > header_.max_txid + 1 ||
         header.max_txid <= header_.max_txid)) {
      throw sqlite::Error(
          {.operation = "merge LTX files", .problem = "they do not follow one another"},
          SQLITE_CORRUPT);
    }
    header_.commit = header.commit;
    header_.max_txid = header.max_txid;
    header_.timestamp = header.timestamp;
    changes_.push_back({.stream = std::move(stream), .bytes = {}});
    changes_.back().bytes.resize(header_.page_size);
  }
  for (Changes& changes : changes_) advance(changes);
}

void LtxMerge::advance(Changes& changes) {
  changes.ended = !changes.stream->next(changes.page, changes.bytes);
}

bool LtxMerge::next(std::uint32_t& page, std::span<std::byte> bytes) {
  for (;;) {
    Changes* newest = nullptr;
    for (Changes& changes : changes_) {
      if (!changes.ended && (newest == nullptr || changes.page <= newest->page)) newest = &changes;
    }
    if (newest == nullptr) return false;
    page = newest->page;
    // Pages that were cut off later, or a page that came back: those before have older copies.
    const bool wanted = page <= header_.commit;
    if (wanted) {
      std::copy(newest->bytes.begin(), newest->bytes.end(), bytes.begin());
      const auto block = newest->stream->block();
      block_.assign(block.begin(), block.end());
    }
    for (Changes& changes : changes_) {
      if (!changes.ended && changes.page == page) advance(changes);
    }
    if (wanted) return true;
  }
}

}  // namespace edgepack::replica
