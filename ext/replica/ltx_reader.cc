#include "replica/ltx_reader.h"

#include <algorithm>
#include <cstring>
#include <lz4.h>
#include <lz4frame.h>
#include <utility>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "replica/wal_format.h"
#include "sqlite/error.h"

namespace edgepack::replica {
namespace {

constexpr std::size_t kBufferSize = 32768;
constexpr std::array kFrameMagic{std::byte{0x04}, std::byte{0x22}, std::byte{0x4D},
                                 std::byte{0x18}};

bool is_frame(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= kFrameMagic.size() &&
         std::equal(kFrameMagic.begin(), kFrameMagic.end(), bytes.begin());
}

bool is_zero(std::span<const std::byte> bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

bool unpack(std::span<const std::byte> block, std::span<std::byte> page) noexcept {
  return LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()),
                             reinterpret_cast<char*>(page.data()), static_cast<int>(block.size()),
                             static_cast<int>(page.size())) == static_cast<int>(page.size());
}

void free_frame(LZ4F_dctx* frame) { LZ4F_freeDecompressionContext(frame); }

}  // namespace

LtxReader::LtxReader(std::string operation, std::string name, Read read)
    : operation_(std::move(operation)),
      name_(std::move(name)),
      read_(std::move(read)),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(kBufferSize)),
      capacity_(kBufferSize),
      frame_(nullptr, free_frame) {
  std::array<std::byte, kLtxHeaderSize> bytes;
  take(bytes);
  if (const std::string problem = decode(bytes, header_); !problem.empty()) fail(problem);
  checksum_ = crc64(bytes);
}

LtxReader::~LtxReader() = default;
LtxReader::LtxReader(LtxReader&&) noexcept = default;

void LtxReader::fail(const std::string& problem) const {
  throw sqlite::Error({.operation = operation_, .object = name_, .problem = problem},
                      SQLITE_CORRUPT);
}

std::span<const std::byte> LtxReader::peek(std::size_t count) {
  if (end_ - begin_ < count) {
    if (capacity_ < count) {
      auto larger = std::make_unique_for_overwrite<std::byte[]>(count);
      std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
      buffer_ = std::move(larger);
      capacity_ = count;
    } else {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    }
    end_ -= begin_;
    begin_ = 0;
    while (end_ < count) {
      const std::size_t got = read_({buffer_.get() + end_, capacity_ - end_});
      if (got == 0) break;
      end_ += got;
    }
  }
  return {buffer_.get() + begin_, std::min(count, end_ - begin_)};
}

void LtxReader::skip(std::size_t count) noexcept {
  begin_ += count;
  offset_ += count;
}

void LtxReader::take(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const auto some = peek(1);
    if (some.empty()) fail("it is broken off at offset " + std::to_string(offset_));
    const std::size_t count = std::min(bytes.size(), end_ - begin_);
    std::memcpy(bytes.data(), buffer_.get() + begin_, count);
    skip(count);
    bytes = bytes.subspan(count);
  }
}

/// Whether the bytes from here on are a v3-block frame. Raw pages may begin like one, but do not
/// unpack to a page.
bool LtxReader::is_block() {
  constexpr std::size_t kPrefix = kLtxPageHeaderSize + kLtxPayloadSizeSize;
  const auto prefix = peek(kPrefix);
  if (prefix.size() < kPrefix || read_be16(&prefix[4]) != kLtxPageFlagBlock) return false;
  const std::uint32_t size = read_be32(&prefix[kLtxPageHeaderSize]);
  const int bound = LZ4_compressBound(static_cast<int>(header_.page_size));
  if (size == 0 || size > static_cast<std::uint32_t>(bound)) return false;
  const auto frame = peek(kPrefix + size);
  if (frame.size() < kPrefix + size) return false;
  const auto page = std::make_unique_for_overwrite<std::byte[]>(header_.page_size);
  return unpack(frame.subspan(kPrefix), {page.get(), header_.page_size});
}

