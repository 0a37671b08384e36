#include "json/iregexp.h"

#include <algorithm>
#include <utility>

#include "json/utf8.h"

namespace edgepack::json {
namespace {

/// Whether a place is the start of the text, and whether it is the end.
struct Edges {
  bool start;
  bool end;
};

/// The instructions that wait for the next character, each once.
class Threads {
 public:
  explicit Threads(std::size_t instructions) : seen_at_(instructions, 0) {}

  void clear() noexcept {
    waiting_.clear();
    ++generation_;
    matched_ = false;
    visits_ = 0;
  }
  /// How much work the adding since clear() was.
  std::size_t visits() const noexcept { return visits_; }
  bool matched() const noexcept { return matched_; }
  const std::vector<std::uint32_t>& waiting() const noexcept { return waiting_; }

  /// Adds `start` and all that is reached from it without a character, at a place of the text.
  void add(const std::vector<RegexpInstruction>& program, std::uint32_t start, Edges edges) {
    pending_.assign(1, start);
    while (!pending_.empty()) {
      const std::uint32_t at = pending_.back();
      pending_.pop_back();
      ++visits_;
      if (std::exchange(seen_at_[at], generation_) == generation_) continue;
      switch (program[at].kind) {
        case RegexpInstruction::Kind::kSet:
          waiting_.push_back(at);
          break;
        case RegexpInstruction::Kind::kSplit:
          pending_.push_back(at + 1);
          [[fallthrough]];
        case RegexpInstruction::Kind::kJump:
          pending_.push_back(program[at].target);
          break;
        case RegexpInstruction::Kind::kStart:
          if (edges.start) pending_.push_back(at + 1);
          break;
        case RegexpInstruction::Kind::kEnd:
          if (edges.end) pending_.push_back(at + 1);
          break;
        case RegexpInstruction::Kind::kMatch:
          matched_ = true;
      }
    }
  }

 private:
  std::vector<std::uint64_t> seen_at_;  // generation in which an instruction was added last
  std::vector<std::uint32_t> waiting_;
  std::vector<std::uint32_t> pending_;
  std::uint64_t generation_ = 0;
  std::size_t visits_ = 0;
  bool matched_ = false;
};

}  // namespace

CodePointSet::CodePointSet(std::vector<CodePointRange> ranges, bool negated) {
  std::sort(ranges.begin(), ranges.end(),
            [](const CodePointRange& a, const CodePointRange& b) { return a.first < b.first; });
  for (const CodePointRange& range : ranges) {
    if (!ranges_.empty() && range.first <= ranges_.back().last + 1) {
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    } else {
      ranges_.push_back(range);
    }
  }
  if (negated) {
    std::vector<CodePointRange> others;
    std::uint32_t next = 0;
    for (const CodePointRange& range : ranges_) {
      if (range.first > next) others.push_back({next, range.first - 1});
      next = range.last + 1;
    }
    if (next <= kLastCodePoint) others.push_back({next, kLastCodePoint});
    ranges_ = std::move(others);
  }
  for (const CodePointRange& range : ranges_) {
    for (std::uint32_t code = range.first; code <= range.last && code < 128; ++code) {
      ascii_[code >> 6] |= std::uint64_t{1} << (code & 63);
    }
  }
}

bool CodePointSet::contains_beyond_ascii(std::uint32_t code) const noexcept {
  const auto behind = std::upper_bound(
      ranges_.begin(), ranges_.end(), code,
      [](std::uint32_t wanted, const CodePointRange& range) { return wanted < range.first; });
  return behind != ranges_.begin() && code <= std::prev(behind)->last;
}

bool IRegexp::run(std::string_view text, bool whole, Patience& patience) const {
  Threads now(program_.size());
  Threads next(program_.size());
  now.clear();
  now.add(program_, 0, {.start = true, .end = text.empty()});
  for (;;) {
    if (whole ? text.empty() : now.matched()) return now.matched();
    if (text.empty() || now.waiting().empty()) return false;
    const std::uint32_t code = take_code_point(&text, true);
    if (code == kNoCodePoint) return false;
    patience.spend(1 + now.visits());
    next.clear();
    const Edges edges{.start = false, .end = text.empty()};
    for (const std::uint32_t at : now.waiting()) {
      if (sets_[program_[at].target].contains(code)) next.add(program_, at + 1, edges);
    }
    if (!whole) next.add(program_, 0, edges);  // a match may start behind this character
    std::swap(now, next);
  }
}

}  // namespace edgepack::json
