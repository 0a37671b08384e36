// The grammar of RFC 9485, section 4, read from left to right while the program is written.

#include <algorithm>
#include <string>

#include "json/iregexp.h"
#include "json/lexical.h"
#include "json/utf8.h"

namespace edgepack::json {

class IRegexpCompiler {
 public:
  explicit IRegexpCompiler(std::string_view pattern) : pattern_(pattern), rest_(pattern) {}

  std::optional<IRegexp> compile() {
    if (!alternatives() || !rest_.empty()) return std::nullopt;
    emit({RegexpInstruction::Kind::kMatch});
    return std::move(made_);
  }

 private:
  using Kind = RegexpInstruction::Kind;
  using Ranges = std::vector<CodePointRange>;

  static constexpr int kMaxNesting = 200;
  /// Also counts what a repetition of zero times took back.
  static constexpr std::size_t kMaxEmitted = 4 * IRegexp::kMaxInstructions;
  static constexpr std::size_t kMaxRanges = std::size_t{1} << 18;
  static constexpr std::uint32_t kUnbounded = UINT32_MAX;

  [[noreturn]] void fail(const std::string& problem) const {
    throw sqlite::Error({.operation = "jsonpath",
                         .object = "regular expression '" + excerpt(pattern_) + "'",
                         .problem = problem});
  }

  std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(made_.program_.size()); }

  void emit(RegexpInstruction instruction) {
    if (++emitted_ > kMaxEmitted || made_.program_.size() >= IRegexp::kMaxInstructions) {
      fail("needs more than " + std::to_string(IRegexp::kMaxInstructions) +
           " instructions; use fewer or smaller repetitions");
    }
    made_.program_.push_back(instruction);
  }

  void emit_set(CodePointSet set) {
    ranges_ += set.ranges().size();
    if (ranges_ > kMaxRanges) fail("has too many large character classes");
    emit({Kind::kSet, static_cast<std::uint32_t>(made_.sets_.size())});
    made_.sets_.push_back(std::move(set));
  }

  /// Makes room for one instruction at `at`; nothing before it points behind it.
  void insert_split(std::uint32_t at, std::uint32_t target) {
    emit({Kind::kMatch});  // checks the bound
    auto& program = made_.program_;
    std::move_backward(program.begin() + at, program.end() - 1, program.end());
    program[at] = {Kind::kSplit, target};
    shift(at + 1, 1);
  }

  /// Moves the targets of what was copied or moved to `from` and behind.
  void shift(std::uint32_t from, std::uint32_t distance) {
    for (std::uint32_t i = from; i < here(); ++i) {
      RegexpInstruction& instruction = made_.program_[i];
      if (instruction.kind == Kind::kJump || instruction.kind == Kind::kSplit) {
        instruction.target += distance;
      }
    }
  }

  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // i-regexp = branch *( "|" branch )
  bool alternatives() {
    if (++nesting_ > kMaxNesting) fail("is nested too deep");
    std::vector<std::uint32_t> exits;
    for (;;) {
      const std::uint32_t start = here();
      if (!branch()) return false;
      if (!accept('|')) break;
      insert_split(start, 0);
      exits.push_back(here());
      emit({Kind::kJump});
      made_.program_[start].target = here();
    }
    for (const std::uint32_t exit : exits) made_.program_[exit].target = here();
    --nesting_;
    return true;
  }