LtxReader::Variant LtxReader::detect() {
  if ((header_.flags & kLtxFlagLz4) != 0) return Variant::kLz4;
  // The longest end of a file without pages is that of v3: page header, index, trailer.
  constexpr std::size_t kEmpty = kLtxPageHeaderSize + 1 + kLtxIndexSizeSize + kLtxTrailerSize;
  const auto start = peek(kEmpty);
  if (start.size() >= 8 && is_frame(start.subspan(4))) return Variant::kFrame4;
  if (start.size() >= 10 && is_zero(start.subspan(4, 2)) && is_frame(start.subspan(6))) {
    return Variant::kV3;
  }
  if (is_block()) return Variant::kV3;
  const auto tail = peek(kEmpty);
  if (tail.size() == kEmpty && is_zero(tail.first(kLtxPageHeaderSize))) return Variant::kV3;
  return Variant::kRaw;
}

void LtxReader::begin_frame() {
  if (frame_ == nullptr) {
    LZ4F_dctx* frame = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&frame, LZ4F_VERSION)) != 0) {
      throw std::bad_alloc();
    }
    frame_.reset(frame);
  }
  LZ4F_resetDecompressionContext(frame_.get());
  frame_ended_ = false;
}

void LtxReader::read_frame(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    if (frame_ended_) fail("an LZ4 frame is too short");
    const auto packed = peek(1);
    if (packed.empty()) fail("it is broken off at offset " + std::to_string(offset_));
    std::size_t used = end_ - begin_;
    std::size_t made = bytes.size();
    const std::size_t hint =
        LZ4F_decompress(frame_.get(), bytes.data(), &made, buffer_.get() + begin_, &used, nullptr);
    if (LZ4F_isError(hint) != 0) {
      fail(std::string("an LZ4 frame is damaged: ") + LZ4F_getErrorName(hint));
    }
    if (hint == 0) frame_ended_ = true;
    skip(used);
    bytes = bytes.subspan(made);
  }
}

void LtxReader::end_frame() {
  while (!frame_ended_) {
    if (peek(1).empty()) fail("it is broken off at offset " + std::to_string(offset_));
    std::size_t used = end_ - begin_;
    std::byte more;
    std::size_t made = 1;
    const std::size_t hint =
        LZ4F_decompress(frame_.get(), &more, &made, buffer_.get() + begin_, &used, nullptr);
    if (LZ4F_isError(hint) != 0) {
      fail(std::string("an LZ4 frame is damaged: ") + LZ4F_getErrorName(hint));
    }
    if (made != 0) fail("an LZ4 frame is too long");
    if (hint == 0) frame_ended_ = true;
    skip(used);
  }
}

void LtxReader::check_page(std::uint32_t page) {
  const std::uint32_t lock = lock_page(header_.page_size);
  if (page <= last_page_) fail("pages are not in order");
  if (page > header_.commit) fail("page " + std::to_string(page) + " lies behind the database");
  if (page == lock) fail("it holds the lock page");
  if (header_.is_snapshot() && page != last_page_ + (last_page_ + 1 == lock ? 2 : 1)) {
    fail("a snapshot lacks page " + std::to_string(last_page_ + 1));
  }
  last_page_ = page;
}

void LtxReader::read_block(std::span<std::byte> bytes) {
  std::array<std::byte, kLtxPayloadSizeSize> size_bytes;
  take(size_bytes);
  checksum_ = crc64(size_bytes, checksum_);
  const std::uint32_t size = read_be32(size_bytes.data());
  if (size > static_cast<std::uint32_t>(LZ4_compressBound(static_cast<int>(bytes.size())))) {
    fail("page " + std::to_string(last_page_) + " has an impossible size");
  }
  const auto block = peek(size);
  if (block.size() < size) fail("it is broken off at offset " + std::to_string(offset_));
  if (!unpack(block, bytes)) fail("page " + std::to_string(last_page_) + " does not unpack");
  block_ = block;
  skip(size);
}

