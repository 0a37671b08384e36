#pragma once
// Several LTX files as one: of each page the newest.

#include <vector>

#include "replica/ltx_reader.h"

namespace edgepack::replica {

/// Reads files of one history at the same time, page by page. In memory: a page and a read buffer
/// for each file. One thread.
class LtxMerge {
 public:
  /// Oldest first; each begins at most one transaction behind the last of those before it and ends
  /// behind them all; all of one page size. At least one. Throws Error if they are not so.
  explicit LtxMerge(std::vector<LtxReader> files);

  /// The header of the file that they amount to.
  const LtxHeader& header() const noexcept { return header_; }
  /// As LtxReader::next(). False: all files have been read to their ends, and all were right.
  bool next(std::uint32_t& page, std::span<std::byte> bytes);
  /// As LtxReader::block().
  std::span<const std::byte> block() const noexcept { return block_; }
  /// Known once next() has answered false.
  std::uint64_t post_checksum() const noexcept {
    return files_.back().reader.trailer().post_checksum;
  }

 private:
  struct File {
    LtxReader reader;
    std::vector<std::byte> bytes;
    std::uint32_t page = 0;
    bool ended = false;
  };
  static void advance(File& file);

  std::vector<File> files_;
  LtxHeader header_;
  std::vector<std::byte> block_;
};

}  // namespace edgepack::replica
