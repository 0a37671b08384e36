#include "replica/served_state.h"

#include <cstring>
#include <fstream>
#include <vector>

#include "replica/bytes.h"
#include "replica/checksum.h"

namespace edgepack::replica {
namespace {

constexpr std::size_t kSlot = 4096;
constexpr char kMagic[] = "edgeserv";
constexpr std::uint32_t kVersion = 1;

bool is_valid(std::span<const std::byte> slot) {
  const auto body = slot.first(kSlot - 8);
  return std::memcmp(slot.data(), kMagic, 8) == 0 && read_be32(&slot[8]) == kVersion &&
         read_be64(&slot[body.size()]) == (crc64(body) | kChecksumFlag);
}

ServedState decode(std::span<const std::byte> slot) {
  return {.transaction = {.log = read_be64(&slot[24]),
                          .id = read_be64(&slot[32]),
                          .checksum = read_be64(&slot[40])},
          .mark = {.salt = {read_be32(&slot[64]), read_be32(&slot[68])},
                   .frame = read_be32(&slot[72]),
                   .checksum = {read_be32(&slot[76]), read_be32(&slot[80])}},
          .change_counter = read_be32(&slot[60]),
          .page_count = read_be32(&slot[56])};
}

}  // namespace

std::optional<ServedState> read_served_state(const std::string& database_path) {
  std::ifstream file(database_path + "-serve/state", std::ios::binary);
  if (!file) return std::nullopt;
  std::vector<std::byte> bytes(2 * kSlot);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::optional<ServedState> newest;
  std::uint64_t sequence = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto slot = std::span(bytes).subspan(i * kSlot, kSlot);
    if (!is_valid(slot) || (newest && read_be64(&slot[16]) < sequence)) continue;
    newest = decode(slot);
    sequence = read_be64(&slot[16]);
  }
  return newest;
}

}  // namespace edgepack::replica
