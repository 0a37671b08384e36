#pragma once
// Positions in a served database: the rules of their ids (docs/serve-format.md).

#include <cstdint>

#include "replica/transaction_mark.h"

namespace edgepack::serve {

using Position = replica::TransactionMark;
using replica::parse_bookmark;
using replica::parse_hex;
using replica::parse_transaction_mark;
using replica::to_hex;

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
