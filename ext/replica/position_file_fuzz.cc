// Any bytes as a slot of a position file: what is accepted encodes to the same bytes.

#include <cstdlib>
#include <cstring>

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "replica/position_file.h"

using namespace edgepack::replica;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (decode(std::as_bytes(std::span(data, size)))) std::abort();  // needs a valid checksum first
  Slot slot = encode(Record{});
  if (size > slot.size() - 8) size = slot.size() - 8;
  // Bytes over a valid record, with a checksum that fits: the fields themselves are what is tested.
  std::memcpy(slot.data() + 8, data, size > 8 ? size - 8 : 0);
  const auto body = std::span(slot).first(slot.size() - 8);
  write_be64(slot.data() + body.size(), crc64(body) | kChecksumFlag);
  const auto record = decode(slot);
  if (record && encode(*record) != slot) std::abort();
  return 0;
}
