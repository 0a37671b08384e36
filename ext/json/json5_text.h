#pragma once
// What JSON5 text is made of, read and written as JSON writes it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "json/lexical.h"
#include "json/patience.h"

namespace edgepack::json {

/// Reads the text of JSON5 in one direction, and writes JSON text as it goes: names, scalars, white
/// space and comments. What stands where is for those who derive from this. Each read_* is called
/// with `at_` on the first byte and goes behind the last; false when it is not what it should be or
/// only the host can say what it means.
class Json5Text {
 public:
  /// Room that is needed behind twice the bytes of the text.
  static constexpr std::size_t kMoreRoom = 64;

  /// What was written.
  std::string_view written() const noexcept {
    return {out_begin_, static_cast<std::size_t>(out_ - out_begin_)};
  }
  /// True when every name, string and number was written with the bytes that it has in the JSONB
  /// that SQLite makes of the text.
  bool keeps_scalars() const noexcept { return keeps_scalars_; }

 protected:
  /// `text` must be followed by a NUL byte.
  Json5Text(std::string_view text, char* out, Patience* patience) noexcept
      : begin_(text.data()),
        at_(begin_),
        end_(begin_ + text.size()),
        out_begin_(out),
        out_(out),
        patience_(patience) {}

  std::size_t read() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  /// Asks now and then whether the statement was interrupted: often, because memory that is new
  /// takes long, and text and tokens are written at once. True when it did.
  bool note_read() {
    constexpr std::size_t kStepsPerByte = 2;
    if (read() - noted_ < kBytesBetween || patience_ == nullptr) return false;
    patience_->spend((read() - noted_) * kStepsPerByte);
    noted_ = read();
    return true;
  }
  void skip_space() {
    if (*at_ == ' ') ++at_;  // most often there is one
    const auto c = static_cast<unsigned char>(*at_);
    if (c <= ' ' || c >= 0x80 || c == '/') skip_all_space();
  }
  /// A key without quotes.
  bool read_name();
  bool read_string();
  bool read_scalar();

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

  const char* const begin_;
  const char* at_;
  const char* const end_;
  char* const out_begin_;
  char* out_;
  Patience* const patience_;
  bool keeps_scalars_ = true;
  bool has_escapes_ = false;

 private:
  static constexpr std::size_t kBytesBetween = 4096;
  static constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;

  /// Goes over the bytes for which `goes_on` is true; it is not for NUL.
  template <class Test>
  void skip_while(Test goes_on) {
    for (;; note_read()) {
      const char* const end = at_ + std::min(kBytesBetween, static_cast<std::size_t>(end_ - at_));
      while (at_ < end && goes_on(*at_)) ++at_;
      if (at_ < end || at_ == end_) return;
    }
  }
  void skip_all_space();
  bool skip_comment();
  bool skip_escapes() noexcept;
  bool read_number();
  template <std::size_t kWord, std::size_t kJson>
  bool read_word(const char (&word)[kWord], const char (&json)[kJson]);
  /// Takes what a function of json5_scalars.h wrote.
  bool put_changed(char* written) noexcept {
    keeps_scalars_ = false;
    has_escapes_ = true;  // perhaps
    if (written != nullptr) out_ = written;
    return written != nullptr;
  }

  std::size_t noted_ = 0;  // bytes
};

}  // namespace edgepack::json
