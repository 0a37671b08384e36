#include "vec/rotation.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "vec/definition.h"
#include "vec/kernels/kernels.h"

namespace edgepack::vec {
namespace {

/// 64 signs: bit i is 1 where element 64 * word + i is negated. The finalizer of SplitMix64
/// (Steele, Lea and Flood, 2014) over a counter.
std::uint64_t signs(std::uint64_t word) noexcept {
  std::uint64_t bits = (word + 1) * 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

/// Signs and transform of elements, of which there are a power of two.
void transform(std::span<double> elements, std::uint64_t first_word) noexcept {
  std::array<std::uint64_t, kMostDimensions / 64> words;
  const std::size_t count = (elements.size() + 63) / 64;
  for (std::size_t i = 0; i < count; ++i) words[i] = signs(first_word + i);
  kernels::active().hadamard(elements.data(), elements.size(), words.data());
}

}  // namespace

void rotate(std::span<double> elements) noexcept {
  /// Where the signs of the second transform begin among all words of signs.
  constexpr std::uint64_t kSecond = std::uint64_t{1} << 32;
  const std::size_t size = std::bit_floor(elements.size());
  const std::span<double> front = elements.first(size);
  transform(front, 0);
  if (size == elements.size()) return;
  const std::span<double> back = elements.last(size);
  transform(back, kSecond);
}

}  // namespace edgepack::vec
