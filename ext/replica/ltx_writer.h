#pragma once
// Writes an LTX file: v3-block (docs/ltx-format.md).

#include <functional>
#include <vector>

#include "replica/ltx_format.h"

namespace edgepack::replica {

/// One file, written as a stream. Keeps 8 bytes a page for the page index. One thread.
class LtxWriter {
 public:
  /// Takes the next bytes of the file, which live for the call. Throws what it likes.
  using Write = std::function<void(std::span<const std::byte>)>;

  /// Writes the header, whose flags may only be kLtxFlagNoChecksum.
  LtxWriter(const LtxHeader& header, Write write);

  /// Pages ascend, lie within header.commit, and are of header.page_size. The lock page is never
  /// added; a snapshot gets all others.
  /// `block`: what unpacks to the page, if it is known; then it is not packed again.
  void add(std::uint32_t page, std::span<const std::byte> bytes,
           std::span<const std::byte> block = {});

  /// Writes the page index and the trailer. `post_checksum` is 0 for untracked files.
  LtxTrailer finish(std::uint64_t post_checksum);

  /// Bytes written so far.
  std::uint64_t size() const noexcept { return size_; }
  std::size_t pages() const noexcept { return index_.size(); }

 private:
  struct Entry {
    std::uint32_t page;
    std::uint32_t size;
  };
  std::size_t pack(std::span<const std::byte> bytes);
  void write(std::span<const std::byte> bytes);
  void write_index();

  Write write_;
  std::uint64_t size_ = 0;
  std::uint64_t checksum_ = 0;
  std::vector<Entry> index_;
  std::vector<std::byte> frame_;
};

}  // namespace edgepack::replica
