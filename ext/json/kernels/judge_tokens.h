// The second half of the scanner: the grammar, on the first bytes of tokens. A template over one
// instruction set; no include guard: scanner_of_isa.h includes this once for each.
//
// A token is judged by the ones beside it and by what the innermost container is. All are masks, so
// that some 60 tokens are judged at once; only to join brackets they are taken one by one.

#include <bit>

namespace edgepack::json::kernels {
namespace {

class TokenJudge {
 public:
  /// How many tokens are judged at once, unless they are the last: the block has the one before
  /// them and the three behind them, too.
  static constexpr std::size_t kStep = kBlock - 4;

  explicit TokenJudge(Scan& scan)
      : scan_(scan), starts_in_object_(scan.in_object), depth_(scan.depth) {}

  void save() {
    scan_.in_object = starts_in_object_;
    scan_.depth = depth_;
  }

  /// Judges `count` tokens from number `first` on: kStep, or those that are left, fewer than
  /// kBlock. `kinds` are that of the token before them, theirs, and those behind; blanks behind the
  /// last. False when they are not JSON.
  bool take(const Isa::Bytes& kinds, std::uint32_t first, std::size_t count) {
    const Bits judged = ~Bits{0} >> (kBlock - count) << 1;
    const Bits open = kinds.equal_folded('{');
    const Bits close = kinds.equal_folded('}');
    const Bits curly = kinds.lower_case();
    const Bits colon = kinds.equal(':');
    const Bits comma = kinds.equal(',');
    const Bits string = kinds.equal('"');
    const Bits value = ~(close | comma | colon);
    const Bits key = string & colon >> 1;

    // What follows the end of a container says what that one is in.
    const Bits end_of_member = (comma & key >> 1) | (close & curly);
    const Bits object_follows = ((open & curly) | (close & end_of_member >> 1)) & judged;
    const Bits in_object = find_in_object(open | close, object_follows, count);

    const Bits starts_child = open | comma;
    const Bits is_wrong = ((value ^ (starts_child | colon) << 1) & ~(close & open << 1)) |
                          (key ^ (value & in_object & starts_child << 1)) |
                          (colon & ~(string << 1)) | (close & (curly ^ in_object));
    return (is_wrong & judged) == 0 &&
           match_brackets(open & judged, close & judged, first - 1, in_object, object_follows);
  }

 private:
  /// The tokens that are directly in an object: those behind a bracket that one follows, up to and
  /// including the next bracket. An addition changes just these: its carry runs that far.
  Bits find_in_object(Bits brackets, Bits object_follows, std::size_t count) {
    const Bits others = ~brackets;
    const Bits in_object = others ^ (others + ((object_follows | starts_in_object_) << 1));
    starts_in_object_ = in_object >> count >> 1 & 1;
    return in_object;
  }

  /// Joins opening and closing brackets. True when each closing one has one to close, and what is
  /// before and behind both is in containers of one kind: then the two are of one kind, too. Most
  /// have their partner in the block. `base` is the number of the token of bit 0.
  bool match_brackets(Bits open, Bits close, std::uint32_t base, Bits in_object,
                      Bits object_follows) {
    if (depth_ + static_cast<std::uint32_t>(std::popcount(open)) > kMaxDepth &&
        find_depth(open, close) > kMaxDepth) {
      return false;
    }
    std::uint32_t* const closers = scan_.closers;
    std::uint32_t* const stack = scan_.open;
    std::uint32_t depth = depth_;
    Bits unequal = 0;
    for (; close != 0; close &= close - 1) {
      const auto closer = static_cast<std::uint32_t>(std::countr_zero(close));
      const Bits before = open & (close ^ (close - 1));
      if (before != 0) {
        const auto opener = 63 - static_cast<std::uint32_t>(std::countl_zero(before));
        open ^= Bits{1} << opener;
        closers[base + opener] = base + closer;
        unequal |= in_object >> opener ^ object_follows >> closer;
      } else {
        if (depth == 0) return false;
        const std::uint32_t opener = stack[--depth];
        closers[opener >> 1] = base + closer;
        unequal |= opener ^ object_follows >> closer;
      }
    }
    for (; open != 0; open &= open - 1) {  // those that the block does not close
      const auto opener = static_cast<std::uint32_t>(std::countr_zero(open));
      stack[depth++] = (base + opener) << 1 | static_cast<std::uint32_t>(in_object >> opener & 1);
    }
    depth_ = depth;
    return (unequal & 1) == 0;
  }

  /// The most containers that are open at once.
  std::uint32_t find_depth(Bits open, Bits close) const {
    std::uint32_t depth = depth_;
    std::uint32_t most = depth;
    for (Bits brackets = open | close; brackets != 0; brackets &= brackets - 1) {
      if ((open & brackets & (0 - brackets)) != 0) {
        if (++depth > most) most = depth;
      } else if (depth-- == 0) {
        break;  // it will be refused
      }
    }
    return most;
  }

  Scan& scan_;
  Bits starts_in_object_;  // 1 if the next token is directly in an object
  std::uint32_t depth_;
};

}  // namespace
}  // namespace edgepack::json::kernels
