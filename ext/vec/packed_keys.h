#pragma once
// The numbers of one metadata column of a block, in little memory and quick to compare.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace edgepack::vec {

/// Numbers, each kept as its difference from the least one, in as many bytes (1, 2, 4 or 8) as the
/// greatest difference takes. Immutable, and so safe from any thread.
class PackedKeys {
 public:
  PackedKeys() noexcept = default;
  /// `keys` of rows whose bit in `nulls` is 1 (bit i % 64 of word i / 64 is row i; empty if there
  /// are none) may become any number.
  PackedKeys(std::span<const std::int64_t> keys, std::span<const std::uint64_t> nulls);

  std::int64_t operator[](std::size_t row) const noexcept;
  /// Sets the bits of the rows whose number is in `first` to `last`, both included; leaves the
  /// others. There are count() bits. `first` <= `last`.
  void add_between(std::int64_t first, std::int64_t last, std::uint64_t* bits) const noexcept;

  std::size_t count() const noexcept { return count_; }
  /// Memory beside the object itself.
  std::size_t bytes() const noexcept { return packed_.capacity(); }

 private:
  std::size_t count_ = 0;
  std::size_t width_ = 1;
  std::int64_t least_ = 0;
  /// The greatest difference.
  std::uint64_t span_ = 0;
  std::vector<std::byte> packed_;
};

}  // namespace edgepack::vec
