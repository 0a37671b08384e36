#pragma once
// Big-endian numbers in byte buffers, as WAL, LTX and position files store them.

#include <cstddef>
#include <cstdint>
#include <span>

namespace edgepack::replica {

inline std::uint32_t read_be32(const std::byte* from) noexcept {
  return std::to_integer<std::uint32_t>(from[0]) << 24 |
         std::to_integer<std::uint32_t>(from[1]) << 16 |
         std::to_integer<std::uint32_t>(from[2]) << 8 | std::to_integer<std::uint32_t>(from[3]);
}

inline std::uint64_t read_be64(const std::byte* from) noexcept {
  return std::uint64_t{read_be32(from)} << 32 | read_be32(from + 4);
}

inline std::uint32_t read_be16(const std::byte* from) noexcept {
  return std::to_integer<std::uint32_t>(from[0]) << 8 | std::to_integer<std::uint32_t>(from[1]);
}

inline void write_be32(std::byte* to, std::uint32_t value) noexcept {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

inline void write_be64(std::byte* to, std::uint64_t value) noexcept {
  write_be32(to, static_cast<std::uint32_t>(value >> 32));
  write_be32(to + 4, static_cast<std::uint32_t>(value));
}

inline void write_be16(std::byte* to, std::uint32_t value) noexcept {
  to[0] = static_cast<std::byte>(value >> 8);
  to[1] = static_cast<std::byte>(value);
}

}  // namespace edgepack::replica
