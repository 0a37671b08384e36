#include "json/jsonb_validity.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "json/lexical.h"

namespace edgepack::json {
namespace {

bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}
bool is_plain_or_escape(char c) noexcept { return is_plain(c) || c == '\\'; }

/// True for a number of RFC 8259; `*is_integer` says which type of JSONB it has.
bool is_number(std::string_view payload, bool* is_integer) noexcept {
  constexpr std::size_t kLongest = 63;
  if (payload.empty() || payload.size() > kLongest) return false;
  char text[kLongest + 1] = {};
  payload.copy(text, payload.size());
  *is_integer = payload.find_first_of(".eE") == std::string_view::npos;
  return skip_number(text) == text + payload.size();
}

bool is_valid_scalar(const Jsonb::Element& element, std::string_view payload) noexcept {
  bool is_integer = false;
  switch (element.type) {
    case Jsonb::Type::kNull:
    case Jsonb::Type::kTrue:
    case Jsonb::Type::kFalse:
      return payload.empty();
    case Jsonb::Type::kInteger:
      return is_number(payload, &is_integer) && is_integer;
    case Jsonb::Type::kReal:
      return is_number(payload, &is_integer) && !is_integer;
    case Jsonb::Type::kText:
      return std::all_of(payload.begin(), payload.end(), is_plain);
    case Jsonb::Type::kTextJson:
      return std::all_of(payload.begin(), payload.end(), is_plain_or_escape) &&
             escapes_are_valid(payload);
    case Jsonb::Type::kTextRaw:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_valid(const Jsonb& jsonb, Patience* patience) {
  struct Level {
    std::uint32_t end;
    bool is_object;
    bool key_is_next;
  };
  std::array<Level, Jsonb::kMaxDepth> open;
  std::size_t depth = 0;
  std::uint32_t at = Jsonb::root();
  std::uint32_t limit = jsonb.size();
  do {
    if (patience != nullptr) patience->spend();
    const Jsonb::Element element = jsonb.element(at, limit);
    if (!element) return false;
    if (depth > 0 && open[depth - 1].is_object) {
      bool& key_is_next = open[depth - 1].key_is_next;
      if (key_is_next && !element.is_text()) return false;
      key_is_next = !key_is_next;
    }
    if (element.is_container()) {
      if (depth == open.size()) return false;
      open[depth++] = {element.end, element.type == Jsonb::Type::kObject, true};
      at = element.payload;
    } else {
      if (!is_valid_scalar(element, jsonb.payload(element))) return false;
      at = element.end;
    }
    for (; depth > 0 && at == open[depth - 1].end; --depth) {
      if (!open[depth - 1].key_is_next) return false;  // a key without a value
    }
    if (depth > 0) limit = open[depth - 1].end;
  } while (depth > 0);
  return at == jsonb.size();
}

}  // namespace edgepack::json
