#include "json/json5_text.h"

#include <algorithm>

#include "json/json5_lexical.h"
#include "json/json5_scalars.h"

namespace edgepack::json {

void Json5Text::skip_all_space() {
  for (;; ++at_) {
    skip_while([](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
    if (static_cast<unsigned char>(*at_) >= 0x80) {
      const std::size_t size = wide_space(at_);
      if (size == 0) return;
      at_ += size - 1;
    } else if (*at_ != '/' || !skip_comment()) {
      return;
    }
  }
}

/// Goes to the last byte of a comment. False when there is none, or one without an end.
bool Json5Text::skip_comment() {
  const char* const start = at_;
  if (at_[1] == '*') {
    for (at_ += 2;; ++at_) {
      skip_while([](char c) { return c != '*' && c != '\0'; });
      if (*at_ == '\0') break;
      if (at_[1] == '/') {
        ++at_;
        return true;
      }
    }
    at_ = start;
    return false;
  }
  if (at_[1] != '/') return false;
  for (at_ += 2;; ++at_) {
    skip_while([](char c) { return c != '\n' && c != '\r' && c != '\0' && c != '\xE2'; });
    if (*at_ == '\0') {
      --at_;
      return true;
    }
    if (*at_ != '\xE2') return true;
    if (at_[1] == '\x80' && (at_[2] == '\xA8' || at_[2] == '\xA9')) {
      at_ += 2;
      return true;
    }
  }
}

bool Json5Text::read_name() {
  // Names with other letters and with escapes are left to the host, as are those that it takes for
  // values.
  if (!starts_name(*at_)) return false;
  const char* const start = at_;
  skip_while(is_alphanumeric);
  if (is_word_of_value({start, static_cast<std::size_t>(at_ - start)})) return false;
  skip_while(continues_name);
  *out_++ = '"';
  copy_from(start);
  *out_++ = '"';
  return true;
}

bool Json5Text::read_string() {
  const char quote = *at_++;
  const char* const start = at_;
  bool is_json = true;
  bool has_escapes = false;
  for (;; note_read()) {
    const char* const end = std::min(end_, at_ + kBytesBetween);
    at_ = quote == '"' ? end_of_run<false>(at_, end) : end_of_run<true>(at_, end);
    const char c = *at_;
    if (c == quote) break;
    if (c == '\0') return false;
    if (c == '\\') {
      has_escapes = true;
      if (!skip_escapes()) is_json = false;
    } else if (c == '"' || static_cast<unsigned char>(c) < 0x20) {
      is_json = false;
      ++at_;
    }
  }
  const std::string_view inside(start, static_cast<std::size_t>(at_ - start));
  has_escapes_ |= has_escapes;
  *out_++ = '"';
  if (is_json) {
    copy_from(start);
  } else if (!put_changed(write_json5_string(inside, out_, patience_))) {
    return false;
  }
  ++at_;
  *out_++ = '"';
  return true;
}

/// Goes over the escape sequences at at_: often many stand side by side. False when one of them is
/// none of JSON.
bool Json5Text::skip_escapes() noexcept {
  bool is_json = true;
  const char* at = at_;
  do {
    if (at[1] == 'u' && hex_unit(at + 2) >= 0) {
      at += 6;  // a known size: where the next one is need not wait for this one
    } else {
      is_json = is_json && at[1] != 'u' && escape_size(at) != 0;
      at += at[1] == '\0' ? 1 : 2;
    }
  } while (*at == '\\');
  at_ = at;
  return is_json;
}

template <std::size_t kWord, std::size_t kJson>
bool Json5Text::read_word(const char (&word)[kWord], const char (&json)[kJson]) {
  constexpr std::size_t kSize = kWord - 1;
  if (static_cast<std::size_t>(end_ - at_) < kSize || std::memcmp(at_, word, kSize) != 0 ||
      is_alphanumeric(at_[kSize])) {
    return false;
  }
  at_ += kSize;
  return put({json, kJson - 1});
}

bool Json5Text::read_scalar() {
  switch (*at_) {
    case '"':
    case '\'':
      return read_string();
    case 't':
      return read_word("true", "true");
    case 'f':
      return read_word("false", "false");
    case 'n':
      return read_word("null", "null");
    case 'N':
      return read_word("NaN", "null");
    case 'I':
      return read_word("Infinity", "9e999");
    default:
      return read_number();
  }
}

bool Json5Text::read_number() {
  const bool has_plus = *at_ == '+';
  if (has_plus) ++at_;
  const char* const start = at_;
  if (!has_plus && *at_ == '-') ++at_;
  const auto number = [&] {
    return std::string_view(start, static_cast<std::size_t>(at_ - start));
  };
  if (*at_ == 'I') return put(number()) && read_word("Infinity", "9e999");
  if (*at_ == '0' && (at_[1] | 0x20) == 'x') {
    at_ += 2;
    skip_while([](char c) { return hex_digit(c) >= 0; });
    return put_changed(write_json5_integer(number(), out_));
  }
  const auto skip_digits = [&] {
    const char* const first = at_;
    skip_while(is_digit);
    return at_ - first;
  };
  const char first_digit = *at_;
  const std::ptrdiff_t whole = skip_digits();
  if (whole > 1 && first_digit == '0') return false;
  std::ptrdiff_t fraction = 0;
  const bool has_point = *at_ == '.';
  if (has_point) {
    ++at_;
    fraction = skip_digits();
  }
  if (whole + fraction == 0) return false;
  if (*at_ == 'e' || *at_ == 'E') {
    ++at_;
    if (*at_ == '+' || *at_ == '-') ++at_;
    if (skip_digits() == 0) return false;
  }
  const bool is_json = whole > 0 && (fraction > 0 || !has_point);
  if (!is_json) return put_changed(write_json5_real(number(), out_));
  copy_from(start);
  return true;
}

}  // namespace edgepack::json
