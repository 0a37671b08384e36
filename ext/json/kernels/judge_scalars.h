// Judging numbers and names, 64 bytes at a time. A template over one instruction set; no include
// guard: scanner_of_isa.h includes this once for each.
//
// The bytes of all numbers and names of a piece stand side by side in Scan::scalars, each with the
// byte that ended it. A block starts where one of them starts and is judged as far as it has the
// end of one, so that nothing is carried from block to block. A run of digits ends where the carry
// of an addition does.

#include <bit>
#include <cstring>

namespace edgepack::json::kernels {
namespace {

/// The bytes of the names true, false and null that are in a block; `starts` are the first bytes of
/// numbers and names, `ends` the bytes behind them.
inline Bits find_names(const Isa::Bytes& bytes, Bits starts, Bits ends) {
  const Bits e = bytes.equal('e');
  const Bits l = bytes.equal('l');
  const Bits u = bytes.equal('u');
  const Bits is_true = bytes.equal('t') & bytes.equal('r') >> 1 & u >> 2 & e >> 3;
  const Bits is_null = bytes.equal('n') & u >> 1 & l >> 2 & l >> 3;
  const Bits is_false = bytes.equal('f') & bytes.equal('a') >> 1 & l >> 2 & bytes.equal('s') >> 3 &
                        e >> 4 & ends >> 5 & starts;
  const Bits first = ((is_true | is_null) & ends >> 4 & starts) | is_false;
  const Bits two = first | first << 1;
  return two | two << 2 | is_false << 4;
}

/// Zero if all of `numbers`, whose first bytes are `starts`, are numbers by RFC 8259.
inline Bits find_faults(const Isa::Bytes& bytes, Bits numbers, Bits starts) {
  const Bits digit = bytes.digits() & numbers;
  const Bits point = bytes.equal('.') & numbers;
  const Bits minus = bytes.equal('-') & numbers;
  const Bits first_sign = minus & starts;
  const Bits whole = (starts & ~minus) | first_sign << 1;
  const Bits behind_whole = (digit + (whole & digit)) & ~digit;
  const Bits fraction = point << 1;
  const Bits superfluous_zero = (whole & bytes.equal('0')) << 1 & digit;
  const Bits faults = ((whole | fraction) & ~digit) | superfluous_zero | (point & ~behind_whole);
  const Bits others = numbers & ~(digit | point | first_sign);
  if (others == 0) return faults;
  const Bits exponent = bytes.equal_folded('e') & others;
  const Bits sign = (minus | bytes.equal('+')) & others;
  const Bits behind_fraction = (digit + (fraction & digit)) & ~digit;
  const Bits behind_exponent = exponent << 1;
  const Bits power = (behind_exponent & ~sign) | (behind_exponent & sign) << 1;
  return faults | (power & ~digit) | (exponent & ~(behind_whole | behind_fraction)) |
         (sign & ~behind_exponent) | (others & ~(exponent | sign));
}

/// Judges what is whole in scan.scalars and takes it away.
inline void judge_scalars(Scan& scan) {
  std::size_t begin = 0;
  Bits faults = 0;
  while (begin < scan.scalar_bytes) {
    const Isa::Bytes bytes(scan.scalars + begin);
    const std::size_t left = scan.scalar_bytes - begin;
    const Bits ends = (bytes.spaces() | bytes.marks() | bytes.equal('"')) &
                      (left < kBlock ? (Bits{1} << left) - 1 : ~Bits{0});
    if (ends == 0) {
      if (left < kBlock) break;
      scan.has_long_scalar = true;
      begin += kBlock;
      continue;
    }
    const int last = 63 - std::countl_zero(ends);
    const Bits all = ~Bits{0} >> (63 - last);
    const Bits starts = (ends << 1 | 1) & ~ends & all;
    const Bits numbers = all & ~(ends | find_names(bytes, starts, ends));
    faults |= find_faults(bytes, numbers, starts & numbers);
    begin += static_cast<std::size_t>(last) + 1;
  }
  scan.scalar_bytes -= static_cast<std::uint32_t>(begin);
  if (scan.scalar_bytes > 0) std::memmove(scan.scalars, scan.scalars + begin, scan.scalar_bytes);
  scan.has_wrong_scalar |= faults != 0;
}

}  // namespace
}  // namespace edgepack::json::kernels
