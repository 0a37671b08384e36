// Any bytes in the log of a served database: the server shows what SQLite itself shows, or refuses.

#include <cstring>

#include "replica/bytes.h"
#include "replica/wal_format.h"
#include "serve/testing/stopped_server.h"
#include "sqlite/error.h"

using namespace edgepack;

namespace {

constexpr std::size_t kFrame = replica::kFrameHeaderSize + 512;

/// Gives all frames the salts and checksums that make SQLite take them, as far as `count` frames.
/// What they say of the size of the database stays small, since it is believed.
void make_valid(std::string& log, std::size_t count) {
  auto* const bytes = reinterpret_cast<std::byte*>(log.data());
  const bool big_endian = (replica::read_be32(bytes) & 1) != 0;
  const auto header = std::span(bytes, replica::kWalHeaderSize);
  replica::WalChecksum sum = replica::wal_checksum(header.first(24), {}, big_endian);
  replica::write_be32(bytes + 24, sum[0]);
  replica::write_be32(bytes + 28, sum[1]);
  for (std::size_t at = header.size(); at + kFrame <= log.size() && count > 0; at += kFrame) {
    const auto frame = std::span(bytes + at, kFrame);
    for (const std::size_t high : {0U, 1U, 2U, 4U, 5U, 6U}) frame[high] = std::byte{0};
    if (frame[3] == std::byte{0}) frame[3] = std::byte{1};
    std::memcpy(&frame[8], bytes + 16, 8);
    sum = replica::wal_checksum(frame.first(8), sum, big_endian);
    sum = replica::wal_checksum(frame.subspan(replica::kFrameHeaderSize), sum, big_endian);
    replica::write_be32(&frame[16], sum[0]);
    replica::write_be32(&frame[20], sum[1]);
    --count;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Database binding;  // of SQLite to this program
  static const serve::testing::StoppedServer stopped;
  if (size < 4) return 0;
  stopped.restore();
  std::string log = stopped.log();
  // The first byte says how much is made valid, the next two where the rest goes.
  const std::size_t at = (data[1] * std::size_t{256} + data[2]) % log.size();
  log.replace(at, std::min(size - 3, log.size() - at), reinterpret_cast<const char*>(data + 3),
              size - 3);
  if ((data[0] & 1) != 0) make_valid(log, data[0] >> 1);
  replica::testing::write_whole(stopped.path() + "-wal", log);
  try {
    stopped.go_on();
  } catch (const sqlite::Error&) {
  }
  return 0;
}
