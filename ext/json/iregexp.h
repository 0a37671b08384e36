#pragma once
// I-Regexp, the interoperable regular expressions of RFC 9485.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "json/patience.h"
#include "json/unicode_category.h"

namespace edgepack::json {

/// A set of code points.
class CodePointSet {
 public:
  /// `ranges` in any order; the set of all others when `negated`.
  explicit CodePointSet(std::vector<CodePointRange> ranges, bool negated = false);

  bool contains(std::uint32_t code) const noexcept {
    return code < 128 ? (ascii_[code >> 6] >> (code & 63) & 1) != 0 : contains_beyond_ascii(code);
  }
  const std::vector<CodePointRange>& ranges() const noexcept { return ranges_; }

 private:
  bool contains_beyond_ascii(std::uint32_t code) const noexcept;

  std::vector<CodePointRange> ranges_;  // in order, apart from one another
  std::array<std::uint64_t, 2> ascii_{};
};

/// An instruction of a compiled expression.
struct RegexpInstruction {
  enum class Kind : std::uint8_t {
    kSet,    ///< takes one character of set `target`, then goes on
    kJump,   ///< goes to `target`
    kSplit,  ///< goes on and to `target`
    kStart,  ///< goes on at the start of the text
    kEnd,    ///< goes on at the end of the text
    kMatch,
  };
  Kind kind;
  std::uint32_t target = 0;
};

/// A compiled expression. Immutable once made.
///
/// By the grammar of RFC 9485 `^` and `$` are ordinary characters; by the JSONPath Compliance Test
/// Suite, as in most other dialects, they are anchors. Here either stands for both: it matches the
/// character, and the start or the end of the text.
///
/// Matching simulates a nondeterministic automaton (K. Thompson, "Regular Expression Search
/// Algorithm", 1968): its time is at most the length of the text times the size of the program, its
/// memory the size of the program, whatever the expression.
class IRegexp {
 public:
  /// Instructions that a program has at most: bounded repetitions are written out.
  static constexpr std::size_t kMaxInstructions = 16384;

  /// Compiles `pattern`; nothing when it is no I-Regexp. Throws sqlite::Error when it is one that
  /// needs more than kMaxInstructions or nests too deep, and std::bad_alloc.
  static std::optional<IRegexp> compile(std::string_view pattern);

  /// True when the expression matches all of `text` (UTF-8).
  bool matches(std::string_view text, Patience& patience) const {
    return run(text, true, patience);
  }
  /// True when it matches some part of `text`.
  bool is_found_in(std::string_view text, Patience& patience) const {
    return run(text, false, patience);
  }

 private:
  friend class IRegexpCompiler;

  IRegexp() = default;
  bool run(std::string_view text, bool whole, Patience& patience) const;

  std::vector<RegexpInstruction> program_;
  std::vector<CodePointSet> sets_;
};

}  // namespace edgepack::json
