#pragma once
// Positions in a served database (docs/http.md, "Names").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgepack::serve {

/// One state: the history that it belongs to, a transaction of it, the checksum after that.
struct Position {
  std::uint64_t log = 0;
  std::uint64_t txid = 0;
  std::uint64_t checksum = 0;

  bool operator==(const Position&) const = default;
};

/// `LOG-TXID-CHECKSUM`, and its beginning `LOG-TXID`.
std::string to_text(const Position& position);
std::string bookmark(const Position& position);

/// Nothing unless `text` is one.
std::optional<Position> parse_position(std::string_view text);
/// The same for a bookmark; the checksum is 0.
std::optional<Position> parse_bookmark(std::string_view text);

/// 16 hexadecimal digits.
std::string to_hex(std::uint64_t value);
std::optional<std::uint64_t> parse_hex(std::string_view text);

/// Transaction ids of a log begin here; 1 is the beginning of snapshots.
inline constexpr std::uint64_t kFirstTxid = std::uint64_t{1} << 20;

/// An id behind every one that could have been counted from `txid` on in what was missed.
inline constexpr std::uint64_t jump_from(std::uint64_t txid) {
  return (txid / kFirstTxid + 2) * kFirstTxid;
}

/// The id of a log that begins now, larger than `previous`.
std::uint64_t new_log(std::uint64_t previous);

/// Ms since 1970.
std::int64_t now_ms();

}  // namespace edgepack::serve
