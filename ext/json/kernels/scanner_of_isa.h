// The scanner as a template over one instruction set. No include guard: each file that is compiled
// for an instruction set includes this once, after defining `Isa`:
//
//   Isa::Bytes(p)                64 bytes at p
//   Isa::Bytes(p, n)             n bytes at p, fewer than 64, and blanks behind them
//   Isa::Bytes()                 64 zeros
//   unite(bytes)                 sets the bits that the others have
//   equal(c)                     mask of the bytes that are c
//   equal_folded(c)              ... that are c when bit 0x20 is set in them
//   spaces(), controls(), hex_digits(), non_ascii()
//                                ... that are white space, below 0x20, hexadecimal digits, from
//                                0x80 on
//   marks()                      ... that are brackets, colons and commas, and perhaps some below
//                                0x20: the judge finds that those are no tokens
//   escape_letters()             ... that may stand behind a backslash, but for that one and u
//   digits()                     ... that are decimal digits
//   lower_case()                 ... that have bit 0x20: curly ones among brackets
//   store_chosen(mask, offset, positions, chosen)
//                                writes the numbers of the bits in mask, plus offset, and their
//                                bytes; may write up to kBlock elements more than there are
//   store_runs(mask, has_room, chosen)
//                                writes the bytes of the bits in mask; may write up to kBlock more
//                                than there are, and read up to kBlock more if has_room
//   Isa::prefix_xor(mask)        bit i is the parity of bits 0 to i

#include <string_view>

#include "json/kernels/bits.h"
#include "json/kernels/scalars.h"
//
#include "json/kernels/find_tokens.h"
#include "json/kernels/judge_scalars.h"
#include "json/kernels/judge_tokens.h"

namespace edgepack::json::kernels {
namespace {

bool find_tokens(Scan& scan, std::size_t begin, std::size_t end) {
  TokenFinder finder(scan);
  const char* const text = scan.text;  // what is written might alias it
  std::size_t offset = begin;
  for (; offset + kBlock <= end; offset += kBlock) {
    finder.take(Isa::Bytes(text + offset), offset, ~Bits{0});
  }
  if (const std::size_t left = end - offset; left > 0) {
    finder.take(Isa::Bytes(text + offset, left), offset, (Bits{1} << left) - 1);
  }
  if (end == scan.size) finder.end();
  finder.save();
  return !finder.has_faults() && (end < scan.size || !finder.ends_in_string());
}

bool judge_tokens(Scan& scan, bool is_last) {
  TokenJudge judge(scan);
  const char* const before = scan.kinds - 1;
  for (; scan.count - scan.judged >= kBlock; scan.judged += TokenJudge::kStep) {
    if (!judge.take(Isa::Bytes(before + scan.judged), scan.judged, TokenJudge::kStep)) return false;
  }
  if (is_last && scan.judged < scan.count) {
    const std::size_t left = scan.count - scan.judged;
    const Isa::Bytes kinds = left + 1 == kBlock ? Isa::Bytes(before + scan.judged)
                                                : Isa::Bytes(before + scan.judged, left + 1);
    if (!judge.take(kinds, scan.judged, left)) return false;
  }
  judge.save();
  return true;
}

/// The root is the only value, and ends the text.
bool has_one_root(const Scan& scan) {
  if (scan.count == 0 || scan.depth != 0) return false;
  const bool is_container = (scan.kinds[0] | 0x20) == '{';
  return scan.count - 1 == (is_container ? scan.closers[0] : 0);
}

/// Judges the numbers and names of the whole text one by one.
bool has_valid_scalars(const Scan& scan) {
  constexpr std::string_view kOthers = "{}[]:,\"";
  for (std::uint32_t token = 0; token < scan.count; ++token) {
    const bool is_other = kOthers.find(scan.kinds[token]) != std::string_view::npos;
    if (!is_other && !is_scalar(scan.text + scan.starts[token], scan.text + scan.size))
      return false;
  }
  return true;
}

bool scan_piece(Scan& scan, std::size_t begin, std::size_t end) {
  const bool is_last = end == scan.size;
  if (!find_tokens(scan, begin, end) || !judge_tokens(scan, is_last)) return false;
  judge_scalars(scan);
  // What judge_scalars() says of a text with a longer number than a block is worth nothing.
  if (scan.has_wrong_scalar && !scan.has_long_scalar) return false;
  return !is_last || (has_one_root(scan) && (!scan.has_long_scalar || has_valid_scalars(scan)));
}

}  // namespace
}  // namespace edgepack::json::kernels
