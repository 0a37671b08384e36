#include "json/unicode_category.h"

#include <iterator>

namespace edgepack::json {
namespace {

// In the order of the table.
constexpr std::string_view kNames[] = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl",
                                       "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc",
                                       "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"};

/// Runs of code points of one category: the first of the run << 5 | index into kNames.
constexpr std::uint32_t kRuns[] = {
#include "json/unicode_categories.inc"
};

}  // namespace

std::optional<std::vector<CodePointRange>> category_ranges(std::string_view name) {
  std::uint32_t wanted = 0;  // bit set of indexes
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name || (name.size() == 1 && kNames[i].front() == name.front())) {
      wanted |= std::uint32_t{1} << i;
    }
  }
  if (wanted == 0 || name == "Cs") return std::nullopt;
  std::vector<CodePointRange> ranges;
  for (std::size_t i = 0; i < std::size(kRuns); ++i) {
    if ((wanted >> (kRuns[i] & 31) & 1) == 0) continue;
    const std::uint32_t first = kRuns[i] >> 5;
    const std::uint32_t last = i + 1 < std::size(kRuns) ? (kRuns[i + 1] >> 5) - 1 : kLastCodePoint;
    if (!ranges.empty() && ranges.back().last + 1 == first) {
      ranges.back().last = last;
    } else {
      ranges.push_back({first, last});
    }
  }
  return ranges;
}

}  // namespace edgepack::json
