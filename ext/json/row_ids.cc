#include "json/row_ids.h"

#include <utility>

#include "json/giant.h"

namespace edgepack::json {
namespace {

/// Bytes before a payload of JSONB (https://sqlite.org/jsonb.html, section 3.1): SQLite makes the
/// shortest header that has room for the size. In steps that need no branch.
std::uint32_t header_size(std::uint32_t payload) noexcept {
  return 1 + static_cast<std::uint32_t>(payload > 11) + static_cast<std::uint32_t>(payload > 0xFF) +
         2 * static_cast<std::uint32_t>(payload > 0xFFFF);
}

/// What a token has in JSONB, by its first byte.
struct Share {
  bool is_bracket = false;
  std::uint32_t header = 0;   ///< all ones if it has one
  std::uint32_t payload = 0;  ///< all ones if its bytes are in the payload
  std::uint32_t marks = 0;    ///< so many of them are not
};

struct Shares {
  constexpr Shares() {
    constexpr std::uint32_t kAll = UINT32_MAX;
    for (const char c : {'{', '[', '}', ']'}) of[static_cast<unsigned char>(c)].is_bracket = true;
    for (const char c : {'n', 't', 'f'}) of[static_cast<unsigned char>(c)].header = kAll;
    for (const char c : {'-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}) {
      of[static_cast<unsigned char>(c)] = {false, kAll, kAll, 0};
    }
    of[static_cast<unsigned char>('"')] = {false, kAll, kAll, 2};
  }
  Share of[256] = {};
};
constexpr Shares kShares;

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

void RowIds::number(const Document& document, RowNumbering numbering, Patience& patience) {
  is_from_end_ = is_by_key_ = numbering == RowNumbering::kJsonbOffsets;
  const std::size_t tokens = document.after(Document::root());
  if (numbers_.size() < tokens) extend(&numbers_, tokens, patience);
  if (!is_from_end_) {
    count_nodes(document, patience);
  } else if (document.has_spaces()) {
    measure_from_end<true>(document, patience);
  } else {
    measure_from_end<false>(document, patience);
  }
}

void RowIds::number(const Document&, std::vector<std::uint32_t> origins, Patience&) {
  numbers_ = std::move(origins);
  is_from_end_ = false;
  is_by_key_ = true;
}

void RowIds::count_nodes(const Document& document, Patience& patience) {
  std::uint32_t node = 0;
  const Token end = document.after(Document::root());
  for (Token token = 0; token < end; ++token) {
    spend_token(token, patience);
    if (!is_separator(document.kind(token))) numbers_[token] = node++;
  }
}

// The size of a header follows from that of its payload, which lies behind it: from the end, one
// pass does. Which token comes next cannot be foreseen, so that only brackets are told apart.
template <bool kHasSpaces>
void RowIds::measure_from_end(const Document& document, Patience& patience) {
  std::uint32_t size = 0;  // of all that lies behind
  std::uint32_t size_behind_closer[Document::kMaxDepth];
  int depth = 0;
  std::uint32_t* const numbers = numbers_.data();
  for (Token token = document.after(Document::root()); token-- > 0;) {
    spend_token(token, patience);
    const char kind = document.kind(token);
    const Share& share = kShares.of[static_cast<unsigned char>(kind)];
    if (!share.is_bracket) {
      const std::size_t bytes = kHasSpaces ? document.bytes(token).size()
                                           : document.start(token + 1) - document.start(token);
      const std::uint32_t payload =
          (static_cast<std::uint32_t>(bytes) - share.marks) & share.payload;
      size += payload + (header_size(payload) & share.header);
    } else if ((kind | 0x20) == '}') {
      size_behind_closer[depth++] = size;
    } else {
      // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): brackets match.
      size += header_size(size - size_behind_closer[--depth]);
    }
    numbers[token] = size;
  }
  total_ = size;
}

}  // namespace edgepack::json
