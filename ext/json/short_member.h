#pragma once
// Names of members that are compared as one word, and members of JSONB that one word has the
// headers of: most are such.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace edgepack::json {

/// What a member with a short label starts with, as the word that memory has there.
class ShortLabel {
 public:
  static constexpr std::size_t kLongest = 6;
  static constexpr std::size_t kWordSize = sizeof(std::uint64_t);

  /// No label at all, as is made of one that is longer.
  ShortLabel() = default;
  /// In JSON text: the label in quotes.
  static ShortLabel in_text(std::string_view label) noexcept {
    ShortLabel made(label, '"', 0xFF);
    if (label.size() <= kLongest) made.add(label.size() + 1, '"', 0xFF);
    return made;
  }
  /// In JSONB: a header with its size, of whatever type, and the label.
  static ShortLabel in_jsonb(std::string_view label) noexcept {
    constexpr unsigned kSizeBits = 0xF0;
    return ShortLabel(label, static_cast<unsigned char>(label.size() << 4), kSizeBits);
  }

  /// False when only the label itself can be compared.
  explicit operator bool() const noexcept {
    return mask_ != 0 && std::endian::native == std::endian::little;
  }
  /// Whether the kWordSize bytes at `text` start so. Not for none.
  bool is_at(const char* text) const noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    return is_start_of(word);
  }
  bool is_start_of(std::uint64_t word) const noexcept { return (word & mask_) == word_; }

 private:
  ShortLabel(std::string_view label, unsigned first, unsigned first_mask) noexcept {
    if (label.size() > kLongest) return;
    word_ = 0;
    add(0, first, first_mask);
    for (std::size_t i = 0; i < label.size(); ++i) {
      add(i + 1, static_cast<unsigned char>(label[i]), 0xFF);
    }
  }
  void add(std::size_t at, unsigned byte, unsigned mask) noexcept {
    word_ |= std::uint64_t{byte} << 8 * at;
    mask_ |= std::uint64_t{mask} << 8 * at;
  }

  std::uint64_t word_ = 1;  // which none is equal to without a mask
  std::uint64_t mask_ = 0;
};

/// By header: whether skip_short_members() can take it as that of a label, and as that of a value.
struct ShortHeaders {
  static constexpr std::uint8_t kSizeInside = 1;  ///< with a value of at most eleven bytes
  static constexpr std::uint8_t kSizeBehind = 2;  ///< with one whose size is in the next byte

  constexpr ShortHeaders() {
    for (unsigned header = 0; header < 256; ++header) {
      const unsigned size = header >> 4;
      const unsigned type = header & 0x0F;
      constexpr unsigned kText = 7;
      constexpr unsigned kTextRaw = 10;
      if ((type == kText || type == kTextRaw) && size <= ShortLabel::kLongest) {
        label[header] = size < ShortLabel::kLongest ? kSizeInside | kSizeBehind : kSizeInside;
      }
      constexpr unsigned kFalse = 2;
      constexpr unsigned kObject = 12;
      if (type <= kObject && size < kNextByte) value[header] = kSizeInside;
      if (type <= kObject && size == kNextByte && type > kFalse) value[header] = kSizeBehind;
    }
  }
  static constexpr unsigned kNextByte = 12;
  std::array<std::uint8_t, 256> label = {};
  std::array<std::uint8_t, 256> value = {};
};
inline constexpr ShortHeaders kShortHeaders;

/// Goes from member to member of an object, from `at` to at most `end`, as long as they are short
/// and do not have `label`. Where the next member is follows from two headers. Both are taken from
/// one word, since all that is behind them waits for it.
inline const char* skip_short_members(const char* at, const char* end,
                                      const ShortLabel& label) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint64_t word = 0;
    while (static_cast<std::size_t>(end - at) >= sizeof word) {
      std::memcpy(&word, at, sizeof word);
      const auto header = static_cast<std::uint8_t>(word);
      const std::uint64_t label_size = header >> 4;
      const std::uint64_t behind = word >> 8 >> (header >> 1 & 0x38);
      const auto value = static_cast<std::uint8_t>(behind);
      if ((kShortHeaders.label[header] & kShortHeaders.value[value]) == 0 ||
          label.is_start_of(word)) {
        break;
      }
      const std::uint64_t size = value >> 4;
      const std::uint64_t size_behind = (behind >> 8 & 0xFF) + 1;
      const char* const next =
          at + 2 + label_size + (size == ShortHeaders::kNextByte ? size_behind : size);
      if (next > end) break;
      at = next;
    }
  }
  return at;
}

}  // namespace edgepack::json
