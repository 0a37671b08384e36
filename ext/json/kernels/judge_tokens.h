// The second half of the scanner: the grammar, on the first bytes of tokens. A template over one
// instruction set; no include guard: scanner_of_isa.h includes this once for each.
//
// A token is judged by the one before it and by what the innermost container is. Both are masks, so
// that 64 tokens are judged at once; only brackets are taken one by one.

#include <bit>

namespace edgepack::json::kernels {
namespace {

class TokenJudge {
 public:
  explicit TokenJudge(Scan& scan) : scan_(scan), carry_(scan.token_carry), depth_(scan.depth) {}

  void save() {
    scan_.token_carry = carry_;
    scan_.depth = depth_;
  }

  /// Judges the tokens from number `first` on, `count` of them: 64 unless they are the last. False
  /// when they are not JSON.
  bool take(const Isa::Bytes& kinds, std::uint32_t first, std::size_t count) {
    const Bits all = ~Bits{0} >> (kBlock - count);
    const Bits open = kinds.equal_folded('{') & all;
    const Bits close = kinds.equal_folded('}') & all;
    const Bits colon = kinds.equal(':');
    const Bits comma = kinds.equal(',');
    const Bits string = kinds.equal('"');
    const Bits scalar = all & ~(open | close | colon | comma | string);
    const Bits value = open | string | scalar;
    Bits in_object = carry_.in_object;
    if (!match_brackets(open, open | close, first, &in_object)) return false;

    const Bits after_open = behind(open, &carry_.after_open);
    const Bits after_comma = behind(comma, &carry_.after_comma);
    const Bits after_colon = behind(colon, &carry_.after_colon);
    const Bits starts_child = after_open | after_comma;
    const Bits key = starts_child & in_object & string;
    const Bits after_key = behind(key, &carry_.after_key);
    const Bits after_value = ~(starts_child | after_colon | after_key);
    const Bits allowed = key | (value & starts_child & ~in_object) | (close & after_open) |
                         (value & after_colon) | (colon & after_key) |
                         ((comma | close) & after_value);
    return (all & ~allowed) == 0;
  }

 private:
  /// Joins opening and closing brackets, and says which tokens are directly in an object.
  bool match_brackets(Bits open, Bits brackets, std::uint32_t first, Bits* in_object) {
    const char* const kinds = scan_.kinds;
    std::uint32_t* const stack = scan_.open;
    std::uint32_t depth = depth_;
    Bits kind = carry_.in_object;
    for (; brackets != 0; brackets &= brackets - 1) {
      const Bits bit = brackets & (0 - brackets);
      const std::uint32_t token = first + static_cast<std::uint32_t>(std::countr_zero(brackets));
      Bits new_kind = 0;
      if ((open & bit) != 0) {
        if (depth == kMaxDepth) return false;
        stack[depth++] = token;
        new_kind = kind_of(kinds[token]);
      } else {
        // ASCII has each closing bracket two behind the opening one.
        if (depth == 0 || kinds[stack[depth - 1]] + 2 != kinds[token]) return false;
        scan_.closers[stack[--depth]] = token;
        if (depth > 0) new_kind = kind_of(kinds[stack[depth - 1]]);
      }
      *in_object ^= (kind ^ new_kind) & ~(bit | (bit - 1));  // for what follows the bracket
      kind = new_kind;
    }
    carry_.in_object = kind;
    depth_ = depth;
    return true;
  }

  /// All ones for the bracket of an object.
  static Bits kind_of(char bracket) { return 0 - (static_cast<Bits>(bracket) >> 5 & 1); }

  Scan& scan_;
  TokenCarry carry_;
  std::uint32_t depth_;
};

}  // namespace
}  // namespace edgepack::json::kernels
