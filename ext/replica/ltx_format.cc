#include "replica/ltx_format.h"

#include <cstring>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "replica/wal_format.h"

namespace edgepack::replica {
namespace {

constexpr char kMagic[] = "LTX1";
constexpr char kMagicEncrypted[] = "LTX4";

bool has_flag(std::uint64_t checksum) noexcept { return (checksum & kChecksumFlag) != 0; }

}  // namespace

std::array<std::byte, kLtxHeaderSize> encode(const LtxHeader& header) noexcept {
  std::array<std::byte, kLtxHeaderSize> bytes{};
  std::memcpy(bytes.data(), kMagic, 4);
  write_be32(&bytes[4], header.flags);
  write_be32(&bytes[8], header.page_size);
  write_be32(&bytes[12], header.commit);
  write_be64(&bytes[16], header.min_txid);
  write_be64(&bytes[24], header.max_txid);
  write_be64(&bytes[32], static_cast<std::uint64_t>(header.timestamp));
  write_be64(&bytes[40], header.pre_checksum);
  return bytes;
}

std::string decode(std::span<const std::byte, kLtxHeaderSize> bytes, LtxHeader& header) {
  if (std::memcmp(bytes.data(), kMagicEncrypted, 4) == 0) {
    return "encrypted LTX files (version 4) cannot be read";
  }
  if (std::memcmp(bytes.data(), kMagic, 4) != 0) return "this is no LTX file";
  header.flags = read_be32(&bytes[4]);
  header.page_size = read_be32(&bytes[8]);
  header.commit = read_be32(&bytes[12]);
  header.min_txid = read_be64(&bytes[16]);
  header.max_txid = read_be64(&bytes[24]);
  header.timestamp = static_cast<std::int64_t>(read_be64(&bytes[32]));
  header.pre_checksum = read_be64(&bytes[40]);
  if ((header.flags & ~(kLtxFlagLz4 | kLtxFlagNoChecksum)) != 0) return "unknown flags";
  if (!is_page_size(header.page_size)) return "impossible page size";
  if (header.min_txid == 0 || header.max_txid < header.min_txid) {
    return "impossible transaction ids";
  }
  const bool wants_checksum = header.is_tracked() && !header.is_snapshot();
  if (wants_checksum ? !has_flag(header.pre_checksum) : header.pre_checksum != 0) {
    return "impossible checksum of the database before";
  }
  return {};
}

std::string check(const LtxTrailer& trailer, const LtxHeader& header) {
  const std::uint64_t post = trailer.post_checksum;
  const bool possible = !header.is_tracked() ? post == 0
                        : header.commit == 0 ? post == kChecksumFlag
                                             : has_flag(post);
  if (!possible) return "impossible checksum of the database afterwards";
  return has_flag(trailer.file_checksum) ? "" : "impossible checksum of the file";
}

void append_varint(std::vector<std::byte>& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<std::byte>(value | 0x80));
  to.push_back(static_cast<std::byte>(value));
}

}  // namespace edgepack::replica
