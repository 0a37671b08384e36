#include "replica/ltx_writer.h"

#include <algorithm>
#include <lz4.h>
#include <utility>

#include "replica/bytes.h"
#include "replica/checksum.h"

namespace edgepack::replica {
namespace {

constexpr std::size_t kFramePrefix = kLtxPageHeaderSize + kLtxPayloadSizeSize;
constexpr std::size_t kIndexPiece = 65536;

}  // namespace

LtxWriter::LtxWriter(const LtxHeader& header, Write write) : write_(std::move(write)) {
  const int bound = LZ4_compressBound(static_cast<int>(header.page_size));
  frame_.resize(kFramePrefix + static_cast<std::size_t>(bound));
  const auto bytes = encode(header);
  checksum_ = crc64(bytes);
  this->write(bytes);
}

void LtxWriter::write(std::span<const std::byte> bytes) {
  write_(bytes);
  size_ += bytes.size();
}

/// Puts the page as a block into the frame, and answers the block's size.
std::size_t LtxWriter::pack(std::span<const std::byte> bytes) {
  return static_cast<std::size_t>(LZ4_compress_default(
      reinterpret_cast<const char*>(bytes.data()),
      reinterpret_cast<char*>(frame_.data() + kFramePrefix), static_cast<int>(bytes.size()),
      static_cast<int>(frame_.size() - kFramePrefix)));
}

void LtxWriter::add(std::uint32_t page, std::span<const std::byte> bytes,
                    std::span<const std::byte> block) {
  const bool is_packed = !block.empty() && block.size() <= frame_.size() - kFramePrefix;
  if (is_packed) std::copy(block.begin(), block.end(), frame_.begin() + kFramePrefix);
  const std::size_t payload = is_packed ? block.size() : pack(bytes);
  const std::size_t size = kFramePrefix + payload;
  write_be32(frame_.data(), page);
  write_be16(frame_.data() + 4, kLtxPageFlagBlock);
  write_be32(frame_.data() + kLtxPageHeaderSize, static_cast<std::uint32_t>(payload));
  checksum_ = crc64(bytes, crc64(std::span(frame_).first(kFramePrefix), checksum_));
  index_.push_back({page, static_cast<std::uint32_t>(size)});
  write(std::span(frame_).first(size));
}

void LtxWriter::write_index() {
  std::vector<std::byte> piece;
  std::uint64_t index_size = 0;
  const auto write_piece = [&] {
    checksum_ = crc64(piece, checksum_);
    index_size += piece.size();
    write(piece);
    piece.clear();
  };
  std::uint64_t offset = kLtxHeaderSize;
  for (const Entry& entry : index_) {
    append_varint(piece, entry.page);
    append_varint(piece, offset);
    append_varint(piece, entry.size);
    offset += entry.size;
    if (piece.size() >= kIndexPiece) write_piece();
  }
  append_varint(piece, 0);
  write_piece();
  piece.resize(kLtxIndexSizeSize);
  write_be64(piece.data(), index_size);
  write_piece();
}

LtxTrailer LtxWriter::finish(std::uint64_t post_checksum) {
  constexpr std::array<std::byte, kLtxPageHeaderSize> kEnd{};
  checksum_ = crc64(kEnd, checksum_);
  write(kEnd);
  write_index();
  std::array<std::byte, kLtxTrailerSize> bytes;
  write_be64(bytes.data(), post_checksum);
  const std::uint64_t checksum = crc64(std::span(bytes).first(8), checksum_) | kChecksumFlag;
  write_be64(bytes.data() + 8, checksum);
  write(bytes);
  return {.post_checksum = post_checksum, .file_checksum = checksum};
}

}  // namespace edgepack::replica
