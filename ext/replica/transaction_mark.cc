#include "replica/transaction_mark.h"

#include <algorithm>
#include <charconv>

namespace edgepack::replica {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

std::string to_hex(std::uint64_t value) {
  std::string text(kDigits, '0');
  for (std::size_t i = kDigits; value != 0; value >>= 4) text[--i] = "0123456789abcdef"[value & 15];
  return text;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != kDigits || !std::ranges::all_of(text, is_digit)) return {};
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::string bookmark_of(const TransactionMark& mark) {
  return to_hex(mark.log) + '-' + to_hex(mark.txid);
}

std::string to_text(const TransactionMark& mark) {
  return bookmark_of(mark) + '-' + to_hex(mark.checksum);
}

std::optional<TransactionMark> parse_bookmark(std::string_view text) {
  if (text.size() != 2 * kDigits + 1 || text[kDigits] != '-') return {};
  const auto log = parse_hex(text.substr(0, kDigits));
  const auto txid = parse_hex(text.substr(kDigits + 1));
  if (!log || !txid) return {};
  return TransactionMark{.log = *log, .txid = *txid};
}

std::optional<TransactionMark> parse_transaction_mark(std::string_view text) {
  constexpr std::size_t kBookmark = 2 * kDigits + 1;
  if (text.size() != kBookmark + 1 + kDigits || text[kBookmark] != '-') return {};
  auto mark = parse_bookmark(text.substr(0, kBookmark));
  const auto checksum = parse_hex(text.substr(kBookmark + 1));
  if (!mark || !checksum) return {};
  mark->checksum = *checksum;
  return mark;
}

}  // namespace edgepack::replica
