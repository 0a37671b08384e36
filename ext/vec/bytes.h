#pragma once
// Numbers in bytes of any alignment, in the byte order of docs/vec-format.md.

#include <cstddef>
#include <cstring>

namespace edgepack::vec {

template <class T>
T load(const std::byte* at) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
void store(std::byte* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

}  // namespace edgepack::vec
