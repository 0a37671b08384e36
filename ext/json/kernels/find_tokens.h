// The first half of the scanner, from text to tokens, as a template over one instruction set. No
// include guard: scanner_of_isa.h includes this once for each.
//
// The masks are those of Langdale and Lemire, "Parsing gigabytes of JSON per second" (VLDB Journal
// 28, 2019): strings are found by the parity of their quotes, the end of a run of backslashes by
// the carry of an addition.

#include <bit>

namespace edgepack::json::kernels {
namespace {

class TokenFinder {
 public:
  explicit TokenFinder(Scan& scan)
      : scan_(scan),
        starts_(scan.starts),
        kinds_(scan.kinds),
        scalars_(scan.scalars),
        carry_(scan.text_carry),
        count_(scan.count),
        scalar_bytes_(scan.scalar_bytes),
        escapes_(scan.escapes) {}

  void save() {
    scan_.text_carry = carry_;
    scan_.count = count_;
    scan_.scalar_bytes = scalar_bytes_;
    scan_.escapes = escapes_;
    scan_.non_ascii |= non_ascii_;
    scan_.spaces |= spaces_;
  }

  /// Takes the block at `offset`, whose bytes in `text` are of the text, and the others blanks.
  /// What is wrong with bytes, not with tokens, stays in has_faults(): escape sequences that are
  /// none, and control characters that are no white space or in strings.
  void take(const Isa::Bytes& bytes, std::size_t offset, Bits text) {
    const Bits backslash = bytes.equal('\\');
    Bits escaped = 0;
    if ((backslash | carry_.is_escaped | carry_.hex_digits_due) != 0) {
      escapes_ |= backslash;
      escaped = find_escaped(backslash);
      faults_ |= judge_escapes(bytes, escaped & ~backslash);
    }
    const Bits quote = bytes.equal('"') & ~escaped;
    // From each opening quote to the byte before the closing one.
    const Bits inside = Isa::prefix_xor(quote) ^ carry_.in_string;
    carry_.in_string = 0 - (inside >> 63);
    const Bits outside = ~(inside | quote);
    const Bits space = bytes.spaces() & outside;
    const Bits mark = bytes.marks() & outside;
    const Bits scalar = outside & ~(space | mark);
    const Bits behind_scalar = behind(scalar, &carry_.in_scalar);
    const Bits first_of_scalar = scalar & ~behind_scalar;
    spaces_ |= space & text;
    faults_ |= bytes.controls() & ~space;
    non_ascii_ |= bytes.non_ascii();
    const Bits tokens = mark | (quote & inside) | first_of_scalar;
    bytes.store_chosen(tokens, static_cast<std::uint32_t>(offset), starts_ + count_,
                       kinds_ + count_);
    count_ += static_cast<std::uint32_t>(std::popcount(tokens));
    // Each number and name with the byte behind it.
    const Bits kept = (scalar | behind_scalar) & text;
    bytes.store_runs(kept, offset + 2 * kBlock <= scan_.size, scalars_ + scalar_bytes_);
    scalar_bytes_ += static_cast<std::uint32_t>(std::popcount(kept));
  }

  /// Behind a number or a name that the text ends with there is no byte.
  void end() {
    if (scalar_bytes_ != 0) scalars_[scalar_bytes_++] = ' ';
  }

  bool has_faults() const { return faults_ != 0; }
  bool ends_in_string() const { return carry_.in_string != 0; }

 private:
  /// The bytes that a backslash stands before, if it is not itself one of them.
  Bits find_escaped(Bits backslash) {
    constexpr Bits kEven = 0x5555555555555555;
    const Bits goes_on = carry_.is_escaped;
    const Bits runs = backslash & ~goes_on;
    const Bits first = runs & ~(runs << 1);
    // In a run that starts at an even byte, the even ones escape; and the other way round.
    Bits ignored = 0;
    const Bits even_runs = runs & ~add(runs, first & kEven, &ignored);
    const Bits odd_runs = runs & ~add(runs, first & ~kEven, &carry_.is_escaped);
    return goes_on | ((even_runs & kEven) | (odd_runs & ~kEven)) << 1;
  }

  /// What is wrong in escape sequences; `letters` follow a backslash and are none.
  Bits judge_escapes(const Isa::Bytes& bytes, Bits letters) {
    const Bits unit = bytes.equal('u') & letters;
    const Bits others = bytes.equal('"') | bytes.equal('/') | bytes.equal('b') | bytes.equal('f') |
                        bytes.equal('n') | bytes.equal('r') | bytes.equal('t');
    const Bits due = carry_.hex_digits_due | unit << 1 | unit << 2 | unit << 3 | unit << 4;
    carry_.hex_digits_due = unit >> 63 | unit >> 62 | unit >> 61 | unit >> 60;
    return (letters & ~(unit | others)) | (due & ~bytes.hex_digits());
  }

  Scan& scan_;
  std::uint32_t* const starts_;
  char* const kinds_;
  char* const scalars_;
  TextCarry carry_;
  std::uint32_t count_;
  std::uint32_t scalar_bytes_;
  Bits escapes_;
  Bits non_ascii_ = 0;
  Bits spaces_ = 0;
  Bits faults_ = 0;
};

}  // namespace
}  // namespace edgepack::json::kernels
