#include "vec/checksum.h"

#include <bit>
#include <cstring>

namespace edgepack::vec {
namespace {

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15u;
constexpr std::size_t kWord = sizeof(std::uint64_t);

std::uint64_t mix(std::uint64_t lane, std::uint64_t word) noexcept {
  return std::rotl((lane ^ word) * kMultiplier, 29);
}

std::uint64_t load(const std::byte* bytes) noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes, kWord);
  return word;
}

}  // namespace

Checksum::Checksum(std::uint64_t seed) noexcept {
  for (std::size_t i = 0; i < kLanes; ++i) lanes_[i] = (seed + i + 1) * kMultiplier;
}

Checksum& Checksum::add(std::uint64_t word) noexcept {
  lanes_[next_lane_] = mix(lanes_[next_lane_], word);
  next_lane_ = (next_lane_ + 1) % kLanes;
  length_ += kWord;
  return *this;
}

Checksum& Checksum::add(std::span<const std::byte> bytes) noexcept {
  const std::byte* at = bytes.data();
  std::size_t words = bytes.size() / kWord;
  // Whole rounds keep the four lanes in registers, where they do not wait for one another.
  std::uint64_t rotated[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) rotated[i] = lanes_[(next_lane_ + i) % kLanes];
  for (; words >= kLanes; words -= kLanes, at += kLanes * kWord) {
    for (std::size_t i = 0; i < kLanes; ++i) rotated[i] = mix(rotated[i], load(at + i * kWord));
  }
  for (std::size_t i = 0; i < kLanes; ++i) lanes_[(next_lane_ + i) % kLanes] = rotated[i];
  length_ += bytes.size() / (kLanes * kWord) * (kLanes * kWord);

  for (; words > 0; --words, at += kWord) add(load(at));
  if (const std::size_t rest = bytes.size() % kWord; rest != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, rest);
    add(word);
    length_ += rest - kWord;
  }
  return *this;
}

std::uint32_t Checksum::value() const noexcept {
  std::uint64_t hash = length_;
  for (const std::uint64_t lane : lanes_) hash = mix(hash, lane);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace edgepack::vec
