#pragma once
// The changes of several ranges of transactions as one: of each page the newest.

#include <memory>
#include <vector>

#include "replica/page_stream.h"

namespace edgepack::replica {

/// Reads changes of one history at the same time, page by page. In memory: a page for each of them,
/// and what they need themselves. One thread.
class LtxMerge final : public PageStream {
 public:
  using Streams = std::vector<std::unique_ptr<PageStream>>;

  /// Oldest first; each begins at most one transaction behind the last of those before it and ends
  /// behind them all; all of one page size. At least one. Throws Error if they are not so.
  explicit LtxMerge(Streams streams);

  /// The header of the file that they amount to.
  const LtxHeader& header() const noexcept override { return header_; }
  /// False: all have been read to their ends, and all were right.
  bool next(std::uint32_t& page, std::span<std::byte> bytes) override;
  std::span<const std::byte> block() const noexcept override { return block_; }
  std::uint64_t post_checksum() const noexcept override {
    return changes_.back().stream->post_checksum();
  }

 private:
  struct Changes {
    std::unique_ptr<PageStream> stream;
    std::vector<std::byte> bytes;
    std::uint32_t page = 0;
    bool ended = false;
  };
  static void advance(Changes& changes);

  std::vector<Changes> changes_;
  LtxHeader header_;
  std::vector<std::byte> block_;
};

}  // namespace edgepack::replica
