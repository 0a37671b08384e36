#include "json/json5.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "json/document.h"
#include "json/giant.h"
#include "json/json5_lexical.h"
#include "json/json5_scalars.h"
#include "json/lexical.h"
#include "sqlite/api.h"

namespace edgepack::json {
namespace {

/// Longer texts are left to the host.
constexpr std::size_t kLongestText = std::size_t{256} << 20;

/// Room behind twice the bytes of a text.
constexpr std::size_t kMoreRoom = 64;

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
      note_read();
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
  static constexpr std::size_t kBytesBetween = 4096;
  static constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;

  std::size_t read() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  /// Asks now and then whether the statement was interrupted.
  void note_read() {
    constexpr std::size_t kBytesPerStep = 16;
    if (read() - noted_ < kBytesBetween || patience_ == nullptr) return;
    patience_->spend((read() - noted_) / kBytesPerStep);
    noted_ = read();
  }
  void skip_space() {
    if (*at_ == ' ') ++at_;  // most often there is one
    const auto c = static_cast<unsigned char>(*at_);
    if (c <= ' ' || c >= 0x80 || c == '/') skip_all_space();
  }
  void skip_all_space();
  bool skip_comment();
  bool go_on(bool is_open);
  bool read_key();
  bool read_scalar();
  bool read_string();
  bool skip_escapes() noexcept;
  bool read_number();
  template <std::size_t kWord, std::size_t kJson>
  bool read_word(const char (&word)[kWord], const char (&json)[kJson]);

  void put_mark(char mark) noexcept {
    writer_.add(mark, text().size());
    *out_++ = mark;
  }
  /// The token that `kRead` writes.
  template <bool (Translator::*kRead)()>
  bool add_token() {
    const char* const start = out_;
    if (!(this->*kRead)()) return false;
    writer_.add(*start, static_cast<std::size_t>(start - out_begin_));
    return true;
  }

  bool put(std::string_view text) {
    while (text.size() > kMostAtOnce) {
      put(text.substr(0, kMostAtOnce));
      text.remove_prefix(kMostAtOnce);
      if (patience_ != nullptr) patience_->spend(kMostAtOnce / 64);
    }
    std::memcpy(out_, text.data(), text.size());
    out_ += text.size();
    return true;
  }
  /// Copies from `start`, in the text, up to at_. Most parts are short: they are copied without a
  /// call, and some of what follows with them.
  void copy_from(const char* start) {
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
  std::size_t noted_ = 0;  // bytes
  bool keeps_scalars_ = true;
  bool has_escapes_ = false;
  std::array<Container, Document::kMaxDepth> open_;
  std::size_t depth_ = 0;
};

void Translator::skip_all_space() {
  for (;; ++at_) {
    note_read();
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
bool Translator::skip_comment() {
  const char* const start = at_;
  if (at_[1] == '*') {
    for (at_ += 2; *at_ != '\0'; ++at_) {
      note_read();
      if (at_[0] == '*' && at_[1] == '/') {
        ++at_;
        return true;
      }
    }
    at_ = start;
    return false;
  }
  if (at_[1] != '/') return false;
  for (at_ += 2;; ++at_) {
    note_read();
    if (*at_ == '\n' || *at_ == '\r') return true;
    if (*at_ == '\0') {
      --at_;
      return true;
    }
    if (*at_ == '\xE2' && at_[1] == '\x80' && (at_[2] == '\xA8' || at_[2] == '\xA9')) {
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

bool Translator::read_key() {
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

bool Translator::read_string() {
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
bool Translator::skip_escapes() noexcept {
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
bool Translator::read_word(const char (&word)[kWord], const char (&json)[kJson]) {
  constexpr std::size_t kSize = kWord - 1;
  if (static_cast<std::size_t>(end_ - at_) < kSize || std::memcmp(at_, word, kSize) != 0 ||
      is_alphanumeric(at_[kSize])) {
    return false;
  }
  at_ += kSize;
  return put({json, kJson - 1});
}

bool Translator::read_scalar() {
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

bool Translator::read_number() {
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

bool Json5Translation::read(std::string_view text, Document* document, Patience* patience) {
  static const bool host_is_known = sqlite3_libversion_number() >= 3046000;
  if (!host_is_known || text.size() > kLongestText) return false;
  make_room(text.size());
  if (!document->read_without_last_commas(buffer_.get())) {
    return translate(text, document, patience);
  }
  text_ = document->text();
  keeps_scalars_ = true;
  return true;
}

bool Json5Translation::translate(std::string_view text, Document* document, Patience* patience) {
  if (text.size() > kLongestText) return false;
  make_room(text.size());
  Translator translator(text, buffer_.get(), document, patience);
  if (!translator.run()) return false;
  text_ = translator.text();
  keeps_scalars_ = translator.keeps_scalars();
  return true;
}

// Nothing becomes longer than twice what it was, but for what the scalars' functions need.
void Json5Translation::make_room(std::size_t text_size) {
  const std::size_t room = 2 * text_size + kMoreRoom;
  if (room <= capacity_) return;
  capacity_ = 0;
  buffer_.reset(new char[room]);
  use_large_pages(buffer_.get(), room);
  capacity_ = room;
}

}  // namespace edgepack::json
