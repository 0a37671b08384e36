#pragma once
// The pages that a range of transactions changed, wherever they come from.

#include <cstdint>
#include <span>

#include "replica/ltx_format.h"

namespace edgepack::replica {

/// Hands out each page once. One thread. Everything throws Error.
class PageStream {
 public:
  virtual ~PageStream() = default;

  virtual const LtxHeader& header() const noexcept = 0;

  /// The next page into `bytes` (of header().page_size), in ascending order. False: that were all.
  virtual bool next(std::uint32_t& page, std::span<std::byte> bytes) = 0;

  /// The page that next() handed out as an LZ4 block, if it is at hand. Valid until the next call.
  virtual std::span<const std::byte> block() const noexcept = 0;

  /// The checksum of the database behind these changes. Known once next() has answered false.
  virtual std::uint64_t post_checksum() const noexcept = 0;

 protected:
  PageStream() = default;
  PageStream(PageStream&&) = default;
};

}  // namespace edgepack::replica
