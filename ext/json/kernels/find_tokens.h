// The first half of the scanner, from text to tokens, as a template over one instruction set. No
// include guard: scanner_of_isa.h includes this once for each.
//
// The masks are those of Langdale and Lemire, "Parsing gigabytes of JSON per second" (VLDB Journal
// 28, 2019): strings are found by the parity of their quotes. Which backslashes escape is found by
// one subtraction, as simdjson's json_escape_scanner does it.

#include <bit>

namespace edgepack::json::kernels {
namespace {

/// The bytes that a backslash stands before, if it is not itself one of them. `*is_escaped` is the
/// carry of TextCarry.
inline Bits find_escaped(Bits backslash, Bits* is_escaped) {
  constexpr Bits kOdd = 0xAAAAAAAAAAAAAAAA;
  const Bits goes_on = *is_escaped;
  const Bits runs = backslash & ~goes_on;
  // Every other byte of a run escapes, from its first on; the borrow tells whether those are the
  // odd ones. Set too: the byte behind the run, if the last of the run escapes.
  const Bits escaping = ((runs << 1 | kOdd) - runs) ^ kOdd;
  *is_escaped = (escaping & backslash) >> 63;
  return escaping ^ (backslash | goes_on);
}

/// What is wrong in escape sequences; `letters` follow a backslash and are none.
inline Bits judge_escapes(const Isa::Bytes& bytes, Bits letters, Bits* hex_digits_due) {
  const Bits others = letters & ~bytes.escape_letters();
  const Bits unit = bytes.equal('u') & others;
  const Bits due = *hex_digits_due | unit << 1 | unit << 2 | unit << 3 | unit << 4;
  *hex_digits_due = unit >> 63 | unit >> 62 | unit >> 61 | unit >> 60;
  return (others ^ unit) | (due & ~bytes.hex_digits());
}

class TokenFinder {
 public:
  explicit TokenFinder(Scan& scan)
      : scan_(scan),
        starts_(scan.starts + scan.count),
        kinds_(scan.kinds + scan.count),
        scalars_(scan.scalars + scan.scalar_bytes),
        in_string_(scan.text_carry.in_string),
        in_scalar_(scan.text_carry.in_scalar) {}

  void save() {
    scan_.text_carry.in_string = in_string_;
    scan_.text_carry.in_scalar = in_scalar_;
    scan_.count = static_cast<std::uint32_t>(kinds_ - scan_.kinds);
    scan_.scalar_bytes = static_cast<std::uint32_t>(scalars_ - scan_.scalars);
    scan_.non_ascii |= seen_.non_ascii();
    scan_.spaces |= spaces_;
    scan_.faults |= faults_;
  }

  /// Takes the block at `offset`, whose bytes in `text` are of the text, and the others blanks.
  /// What is wrong with bytes, not with tokens, stays in has_faults(): escape sequences that are
  /// none, and control characters that are no white space or in strings.
  void take(const Isa::Bytes& bytes, std::size_t offset, Bits text) {
    const Bits backslash = bytes.equal('\\');
    Bits quote = bytes.equal('"');
    if ((backslash | scan_.text_carry.escape) != 0) {
      quote &= ~take_escapes(scan_, bytes, backslash);
    }
    // From each opening quote to the byte before the closing one.
    const Bits inside = Isa::prefix_xor(quote) ^ in_string_;
    in_string_ = 0 - (inside >> 63);
    const Bits outside = ~(inside | quote);
    const Bits space = bytes.spaces() & outside;
    const Bits mark = bytes.marks() & outside;
    const Bits scalar = outside & ~(space | mark);
    const Bits behind_scalar = behind(scalar, &in_scalar_);
    const Bits first_of_scalar = scalar & ~behind_scalar;
    spaces_ |= space & text;
    faults_ |= bytes.controls() & ~space;
    seen_.unite(bytes);
    const Bits tokens = mark | (quote & inside) | first_of_scalar;
    bytes.store_chosen(tokens, static_cast<std::uint32_t>(offset), starts_, kinds_);
    starts_ += std::popcount(tokens);
    kinds_ += std::popcount(tokens);
    // Each number and name with the byte behind it.
    const Bits kept = (scalar | behind_scalar) & text;
    bytes.store_runs(kept, offset + 2 * kBlock <= scan_.size, scalars_);
    scalars_ += std::popcount(kept);
  }

  /// Behind a number or a name that the text ends with there is no byte.
  void end() {
    if (scalars_ != scan_.scalars) *scalars_++ = ' ';
  }

  bool has_faults() const { return (faults_ | scan_.faults) != 0; }
  bool ends_in_string() const { return in_string_ != 0; }

 private:
  /// The bytes that are escaped. Most texts have few: what this needs is kept out of the registers.
  [[gnu::noinline]] static Bits take_escapes(Scan& scan, Isa::Bytes bytes, Bits backslash) {
    TextCarry& carry = scan.text_carry;
    scan.escapes |= backslash;
    Bits is_escaped = carry.escape & 1;
    Bits hex_digits_due = carry.escape >> 1;
    const Bits escaped = find_escaped(backslash, &is_escaped);
    scan.faults |= judge_escapes(bytes, escaped & ~backslash, &hex_digits_due);
    carry.escape = is_escaped | hex_digits_due << 1;
    return escaped;
  }

  Scan& scan_;
  std::uint32_t* starts_;  // behind those that were found
  char* kinds_;
  char* scalars_;
  Bits in_string_;
  Bits in_scalar_;
  Isa::Bytes seen_;  // each bit that a byte has
  Bits spaces_ = 0;
  Bits faults_ = 0;
};

}  // namespace
}  // namespace edgepack::json::kernels
