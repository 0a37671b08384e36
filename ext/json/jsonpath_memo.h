#pragma once
// What the evaluation of a JSONPath query has found out about nodes.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "json/document.h"

namespace edgepack::json::jsonpath {

/// Answers to questions about nodes, as many as fit: a new one takes the place of an older one
/// whose slot it shares. Memory is 64 bytes for each token of the document and 8 MiB at most, and
/// none before the first answer. One thread at a time.
class Memo {
 public:
  explicit Memo(const Document& document) noexcept : document_(document) {}

  /// The answer to the question `number`, which is less than 2^30, about `node`, if it is kept.
  std::optional<bool> find(std::uint32_t number, Token node) const noexcept {
    if (slots_.empty()) return std::nullopt;
    const Slot& slot = slots_[place(number, node)];
    if (slot.node != node || slot.question >> 1 != number + 1) return std::nullopt;
    return (slot.question & 1) != 0;
  }

  /// Throws std::bad_alloc.
  void keep(std::uint32_t number, Token node, bool answer) {
    if (slots_.empty()) slots_.resize(size_for(document_.after(Document::root())));
    slots_[place(number, node)] = {(number + 1) << 1 | (answer ? 1U : 0U), node};
  }

 private:
  struct Slot {
    std::uint32_t question = 0;  // number + 1, and the answer in the lowest bit; 0: empty
    Token node = 0;
  };

  static std::size_t size_for(std::size_t tokens) noexcept {
    constexpr std::size_t kSlotsPerToken = 8;
    constexpr std::size_t kMostSlots = std::size_t{1} << 20;
    return std::bit_ceil(std::min(tokens * kSlotsPerToken, kMostSlots));
  }

  /// By the upper bits of a product with 2^64 divided by the golden ratio (Knuth, volume 3, 6.4).
  std::size_t place(std::uint32_t number, Token node) const noexcept {
    const std::uint64_t key = std::uint64_t{number} << 32 | node;
    const std::uint64_t product = key * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(product >> 32) & (slots_.size() - 1);
  }

  const Document& document_;
  std::vector<Slot> slots_;
};

}  // namespace edgepack::json::jsonpath
