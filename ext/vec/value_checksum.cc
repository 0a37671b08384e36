#include "vec/value_checksum.h"

#include <bit>

namespace edgepack::vec {
namespace {

/// The first word: SQLite's number of the type, and the length above it.
std::uint64_t head(int type, std::size_t length) noexcept {
  return static_cast<std::uint64_t>(type) + 8 * std::uint64_t{length};
}

}  // namespace

void add_value(Checksum& sum, sqlite::Value value) {
  switch (const int type = value.type()) {
    case SQLITE_INTEGER:
      sum.add(head(type, 0)).add(static_cast<std::uint64_t>(value.integer()));
      break;
    case SQLITE_FLOAT:
      sum.add(head(type, 0)).add(std::bit_cast<std::uint64_t>(value.real()));
      break;
    case SQLITE_TEXT:
      add_text(sum, value.text());
      break;
    case SQLITE_BLOB: {
      const auto bytes = value.blob();
      sum.add(head(type, bytes.size())).add(bytes);
    } break;
    default:
      sum.add(head(type, 0));
  }
}

void add_text(Checksum& sum, std::string_view text) noexcept {
  sum.add(head(SQLITE_TEXT, text.size())).add(std::as_bytes(std::span(text)));
}

}  // namespace edgepack::vec
