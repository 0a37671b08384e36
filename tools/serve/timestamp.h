#pragma once
// Points in time as requests name them.

#include <cstdint>
#include <optional>
#include <string>

namespace edgepack::serve {

/// Ms since 1970 of `1769860800000` (ms) or `2026-01-31T12:00:00Z` (RFC 3339 in UTC, with or
/// without a fraction of seconds). Nothing unless `text` is one.
std::optional<std::int64_t> parse_timestamp(const std::string& text);

/// The other way, with ms.
std::string format_timestamp(std::int64_t ms);

}  // namespace edgepack::serve
