#pragma once
// Vectors written as JSON arrays of numbers.

#include <cstddef>
#include <string_view>
#include <vector>

#include "vec/vector.h"

namespace edgepack::vec {

/// The packed elements of `text`, a JSON array (RFC 8259) of numbers. int8 takes whole numbers
/// only. `type` is not bit. Throws sqlite::Error with sqlite-vec's text.
std::vector<std::byte> parse_json_array(ElementType type, std::string_view text);

/// True when `number`, in decimal notation and beyond the range of a double, is too small rather
/// than too large.
bool is_below_range(std::string_view number);

}  // namespace edgepack::vec
