#include "json/row_ids.h"

namespace edgepack::json {
namespace {

/// Bytes before a payload of JSONB (https://sqlite.org/jsonb.html, section 3.1): SQLite makes the
/// shortest header that has room for the size.
std::uint32_t header_size(std::uint32_t payload) noexcept {
  if (payload <= 11) return 1;
  if (payload <= 0xFF) return 2;
  return payload <= 0xFFFF ? 3 : 5;
}

/// Bytes that JSONB has for a scalar or a key: strings and numbers as they are written.
std::uint32_t scalar_payload(const Document& document, Token scalar) noexcept {
  switch (document.kind(scalar)) {
    case 'n':
    case 't':
    case 'f':
      return 0;
    case '"':
      return static_cast<std::uint32_t>(document.bytes(scalar).size() - 2);
    default:
      return static_cast<std::uint32_t>(document.bytes(scalar).size());
  }
}

bool is_separator(char kind) noexcept {
  return kind == ',' || kind == ':' || kind == '}' || kind == ']';
}

}  // namespace

RowNumbering host_row_numbering() noexcept {
  return sqlite3_libversion_number() >= 3045000 ? RowNumbering::kJsonbOffsets
                                                : RowNumbering::kNodes;
}

RowIds::RowIds(const Document& document, RowNumbering numbering, Patience& patience)
    : ids_(document.after(Document::root())) {
  if (numbering == RowNumbering::kNodes) {
    count_nodes(document, patience);
  } else {
    measure_payloads(document, patience);
    add_up_offsets(document, patience);
  }
}

void RowIds::count_nodes(const Document& document, Patience& patience) {
  std::uint32_t node = 0;
  for (Token token = 0; token < ids_.size(); ++token) {
    patience.spend();
    if (!is_separator(document.kind(token))) ids_[token] = node++;
  }
}

void RowIds::measure_payloads(const Document& document, Patience& patience) {
  Token open[Document::kMaxDepth];
  int depth = 0;
  const auto add = [&](std::uint32_t payload) {
    if (depth > 0) ids_[open[depth - 1]] += header_size(payload) + payload;
  };
  for (Token token = 0; token < ids_.size(); ++token) {
    patience.spend();
    switch (document.kind(token)) {
      case '{':
      case '[':
        open[depth++] = token;
        break;
      case '}':
      case ']':
        --depth;
        add(ids_[open[depth]]);
        break;
      case ',':
      case ':':
        break;
      default:
        ids_[token] = scalar_payload(document, token);
        add(ids_[token]);
    }
  }
}

void RowIds::add_up_offsets(const Document& document, Patience& patience) {
  std::uint32_t offset = 0;
  for (Token token = 0; token < ids_.size(); ++token) {
    patience.spend();
    if (is_separator(document.kind(token))) continue;
    const std::uint32_t payload = ids_[token];
    // A member is numbered by its key, which is two tokens before.
    const bool is_member = token > 0 && document.kind(token - 1) == ':';
    ids_[token] = is_member ? ids_[token - 2] : offset;
    offset += header_size(payload);
    if (!document.is_container(token)) offset += payload;
  }
}

}  // namespace edgepack::json
