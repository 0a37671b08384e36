// LTX files of any content: read to the end or refused, in bounded memory. What is read is written
// again and must read the same.

#include <algorithm>
#include <cstring>

#include "replica/ltx_reader.h"
#include "replica/ltx_writer.h"
#include "sqlite/error.h"

namespace edgepack::replica {
namespace {

LtxReader reader_of(std::span<const std::byte> bytes) {
  return {"fuzz", "input", [bytes](std::span<std::byte> to) mutable {
            const std::size_t count = std::min(to.size(), bytes.size());
            std::copy_n(bytes.begin(), count, to.begin());
            bytes = bytes.subspan(count);
            return count;
          }};
}

void read(std::span<const std::byte> bytes) {
  LtxReader reader = reader_of(bytes);
  std::vector<std::byte> page(reader.header().page_size);
  std::vector<std::byte> written;
  LtxHeader header = reader.header();
  header.flags &= kLtxFlagNoChecksum;
  LtxWriter writer(header, [&written](std::span<const std::byte> more) {
    written.insert(written.end(), more.begin(), more.end());
  });
  std::uint32_t number = 0;
  while (reader.next(number, page)) writer.add(number, page);
  writer.finish(reader.trailer().post_checksum);

  LtxReader again = reader_of(written);
  std::size_t pages = 0;
  while (again.next(number, page)) ++pages;
  if (pages != writer.pages() || again.header() != header) __builtin_trap();
}

}  // namespace
}  // namespace edgepack::replica

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    edgepack::replica::read(std::as_bytes(std::span(data, size)));
  } catch (const edgepack::sqlite::Error&) {
  }
  return 0;
}
