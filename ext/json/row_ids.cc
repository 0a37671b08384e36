#include "json/row_ids.h"

#include <utility>

#include "json/giant.h"

namespace edgepack::json {
namespace {

/// A payload of JSONB and the header before it (https://sqlite.org/jsonb.html, section 3.1): SQLite
/// makes the shortest that has room for the size. Which of the two shortest it is cannot be
/// foreseen, so that no branch depends on it.
std::uint32_t with_header(std::uint32_t payload) noexcept {
  constexpr std::uint32_t kShort = 11;
  if (payload > 0xFF) return payload + (payload > 0xFFFF ? 5 : 3);
  return payload + 1 + static_cast<std::uint32_t>(payload > kShort);
}

/// What a scalar takes in JSONB. `bytes`: of its JSON text.
std::uint32_t scalar_size(char kind, std::uint32_t bytes) noexcept {
  if (is_letter(kind)) return 1;  // null, true, false
  return with_header(bytes - 2 * static_cast<std::uint32_t>(kind == '"'));
}

/// To note each token would take as long as the work.
constexpr Token kTokensBetween = 1024;

bool is_closer(char kind) noexcept { return (kind | 0x20) == '}'; }
bool is_separator(char kind) noexcept { return kind == ',' || kind == ':' || is_closer(kind); }

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
    if (token % kTokensBetween == 0) patience.spend(kTokensBetween);
    if (!is_separator(document.kind(token))) numbers_[token] = node++;
  }
}

// The size of a header follows from that of its payload, which lies behind it: from the end, one
// pass does. It goes from value to value, since half of the tokens are separators.
template <bool kHasSpaces>
void RowIds::measure_from_end(const Document& document, Patience& patience) {
  struct Level {
    std::uint32_t size_behind;
    bool is_object;
  };
  Level levels[Document::kMaxDepth + 1];
  levels[0] = {0, false};
  int depth = 0;
  std::uint32_t size = 0;  // of all that lies behind
  std::uint32_t* const numbers = numbers_.data();
  const auto bytes_of = [&document](Token token) {
    return static_cast<std::uint32_t>(kHasSpaces
                                          ? document.bytes(token).size()
                                          : document.start(token + 1) - document.start(token));
  };
  // Numbers the value that starts at `first`, by its key if it has one. Returns the token before
  // it.
  const auto number_value = [&](Token first) {
    if (levels[depth].is_object) {
      first -= 2;
      size += scalar_size('"', bytes_of(first));
    }
    numbers[first] = size;
    return first - 1;
  };
  Token asked = document.after(Document::root());
  for (Token token = asked - 1;; --token) {
    if (asked - token > kTokensBetween) {
      patience.spend(asked - token);
      asked = token;
    }
    for (; is_closer(document.kind(token)); --token) {
      levels[++depth] = {size, document.kind(token) == '}'};
    }
    if (!document.is_container(token)) {  // otherwise it is empty
      size += scalar_size(document.kind(token), bytes_of(token));
      token = number_value(token);
    }
    for (; depth > 0 && document.is_container(token); token = number_value(token)) {
      const std::uint32_t size_behind = levels[depth--].size_behind;
      size = size_behind + with_header(size - size_behind);
    }
    if (depth == 0) break;
  }
  total_ = size;
}

}  // namespace edgepack::json
