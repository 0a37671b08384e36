#pragma once
// Numbers of things, for people.

#include <cstdint>
#include <string>

namespace edgepack::serve {

/// `1 database`, `2 databases`.
inline std::string counted(std::uint64_t count, const std::string& thing) {
  return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s");
}

}  // namespace edgepack::serve
