#include "serve/position.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <random>

namespace edgepack::serve {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

std::string to_hex(std::uint64_t value) {
  std::array<char, kDigits + 1> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != kDigits || !std::all_of(text.begin(), text.end(), is_digit)) return {};
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::string bookmark(const Position& position) {
  return to_hex(position.log) + '-' + to_hex(position.txid);
}

std::string to_text(const Position& position) {
  return bookmark(position) + '-' + to_hex(position.checksum);
}

std::optional<Position> parse_bookmark(std::string_view text) {
  if (text.size() != 2 * kDigits + 1 || text[kDigits] != '-') return {};
  const auto log = parse_hex(text.substr(0, kDigits));
  const auto txid = parse_hex(text.substr(kDigits + 1));
  if (!log || !txid) return {};
  return Position{.log = *log, .txid = *txid};
}

std::optional<Position> parse_position(std::string_view text) {
  constexpr std::size_t kBookmark = 2 * kDigits + 1;
  if (text.size() != kBookmark + 1 + kDigits || text[kBookmark] != '-') return {};
  auto position = parse_bookmark(text.substr(0, kBookmark));
  const auto checksum = parse_hex(text.substr(kBookmark + 1));
  if (!position || !checksum) return {};
  position->checksum = *checksum;
  return position;
}

std::int64_t now_ms() {
  using std::chrono::duration_cast;
  return duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::uint64_t new_log(std::uint64_t previous) {
  const auto random = static_cast<std::uint64_t>(std::random_device()() & 0xffff);
  return std::max(static_cast<std::uint64_t>(now_ms()) << 16 | random, previous + 1);
}

}  // namespace edgepack::serve