  // branch = *( atom [ quantifier ] )
  bool branch() {
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const std::uint32_t start = here();
      if (!atom() || !quantifier(start)) return false;
    }
    return true;
  }

  bool atom() {
    if (accept('(')) return alternatives() && accept(')');
    if (accept('.')) {
      emit_set(CodePointSet({{'\n', '\n'}, {'\r', '\r'}}, true));
      return true;
    }
    if (accept('[')) return bracket();
    Ranges ranges;
    if (rest_.starts_with('\\')) {
      bool negated = false;
      if (!escape(&ranges, &negated)) return false;
      emit_set(CodePointSet(std::move(ranges), negated));
      return true;
    }
    if (std::string_view("*+?{}]").find(rest_.front()) != std::string_view::npos) return false;
    const std::uint32_t code = take_code_point(&rest_);
    if (code == kNoCodePoint) return false;
    if (code != '^' && code != '$') {
      emit_set(CodePointSet({{code, code}}));
      return true;
    }
    // The character, or the edge of the text.
    const std::uint32_t split = here();
    emit({Kind::kSplit, split + 3});
    emit_set(CodePointSet({{code, code}}));
    emit({Kind::kJump, split + 4});
    emit({code == '^' ? Kind::kStart : Kind::kEnd});
    return true;
  }

  // A backslash and what it stands for: one character, or a category (perhaps all but that).
  bool escape(Ranges* ranges, bool* negated) {
    rest_.remove_prefix(1);
    if (rest_.empty()) return false;
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    if (letter == 'p' || letter == 'P') {
      *negated = letter == 'P';
      return category(ranges);
    }
    std::uint32_t code = static_cast<unsigned char>(letter);
    switch (letter) {
      case 'n':
        code = '\n';
        break;
      case 'r':
        code = '\r';
        break;
      case 't':
        code = '\t';
        break;
      default:
        if (std::string_view("()*+-.?[\\]^{|}").find(letter) == std::string_view::npos) {
          return false;
        }
    }
    ranges->push_back({code, code});
    return true;
  }

  bool category(Ranges* ranges) {
    const std::size_t end = rest_.find('}');
    if (!accept('{') || end == std::string_view::npos) return false;
    auto found = category_ranges(rest_.substr(0, end - 1));
    if (!found) return false;
    rest_.remove_prefix(end);
    *ranges = std::move(*found);
    return true;
  }

  // charClassExpr = "[" [ "^" ] ( "-" / CCE1 ) *CCE1 [ "-" ] "]"
  bool bracket() {
    constexpr std::size_t kManyRanges = 4096;
    const bool negated = accept('^');
    Ranges ranges;
    bool first = true;
    while (!accept(']')) {
      if (accept('-')) {
        if (!first && !rest_.starts_with(']')) return false;
        ranges.push_back({'-', '-'});
      } else if (!bracket_item(&ranges)) {
        return false;
      }
      if (ranges.size() > kManyRanges) ranges = CodePointSet(std::move(ranges)).ranges();
      first = false;
    }
    if (first) return false;
    emit_set(CodePointSet(std::move(ranges), negated));
    return true;
  }

  // CCE1 = ( CCchar [ "-" CCchar ] ) / charClassEsc
  bool bracket_item(Ranges* ranges) {
    Ranges item;
    bool is_character = true;
    if (!bracket_character(&item, &is_character)) return false;
    const bool is_range = is_character && rest_.starts_with('-') && !rest_.starts_with("-]");
    if (is_range) {
      rest_.remove_prefix(1);
      Ranges end;
      bool end_is_character = true;
      if (!bracket_character(&end, &end_is_character) || !end_is_character) return false;
      if (end.front().first < item.front().first) return false;
      item.front().last = end.front().first;
    }
    ranges->insert(ranges->end(), item.begin(), item.end());
    return true;
  }

  bool bracket_character(Ranges* ranges, bool* is_character) {
    if (rest_.starts_with('\\')) {
      *is_character = !rest_.starts_with("\\p") && !rest_.starts_with("\\P");
      bool negated = false;
      if (!escape(ranges, &negated)) return false;
      if (negated) *ranges = CodePointSet(std::move(*ranges), true).ranges();
      return true;
    }
    if (rest_.empty() || rest_.front() == '[' || rest_.front() == ']' || rest_.front() == '-') {
      return false;
    }
    const std::uint32_t code = take_code_point(&rest_);
    ranges->push_back({code, code});
    return code != kNoCodePoint;
  }

  bool number(std::uint32_t* value) {
    if (rest_.empty() || !is_digit(rest_.front())) return false;
    std::uint64_t read = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
      read = std::min<std::uint64_t>(read * 10 + static_cast<std::uint64_t>(rest_.front() - '0'),
                                     kUnbounded - 1);
    }
    *value = static_cast<std::uint32_t>(read);
    return true;
  }

  bool quantifier(std::uint32_t start) {
    std::uint32_t least = 0;
    std::uint32_t most = kUnbounded;
    if (accept('*')) {
    } else if (accept('+')) {
      least = 1;
    } else if (accept('?')) {
      most = 1;
    } else if (accept('{')) {
      if (!number(&least)) return false;
      most = least;
      if (accept(',')) {
        most = kUnbounded;
        number(&most);
      }
      if (!accept('}') || most < least) return false;
    } else {
      return true;
    }
    repeat(start, least, most);
    return true;
  }

  /// Turns the program from `start` on into `least` to `most` of it.
  void repeat(std::uint32_t start, std::uint32_t least, std::uint32_t most) {
    const std::vector<RegexpInstruction> once(made_.program_.begin() + start, made_.program_.end());
    if (once.empty()) return;  // matches the empty text, however often
    made_.program_.resize(start);
    const auto copy = [&] {
      const std::uint32_t at = here();
      for (const RegexpInstruction& instruction : once) emit(instruction);
      shift(at, at - start);
    };
    for (std::uint32_t i = 0; i < least; ++i) copy();
    if (most == kUnbounded) {
      const std::uint32_t loop = here();
      emit({Kind::kSplit});
      copy();
      emit({Kind::kJump, loop});
      made_.program_[loop].target = here();
      return;
    }
    std::vector<std::uint32_t> exits;
    for (std::uint32_t i = least; i < most; ++i) {
      exits.push_back(here());
      emit({Kind::kSplit});
      copy();
    }
    for (const std::uint32_t exit : exits) made_.program_[exit].target = here();
  }

  std::string_view pattern_;
  std::string_view rest_;
  IRegexp made_;
  int nesting_ = 0;
  std::size_t emitted_ = 0;
  std::size_t ranges_ = 0;
};

std::optional<IRegexp> IRegexp::compile(std::string_view pattern) {
  return IRegexpCompiler(pattern).compile();
}

}  // namespace edgepack::json
