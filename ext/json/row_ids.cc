#include "json/row_ids.h"

#include <utility>

#include "json/giant.h"

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

/// Notes `token`, now and then: to ask at each would take as long as the work.
void spend_token(Token token, Patience& patience) {
  constexpr Token kTokensBetween = 1024;
  if (token % kTokensBetween == 0) patience.spend(kTokensBetween);
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
    : is_from_end_(numbering == RowNumbering::kJsonbOffsets) {
  extend(&numbers_, document.after(Document::root()), patience);
  if (is_from_end_) {
    measure_from_end(document, patience);
  } else {
    count_nodes(document, patience);
  }
}

RowIds::RowIds(const Document& document, std::vector<std::uint32_t> origins, Patience& patience)
    : numbers_(std::move(origins)), is_from_end_(false) {
  // A member is numbered by its key.
  for (Token token = 0; token < numbers_.size(); ++token) {
    patience.spend();
    if (document.kind(token) == ':') numbers_[token + 1] = numbers_[token - 1];
  }
}

void RowIds::count_nodes(const Document& document, Patience& patience) {
  std::uint32_t node = 0;
  for (Token token = 0; token < numbers_.size(); ++token) {
    spend_token(token, patience);
    if (!is_separator(document.kind(token))) numbers_[token] = node++;
  }
}

// The size of a header follows from that of its payload, which lies behind it: from the end, one
// pass does.
void RowIds::measure_from_end(const Document& document, Patience& patience) {
  std::uint32_t size = 0;  // of all that lies behind
  std::uint32_t size_behind_closer[Document::kMaxDepth];
  int depth = 0;
  for (auto token = static_cast<Token>(numbers_.size()); token-- > 0;) {
    spend_token(token, patience);
    switch (document.kind(token)) {
      case '}':
      case ']':
        size_behind_closer[depth++] = size;
        continue;
      case ',':
      case ':':
        continue;
      case '{':
      case '[':
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): brackets match.
        size += header_size(size - size_behind_closer[--depth]);
        break;
      default: {
        const std::uint32_t payload = scalar_payload(document, token);
        size += header_size(payload) + payload;
      }
    }
    // A member is numbered by its key.
    const bool is_key = document.kind(token + 1) == ':';
    numbers_[is_key ? token + 2 : token] = size;
  }
  total_ = size;
}

}  // namespace edgepack::json
