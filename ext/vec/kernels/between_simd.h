// Comparing unsigned integers, as templates over Isa. No include guard: see simd.h, which includes
// this.

namespace edgepack::vec::kernels {
namespace {

/// Bit i is that of byte i, of which each is 0 or 1.
std::uint64_t bits_of_bytes(const std::uint8_t (&bytes)[64]) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i * 8, 8);
    // The product has each of the eight in its highest byte.
    bits |= (eight * 0x0102040810204080 >> 56) << (i * 8);
  }
  return bits;
}

template <class T>
void between_of(const T* values, std::size_t count, T from, T span, std::uint64_t* bits) {
  // One comparison for both ends. Compilers make vectors of this.
  const auto compare = [=](std::size_t first, std::size_t size, std::uint8_t* within) {
    for (std::size_t i = 0; i < size; ++i) {
      within[i] = static_cast<T>(values[first + i] - from) <= span;
    }
  };
  std::uint8_t within[64];
  std::size_t first = 0;
  for (; first + 64 <= count; first += 64) {
    compare(first, 64, within);
    bits[first / 64] |= bits_of_bytes(within);
  }
  if (first == count) return;
  std::memset(within, 0, sizeof within);
  compare(first, count - first, within);
  bits[first / 64] |= bits_of_bytes(within);
}

template <class T>
void between_of(const Packed& values, std::uint64_t from, std::uint64_t to, std::uint64_t* bits) {
  between_of(static_cast<const T*>(values.data), values.count, static_cast<T>(from),
             static_cast<T>(to - from), bits);
}

void between(Packed values, std::uint64_t from, std::uint64_t to, std::uint64_t* bits) {
  switch (values.width) {
    case 1:
      return between_of<std::uint8_t>(values, from, to, bits);
    case 2:
      return between_of<std::uint16_t>(values, from, to, bits);
    case 4:
      return between_of<std::uint32_t>(values, from, to, bits);
    default:
      return between_of<std::uint64_t>(values, from, to, bits);
  }
}

}  // namespace
}  // namespace edgepack::vec::kernels
