#pragma once
// States of a served database, and their texts (docs/http.md, "Names").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgepack::replica {

/// One state: the history that it belongs to, the transaction that led to it, and the checksum of
/// all pages afterwards.
struct TransactionMark {
  std::uint64_t log = 0;
  std::uint64_t txid = 0;
  std::uint64_t checksum = 0;

  bool operator==(const TransactionMark&) const = default;
};

/// `LOG-TXID-CHECKSUM`, and its beginning `LOG-TXID`.
std::string to_text(const TransactionMark& mark);
std::string bookmark_of(const TransactionMark& mark);

/// Nothing unless `text` is one.
std::optional<TransactionMark> parse_transaction_mark(std::string_view text);
/// The same for a bookmark; the checksum is 0.
std::optional<TransactionMark> parse_bookmark(std::string_view text);

/// 16 hexadecimal digits, lower case.
std::string to_hex(std::uint64_t value);
std::optional<std::uint64_t> parse_hex(std::string_view text);

}  // namespace edgepack::replica
