// Damaged files in the folder of a server: it ends at what SQLite shows, or refuses. A `state` that
// lies with a fitting checksum is no damage: it must do no harm but to the answer.

#include <iterator>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "serve/testing/stopped_server.h"
#include "sqlite/error.h"

using namespace edgepack;

namespace {

constexpr std::size_t kSlot = 4096;

void make_valid(std::string& state) {
  for (std::size_t at = 0; at + kSlot <= state.size(); at += kSlot) {
    auto* const slot = reinterpret_cast<std::byte*>(state.data() + at);
    const auto body = std::span(slot, kSlot - 8);
    replica::write_be64(slot + kSlot - 8, replica::crc64(body) | replica::kChecksumFlag);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const testing::Database binding;  // of SQLite to this program
  static const serve::testing::StoppedServer stopped;
  if (size < 4) return 0;
  stopped.restore();
  // The first byte says which file, the next whether it is cut or lies, then where.
  auto file = stopped.server_files().begin();
  std::advance(file, data[0] % stopped.server_files().size());
  std::string bytes = file->second;
  const bool is_state = file->first.ends_with("/state");
  bool lies = false;
  if (!bytes.empty()) {
    const std::size_t at = (data[2] * std::size_t{256} + data[3]) % bytes.size();
    if ((data[1] & 1) != 0) {
      bytes.resize(at);
    } else {
      bytes.replace(at, std::min(size - 4, bytes.size() - at),
                    reinterpret_cast<const char*>(data + 4), size - 4);
    }
    lies = is_state && (data[1] & 2) != 0;
    if (lies) make_valid(bytes);
  }
  replica::testing::write_whole(file->first, bytes);
  try {
    stopped.go_on();
  } catch (const sqlite::Error&) {
  } catch (const std::runtime_error&) {  // a check of what is shown failed
    if (!lies) throw;
  }
  return 0;
}
