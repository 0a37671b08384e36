#include "json/json5.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "json/document.h"
#include "json/giant.h"
#include "json/json5_scalars.h"
#include "json/lexical.h"
#include "sqlite/api.h"

namespace edgepack::json {
namespace {

/// Longer texts are left to the host.
constexpr std::size_t kLongestText = std::size_t{256} << 20;

/// Room behind twice the bytes of a text.
constexpr std::size_t kMoreRoom = 64;

bool is_letter(char c) noexcept {
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}
bool is_alphanumeric(char c) noexcept { return is_letter(c) || is_digit(c); }
bool starts_name(char c) noexcept { return is_letter(c) || c == '_' || c == '$'; }
bool continues_name(char c) noexcept { return starts_name(c) || is_digit(c); }

/// True for the words that SQLite takes for values, in letters of any case.
bool is_word_of_value(std::string_view word) noexcept {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 8;
  if (word.size() < kShortest || word.size() > kLongest) return false;
  const auto equal_folded = [](char a, char b) { return (a | 0x20) == b; };
  for (const std::string_view value :
       {"true", "false", "null", "nan", "qnan", "snan", "inf", "infinity"}) {
    if (std::equal(word.begin(), word.end(), value.begin(), value.end(), equal_folded)) return true;
  }
  return false;
}

/// The first byte at or behind `text` that does not mean itself in a string: a control character, a
/// quote or a backslash. There is one before `end`, or the NUL there is. Eight bytes at a time: how
/// long a string is cannot be foreseen.
const char* end_of_run(const char* text, const char* end) noexcept {
  constexpr std::uint64_t kLow = 0x0101010101010101;
  constexpr std::uint64_t kHigh = kLow << 7;
  // Exact up to the first byte that is found, and no more is asked for.
  const auto zeros = [](std::uint64_t word) { return (word - kLow) & ~word & kHigh; };
  if constexpr (std::endian::native == std::endian::little) {
    for (; static_cast<std::size_t>(end - text) >= sizeof(std::uint64_t); text += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text, sizeof word);
      const std::uint64_t found = zeros(word ^ (kLow * '"')) | zeros(word ^ (kLow * '\'')) |
                                  zeros(word ^ (kLow * '\\')) |
                                  ((word - kLow * 0x20) & ~word & kHigh);
      if (found != 0) return text + std::countr_zero(found) / 8;
    }
  }
  while (static_cast<unsigned char>(*text) >= 0x20 && *text != '"' && *text != '\'' &&
         *text != '\\') {
    ++text;
  }
  return text;
}

/// Bytes of the white space of JSON5 at `text`, outside ASCII; 0 if there is none.
std::size_t wide_space(const char* text) noexcept {
  const auto starts_with = [text](const char* bytes) {
    return std::strncmp(text, bytes, std::strlen(bytes)) == 0;
  };
  if (starts_with("\xC2\xA0")) return 2;
  for (const char* space : {"\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                            "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"}) {
    if (starts_with(space)) return 3;
  }
  // U+2000 to U+200A
  const auto last =
      static_cast<unsigned char>(text[0] == '\xE2' && text[1] == '\x80' ? text[2] : 0);
  return last >= 0x80 && last <= 0x8A ? 3 : 0;
}

/// Reads the text once, from the front to the end, and writes as it goes.
class Translator {
 public:
  Translator(std::string_view text, char* out, Document* document, Patience* patience)
      : begin_(text.data()),
        at_(begin_),
        end_(begin_ + text.size()),
        out_begin_(out),
        out_(out),
        writer_(*document, text),
        patience_(patience) {}

  bool run() {
    do {
      skip_space();
      writer_.make_room(read());
      if (*at_ == '{' || *at_ == '[') {
        if (depth_ == open_.size()) return false;
        open_[depth_++] = {writer_.next(), *at_};
        put_mark(*at_++);
        if (!go_on(true)) return false;
      } else if (!add_token<&Translator::read_scalar>() || !go_on(false)) {
        return false;
      }
      if (patience_ != nullptr) patience_->spend();
    } while (depth_ > 0);
    if (at_ != end_) return false;
    *out_ = '\0';
    writer_.finish(text(), has_escapes_);
    return true;
  }

  /// What was written.
  std::string_view text() const noexcept {
    return {out_begin_, static_cast<std::size_t>(out_ - out_begin_)};
  }
  bool keeps_scalars() const noexcept { return keeps_scalars_; }

 private:
  struct Container {
    Token opener;
    char bracket;
  };

  std::size_t read() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  void skip_space() noexcept {
    const auto c = static_cast<unsigned char>(*at_);
    if (c <= ' ' || c >= 0x80 || c == '/') skip_all_space();
  }
  void skip_all_space() noexcept;
  bool skip_comment() noexcept;
  bool go_on(bool is_open);
  bool read_key() noexcept;
  bool read_scalar() noexcept;
  bool read_string() noexcept;
  bool read_number() noexcept;
  template <std::size_t kWord, std::size_t kJson>
  bool read_word(const char (&word)[kWord], const char (&json)[kJson]) noexcept;

  void put_mark(char mark) noexcept {
    writer_.add(mark, text().size());
    *out_++ = mark;
  }
  /// The token that `kRead` writes.
  template <bool (Translator::*kRead)() noexcept>
  bool add_token() noexcept {
    const char* const start = out_;
    if (!(this->*kRead)()) return false;
    writer_.add(*start, static_cast<std::size_t>(start - out_begin_));
    return true;
  }

  bool put(std::string_view text) noexcept {
    std::memcpy(out_, text.data(), text.size());
    out_ += text.size();
    return true;
  }
  /// Copies from `start`, in the text, up to at_. Most parts are short: they are copied without a
  /// call, and some of what follows with them.
  void copy_from(const char* start) noexcept {
    constexpr std::size_t kShort = 16;
    static_assert(kShort < kMoreRoom);
    const auto size = static_cast<std::size_t>(at_ - start);
    if (size <= kShort && static_cast<std::size_t>(end_ - start) >= kShort) {
      std::memcpy(out_, start, kShort);
      out_ += size;
    } else {
      put({start, size});
    }
  }
  /// Takes what a function of json5_scalars.h wrote.
  bool put_changed(char* written) noexcept {
    keeps_scalars_ = false;
    has_escapes_ = true;  // perhaps
    if (written != nullptr) out_ = written;
    return written != nullptr;
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  char* const out_begin_;
  char* out_;
  Document::Writer writer_;
  Patience* const patience_;
  bool keeps_scalars_ = true;
  bool has_escapes_ = false;
  std::array<Container, Document::kMaxDepth> open_;
  std::size_t depth_ = 0;
};

void Translator::skip_all_space() noexcept {
  for (;; ++at_) {
    const auto c = static_cast<unsigned char>(*at_);
    if (c > ' ' && c < 0x80 && c != '/') return;
    if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
    if (c >= 0x80) {
      const std::size_t size = wide_space(at_);
      if (size == 0) return;
      at_ += size - 1;
    } else if (c != '/' || !skip_comment()) {
      return;
    }
  }
}

/// Goes to the last byte of a comment. False when there is none, or one without an end.
bool Translator::skip_comment() noexcept {
  if (at_[1] == '*') {
    const char* const end = std::strstr(at_ + 2, "*/");
    if (end == nullptr) return false;
    at_ = end + 1;
    return true;
  }
  if (at_[1] != '/') return false;
  for (at_ += 2;; ++at_) {
    if (*at_ == '\n' || *at_ == '\r') return true;
    if (*at_ == '\0') {
      --at_;
      return true;
    }
    if (std::strncmp(at_, "\xE2\x80\xA8", 3) == 0 || std::strncmp(at_, "\xE2\x80\xA9", 3) == 0) {
      at_ += 2;
      return true;
    }
  }
}

/// Goes from behind an opening bracket (`is_open`) or a value to the next value, over closing
/// brackets, a comma and a key; or to the end.
bool Translator::go_on(bool is_open) {
  for (;; writer_.make_room(read())) {
    skip_space();
    if (depth_ == 0) return true;
    const char bracket = open_[depth_ - 1].bracket;
    const char closer = static_cast<char>(bracket + 2);
    const bool has_comma = !is_open && *at_ == ',';
    if (has_comma) {
      ++at_;
      skip_space();
    }
    if (*at_ != closer) {
      if (!is_open && !has_comma) return false;
      if (has_comma) put_mark(',');
      return bracket == '[' || read_key();
    }
    writer_.close(open_[--depth_].opener);
    put_mark(*at_++);
    is_open = false;
  }
}

bool Translator::read_key() noexcept {
  if (*at_ == '"' || *at_ == '\'') {
    if (!add_token<&Translator::read_string>()) return false;
  } else {
    // Names with other letters and with escapes are left to the host, as are those that it takes
    // for values.
    if (!starts_name(*at_)) return false;
    const char* const start = at_;
    while (is_alphanumeric(*at_)) ++at_;
    const auto size = static_cast<std::size_t>(at_ - start);
    if (is_word_of_value({start, size})) return false;
    while (continues_name(*at_)) ++at_;
    put_mark('"');
    copy_from(start);
    *out_++ = '"';
  }
  skip_space();
  if (*at_ != ':') return false;
  put_mark(*at_++);
  return true;
}

bool Translator::read_string() noexcept {
  const char quote = *at_++;
  const char* const start = at_;
  bool is_json = true;
  bool has_escapes = false;
  for (;; ++at_) {
    at_ = end_of_run(at_, end_);
    if (*at_ == quote) break;
    if (*at_ == '\\') {
      has_escapes = true;
      ++at_;
    } else if (*at_ != '\'') {
      is_json = false;
    }
    if (*at_ == '\0') return false;
  }
  const std::string_view inside(start, static_cast<std::size_t>(at_ - start));
  has_escapes_ |= has_escapes;
  *out_++ = '"';
  if (is_json && (!has_escapes || escapes_are_valid(inside))) {
    copy_from(start);
  } else if (!put_changed(write_json5_string(inside, out_))) {
    return false;
  }
  ++at_;
  *out_++ = '"';
  return true;
}

template <std::size_t kWord, std::size_t kJson>
bool Translator::read_word(const char (&word)[kWord], const char (&json)[kJson]) noexcept {
  constexpr std::size_t kSize = kWord - 1;
  if (static_cast<std::size_t>(end_ - at_) < kSize || std::memcmp(at_, word, kSize) != 0 ||
      is_alphanumeric(at_[kSize])) {
    return false;
  }
  at_ += kSize;
  return put({json, kJson - 1});
}

bool Translator::read_scalar() noexcept {
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

bool Translator::read_number() noexcept {
  const bool has_plus = *at_ == '+';
  if (has_plus) ++at_;
  const char* const start = at_;
  if (!has_plus && *at_ == '-') ++at_;
  const auto number = [&] {
    return std::string_view(start, static_cast<std::size_t>(at_ - start));
  };
  if (*at_ == 'I') return put(number()) && read_word("Infinity", "9e999");
  if (*at_ == '0' && (at_[1] | 0x20) == 'x') {
    for (at_ += 2; hex_digit(*at_) >= 0;) ++at_;
    return put_changed(write_json5_integer(number(), out_));
  }
  const auto skip_digits = [&] {
    const char* const first = at_;
    while (is_digit(*at_)) ++at_;
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

}  // namespace

bool Json5Translation::host_is_known() noexcept { return sqlite3_libversion_number() >= 3046000; }

bool Json5Translation::translate(std::string_view text, Document* document, Patience* patience) {
  if (text.size() > kLongestText) return false;
  // Nothing becomes longer than twice what it was, but for what the scalars' functions need.
  const std::size_t room = 2 * text.size() + kMoreRoom;
  if (room > capacity_) {
    capacity_ = 0;
    buffer_.reset(new char[room]);
    use_large_pages(buffer_.get(), room);
    capacity_ = room;
  }
  Translator translator(text, buffer_.get(), document, patience);
  if (!translator.run()) return false;
  text_ = translator.text();
  keeps_scalars_ = translator.keeps_scalars();
  return true;
}

}  // namespace edgepack::json
