#include "replica/served_state.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <vector>

#include "replica/bytes.h"
#include "replica/checksum.h"

namespace edgepack::replica {
namespace {

constexpr std::size_t kSequence = 16;
constexpr std::size_t kChecksum = kServedSlotSize - 8;
constexpr char kMagic[] = "edgeserv";
constexpr std::uint32_t kVersion = 1;

std::uint64_t checksum_of(std::span<const std::byte> slot) {
  return crc64(slot.first(kChecksum)) | kChecksumFlag;
}

bool is_valid(std::span<const std::byte> slot) {
  return std::memcmp(slot.data(), kMagic, 8) == 0 && read_be32(&slot[8]) == kVersion &&
         read_be64(&slot[kChecksum]) == checksum_of(slot) && is_page_size(read_be32(&slot[12]));
}

ServedState decode(std::span<const std::byte> slot) {
  ServedState state{.position = {.log = read_be64(&slot[24]),
                                 .txid = read_be64(&slot[32]),
                                 .checksum = read_be64(&slot[40])},
                    .timestamp = static_cast<std::int64_t>(read_be64(&slot[48])),
                    .page_size = read_be32(&slot[12]),
                    .page_count = read_be32(&slot[56]),
                    .change_counter = read_be32(&slot[60]),
                    .mark = {.salt = {read_be32(&slot[64]), read_be32(&slot[68])},
                             .frame = read_be32(&slot[72]),
                             .checksum = {read_be32(&slot[76]), read_be32(&slot[80])}},
                    .inode = read_be64(&slot[88]),
                    .clean = read_be32(&slot[84]) != 0};
  std::copy_n(&slot[96], state.boot.size(), state.boot.begin());
  return state;
}

}  // namespace

ServedSlot encode(const ServedState& state, std::uint64_t sequence) {
  ServedSlot slot{};
  std::memcpy(slot.data(), kMagic, 8);
  write_be32(&slot[8], kVersion);
  write_be32(&slot[12], state.page_size);
  write_be64(&slot[16], sequence);
  write_be64(&slot[24], state.position.log);
  write_be64(&slot[32], state.position.txid);
  write_be64(&slot[40], state.position.checksum);
  write_be64(&slot[48], static_cast<std::uint64_t>(state.timestamp));
  write_be32(&slot[56], state.page_count);
  write_be32(&slot[60], state.change_counter);
  write_be32(&slot[64], state.mark.salt[0]);
  write_be32(&slot[68], state.mark.salt[1]);
  write_be32(&slot[72], state.mark.frame);
  write_be32(&slot[76], state.mark.checksum[0]);
  write_be32(&slot[80], state.mark.checksum[1]);
  write_be32(&slot[84], state.clean ? 1 : 0);
  write_be64(&slot[88], state.inode);
  std::copy(state.boot.begin(), state.boot.end(), &slot[96]);
  write_be64(&slot[kChecksum], checksum_of(slot));
  return slot;
}

ServedStates read_served_states(const std::string& path) {
  ServedStates states;
  std::ifstream file(path, std::ios::binary);
  if (!file) return states;
  std::vector<std::byte> bytes((kDurableSlots + 1) * kServedSlotSize);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const auto slot = [&bytes](std::size_t i) {
    return std::span(bytes).subspan(i * kServedSlotSize, kServedSlotSize);
  };
  for (std::size_t i = 0; i < kDurableSlots; ++i) {
    if (!is_valid(slot(i))) continue;
    const std::uint64_t sequence = read_be64(&slot(i)[kSequence]);
    if (states.durable && sequence < states.sequence) continue;
    states.sequence = sequence;
    states.durable = decode(slot(i));
  }
  if (!states.durable || !is_valid(slot(kAnnouncedSlot))) return states;
  const ServedState announced = decode(slot(kAnnouncedSlot));
  const TransactionMark& durable = states.durable->position;
  if (announced.position.log == durable.log && announced.position.txid >= durable.txid) {
    states.announced = announced;
  }
  return states;
}

}  // namespace edgepack::replica
