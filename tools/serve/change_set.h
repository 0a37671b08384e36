#pragma once
// The pages that a range of transactions changed, in memory.

#include <map>
#include <memory>
#include <span>

#include "replica/page_stream.h"

namespace edgepack::serve {

/// What an LTX file is on disk. Pages are as they are in the database: they are packed where they
/// leave the process, once, and not at all if they are overwritten before.
class ChangeSet {
 public:
  using Bytes = std::unique_ptr<std::byte[]>;

  explicit ChangeSet(const replica::LtxHeader& header) : header_(header) {}

  const replica::LtxHeader& header() const noexcept { return header_; }
  /// The checksum of the database behind these changes.
  std::uint64_t post_checksum() const noexcept { return post_checksum_; }
  void set_post_checksum(std::uint64_t checksum) noexcept { post_checksum_ = checksum; }

  /// `bytes`: of header().page_size. The page is not there yet, and lies within header().commit.
  void add(std::uint32_t page, Bytes bytes) { pages_.emplace(page, std::move(bytes)); }
  /// By number, ascending.
  const std::map<std::uint32_t, Bytes>& pages() const noexcept { return pages_; }
  std::span<const std::byte> bytes(const Bytes& page) const noexcept {
    return {page.get(), header_.page_size};
  }
  /// Bytes of memory.
  std::size_t size() const noexcept { return pages_.size() * (header_.page_size + kOverhead); }

  /// Makes this the changes of both: `next` leads on from where this one ends, and has all pages by
  /// which it makes the database larger.
  void append(ChangeSet&& next) noexcept;

 private:
  static constexpr std::size_t kOverhead = 96;  // of an entry and the allocator, about

  replica::LtxHeader header_;
  std::uint64_t post_checksum_ = 0;
  std::map<std::uint32_t, Bytes> pages_;
};

/// Reads a change set, which it keeps alive and which must not change meanwhile.
std::unique_ptr<replica::PageStream> open(std::shared_ptr<const ChangeSet> changes);

}  // namespace edgepack::serve
