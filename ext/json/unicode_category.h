#pragma once
// General categories of Unicode characters.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace edgepack::json {

/// Code points from `first` to `last`, both included.
struct CodePointRange {
  std::uint32_t first;
  std::uint32_t last;
};

inline constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

/// The code points of a general category (`Lu`) or of a group of them (`L`), in order and without
/// overlap. Nothing when I-Regexp knows no such category: it has all but surrogates (`Cs`).
/// Throws std::bad_alloc.
std::optional<std::vector<CodePointRange>> category_ranges(std::string_view name);

}  // namespace edgepack::json
