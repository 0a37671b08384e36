#include "vec/rotation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

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

void flip_signs(std::span<double> elements, std::uint64_t first_word) noexcept {
  for (std::size_t first = 0; first < elements.size(); first += 64) {
    const std::uint64_t bits = signs(first_word + first / 64);
    const std::size_t count = std::min<std::size_t>(elements.size() - first, 64);
    for (std::size_t i = 0; i < count; ++i) {
      // Without a branch, which would go wrong half of the time.
      const std::uint64_t sign = bits >> i << 63;
      double& element = elements[first + i];
      element = std::bit_cast<double>(std::bit_cast<std::uint64_t>(element) ^ sign);
    }
  }
}

/// One stage of the transform: sums and differences of elements that lie `half` apart.
void add_pairs(std::span<double> elements, std::size_t half) noexcept {
  for (std::size_t first = 0; first < elements.size(); first += 2 * half) {
    double* const low = elements.data() + first;
    double* const high = low + half;
    for (std::size_t i = 0; i < half; ++i) {
      const double sum = low[i] + high[i];
      high[i] = low[i] - high[i];
      low[i] = sum;
    }
  }
}

/// The first three stages in one: their loops would be too short to be fast.
void add_eights(std::span<double> elements) noexcept {
  for (std::size_t first = 0; first < elements.size(); first += 8) {
    const std::span<double> eight = elements.subspan(first, 8);
    add_pairs(eight, 1);
    add_pairs(eight, 2);
    add_pairs(eight, 4);
  }
}

/// `elements` are a power of two.
void transform(std::span<double> elements) noexcept {
  std::size_t half = 1;
  if (elements.size() >= 8) {
    add_eights(elements);
    half = 8;
  }
  for (; half < elements.size(); half *= 2) add_pairs(elements, half);
  const double scale = 1 / std::sqrt(static_cast<double>(elements.size()));
  for (double& element : elements) element *= scale;
}

}  // namespace

void rotate(std::span<double> elements) noexcept {
  /// Where the signs of the second transform begin among all words of signs.
  constexpr std::uint64_t kSecond = std::uint64_t{1} << 32;
  const std::size_t size = std::bit_floor(elements.size());
  const std::span<double> front = elements.first(size);
  flip_signs(front, 0);
  transform(front);
  if (size == elements.size()) return;
  const std::span<double> back = elements.last(size);
  flip_signs(back, kSecond);
  transform(back);
}

}  // namespace edgepack::vec
