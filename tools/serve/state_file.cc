#include "serve/state_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <vector>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "serve/file.h"

namespace edgepack::serve {
namespace {

using replica::read_be32;
using replica::read_be64;
using replica::write_be32;
using replica::write_be64;

constexpr std::size_t kSlot = 4096;
constexpr std::size_t kChecksum = kSlot - 8;
constexpr char kMagic[] = "edgeserv";
constexpr std::uint32_t kVersion = 1;

std::uint64_t checksum_of(std::span<const std::byte> slot) {
  return replica::crc64(slot.first(kChecksum)) | replica::kChecksumFlag;
}

std::array<std::byte, kSlot> encode(const State& state, std::uint64_t sequence) {
  std::array<std::byte, kSlot> slot{};
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

bool is_valid(std::span<const std::byte> slot) {
  return std::memcmp(slot.data(), kMagic, 8) == 0 && read_be32(&slot[8]) == kVersion &&
         read_be64(&slot[kChecksum]) == checksum_of(slot) &&
         replica::is_page_size(read_be32(&slot[12]));
}

State decode(std::span<const std::byte> slot) {
  State state{.position = {.log = read_be64(&slot[24]),
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

BootId boot_id() {
  BootId id{};
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  file >> text;
  text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
  if (const auto high = parse_hex(text.substr(0, std::min<std::size_t>(16, text.size())))) {
    write_be64(id.data(), *high);
  }
  if (text.size() == 32) {
    if (const auto low = parse_hex(std::string_view(text).substr(16))) {
      write_be64(id.data() + 8, *low);
    }
  }
  return id;
}

std::optional<State> StateFile::read() {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return std::nullopt;
  std::vector<std::byte> bytes(2 * kSlot);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::optional<State> newest;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto slot = std::span(bytes).subspan(i * kSlot, kSlot);
    if (!is_valid(slot) || (newest && read_be64(&slot[16]) < sequence_)) continue;
    sequence_ = read_be64(&slot[16]);
    newest = decode(slot);
  }
  return newest;
}

void StateFile::write(const State& state) {
  File file(path_, File::Mode::kReadWrite);
  const auto slot = encode(state, sequence_ + 1);
  file.write(slot, (sequence_ + 1) % 2 * kSlot);
  file.sync();
  ++sequence_;
}

}  // namespace edgepack::serve
