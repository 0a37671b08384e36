#include "json/document.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "json/lexical.h"

namespace edgepack::json {
namespace {

/// Room for short texts is made at once, so that it seldom grows.
constexpr std::size_t kLeastCapacity = 4096;

/// True when a number or a name may end before `next`; a NUL byte must be the end of the text.
bool ends_scalar(const char* next, const char* end) noexcept {
  switch (*next) {
    case ' ':
    case '\n':
    case '\t':
    case '\r':
    case ',':
    case ']':
    case '}':
      return true;
    default:
      return next == end;
  }
}

/// True when the token at `text` is a number or a name of RFC 8259 and nothing is stuck to it.
bool is_plain_scalar(const char* text, const char* end) noexcept {
  const auto left = static_cast<std::size_t>(end - text);
  switch (*text) {
    case 't':
      return left >= 4 && std::memcmp(text, "true", 4) == 0 && ends_scalar(text + 4, end);
    case 'f':
      return left >= 5 && std::memcmp(text, "false", 5) == 0 && ends_scalar(text + 5, end);
    case 'n':
      return left >= 4 && std::memcmp(text, "null", 4) == 0 && ends_scalar(text + 4, end);
    default:
      const char* next = skip_number(text);
      return next != nullptr && ends_scalar(next, end);
  }
}

}  // namespace

void Document::choose_scanner() {
  constexpr std::size_t kMoreThanNeeded = 4096;
  std::make_unique<char[]>(kMoreThanNeeded).reset();
  static_cast<void>(simdjson::get_active_implementation()->name());
}

bool Document::read(std::string_view text) {
  text_ = text;
  count_ = 0;
  // An empty text is none, and simdjson counts bytes in 32 bits.
  if (text.empty() || text.size() > simdjson::SIMDJSON_MAXSIZE_BYTES) return false;
  reserve(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (scanner_->stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return false;
  }
  starts_ = scanner_->structural_indexes.get();
  count_ = scanner_->n_structural_indexes;
  // The walk stops at this one: the NUL byte behind the text fits nowhere.
  scanner_->structural_indexes[count_] = static_cast<std::uint32_t>(text.size());
  has_escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
  return (!has_escapes_ || escapes_are_valid(text)) && join_brackets();
}

bool Document::join_brackets() noexcept {
  const char* const text = text_.data();
  const char* const end = text + text_.size();
  const std::uint32_t* const starts = starts_;
  Token* const closers = closers_.get();
  Token open[kMaxDepth];
  int depth = 0;
  Token token = 0;

value:
  switch (text[starts[token]]) {
    case '"':
      ++token;
      break;
    case '{':
      if (depth == kMaxDepth) return false;
      open[depth++] = token++;
      if (text[starts[token]] == '}') goto close;
      goto member;
    case '[':
      if (depth == kMaxDepth) return false;
      open[depth++] = token++;
      if (text[starts[token]] == ']') goto close;
      goto value;
    default:
      if (!is_plain_scalar(text + starts[token], end)) return false;
      ++token;
  }

after_value:
  if (depth == 0) return token == count_;
  if (text[starts[open[depth - 1]]] == '{') {
    switch (text[starts[token]]) {
      case ',':
        ++token;
        goto member;
      case '}':
        goto close;
      default:
        return false;
    }
  }
  switch (text[starts[token]]) {
    case ',':
      ++token;
      goto value;
    case ']':
      goto close;
    default:
      return false;
  }

member:
  if (text[starts[token]] != '"' || text[starts[token + 1]] != ':') return false;
  token += 2;
  goto value;

close:
  closers[open[--depth]] = token++;
  goto after_value;
}

void Document::reserve(std::size_t bytes) {
  if (bytes <= capacity_) return;
  const std::size_t capacity = std::max(kLeastCapacity, bytes + bytes / 4);
  capacity_ = 0;
  closers_.reset();
  if (scanner_ == nullptr) {
    // The depth is that of simdjson's second stage, which is not used.
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(
            capacity, 1, scanner_) != simdjson::SUCCESS) {
      throw std::bad_alloc();
    }
  } else if (scanner_->set_capacity(capacity) != simdjson::SUCCESS) {
    throw std::bad_alloc();
  }
  closers_.reset(new Token[capacity]);
  capacity_ = capacity;
}

std::string_view Document::bytes(Token token) const noexcept {
  const char* first = text_.data() + starts_[token];
  const char* last = text_.data() + starts_[token + 1];
  while (is_space(last[-1])) --last;
  return {first, static_cast<std::size_t>(last - first)};
}

}  // namespace edgepack::json