void LtxReader::read_page(std::span<const std::byte> page_header, std::span<std::byte> bytes) {
  const std::uint64_t start = offset_ - page_header.size();
  checksum_ = crc64(page_header, checksum_);
  switch (variant_) {
    case Variant::kRaw:
      take(bytes);
      break;
    case Variant::kLz4:
      read_frame(bytes);
      break;
    default:
      if (page_header.size() > 4 && read_be16(&page_header[4]) == kLtxPageFlagBlock) {
        read_block(bytes);
      } else {
        begin_frame();
        read_frame(bytes);
        end_frame();
      }
      index_entry_.clear();
      append_varint(index_entry_, last_page_);
      append_varint(index_entry_, start);
      append_varint(index_entry_, offset_ - start);
      index_checksum_ = crc64(index_entry_, index_checksum_);
      index_size_ += index_entry_.size();
  }
  checksum_ = crc64(bytes, checksum_);
}

bool LtxReader::next(std::uint32_t& page, std::span<std::byte> bytes) {
  block_ = {};
  if (ended_) return false;
  if (variant_ == Variant::kUnknown) {
    variant_ = detect();
    if (variant_ == Variant::kLz4) begin_frame();
  }
  std::array<std::byte, kLtxPageHeaderSize> space{};
  const auto page_header =
      std::span(space).first(variant_ == Variant::kV3 ? kLtxPageHeaderSize : kLtxPageHeaderSizeV1);
  if (variant_ == Variant::kLz4) {
    read_frame(page_header);
  } else {
    take(page_header);
  }
  page = read_be32(space.data());
  const std::uint32_t flags = read_be16(&space[4]);
  if ((flags & ~kLtxPageFlagBlock) != 0) fail("a page has unknown flags");
  if (page != 0) {
    check_page(page);
    read_page(page_header, bytes);
    return true;
  }
  if (flags != 0) fail("a page has no number");
  checksum_ = crc64(page_header, checksum_);
  if (variant_ == Variant::kLz4) end_frame();
  if (variant_ == Variant::kFrame4 || variant_ == Variant::kV3) read_index();
  read_trailer();
  ended_ = true;
  return false;
}

void LtxReader::read_index() {
  // The pages tell what it must be; so it need not be kept.
  index_checksum_ = crc64(std::array{std::byte{0}}, index_checksum_);
  ++index_size_;
  std::uint64_t checksum = 0;
  for (std::uint64_t left = index_size_; left > 0;) {
    std::array<std::byte, 4096> space;
    const auto piece = std::span(space).first(std::min<std::uint64_t>(left, space.size()));
    take(piece);
    checksum = crc64(piece, checksum);
    checksum_ = crc64(piece, checksum_);
    left -= piece.size();
  }
  std::array<std::byte, kLtxIndexSizeSize> size;
  take(size);
  checksum_ = crc64(size, checksum_);
  if (checksum != index_checksum_ || read_be64(size.data()) != index_size_) {
    fail("its page index is not that of its pages");
  }
}

void LtxReader::read_trailer() {
  std::array<std::byte, kLtxTrailerSize> bytes;
  take(bytes);
  trailer_ = {.post_checksum = read_be64(bytes.data()),
              .file_checksum = read_be64(bytes.data() + 8)};
  if (const std::string problem = check(trailer_, header_); !problem.empty()) fail(problem);
  checksum_ = crc64(std::span(bytes).first(8), checksum_) | kChecksumFlag;
  if (checksum_ != trailer_.file_checksum) fail("its checksum is wrong");
  const std::uint32_t lock = lock_page(header_.page_size);
  const std::uint32_t last = header_.commit == lock ? lock - 1 : header_.commit;
  if (header_.is_snapshot() && last_page_ != last) fail("a snapshot lacks its last pages");
  if (!peek(1).empty()) fail("bytes follow its end");
}

}  // namespace edgepack::replica
