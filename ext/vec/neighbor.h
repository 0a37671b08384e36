#pragma once
// The rows of an answer and their order.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "sqlite/api.h"
#include "vec/step_check.h"

namespace edgepack::vec {

/// One row of an answer. A NaN distance (cosine with a zero vector) comes after all others.
struct Neighbor {
  double distance;
  sqlite3_int64 rowid;
};

/// The order of an answer: by distance, then by rowid.
inline bool comes_before(const Neighbor& a, const Neighbor& b) noexcept {
  if (std::isnan(a.distance) != std::isnan(b.distance)) return std::isnan(b.distance);
  if (a.distance < b.distance) return true;
  if (a.distance > b.distance) return false;
  return a.rowid < b.rowid;
}

/// The k best of what it is shown, in whatever order.
class BestNeighbors {
 public:
  explicit BestNeighbors(std::size_t k) : k_(k) {}

  void add(const Neighbor& neighbor) {
    if (heap_.size() < k_) {
      heap_.push_back(neighbor);
      std::push_heap(heap_.begin(), heap_.end(), comes_before);
    } else if (k_ > 0 && comes_before(neighbor, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), comes_before);
      heap_.back() = neighbor;
      std::push_heap(heap_.begin(), heap_.end(), comes_before);
    }
  }
  /// Throws what `check` throws.
  void add(const BestNeighbors& others, const Check& check) {
    StepCheck steps(check);
    for (const Neighbor& neighbor : others.heap_) {
      steps.step();
      add(neighbor);
    }
  }

  bool is_full() const noexcept { return heap_.size() >= k_; }
  /// The distance that a row must not exceed to be taken; NaN exceeds nothing.
  double limit() const noexcept {
    return is_full() && k_ > 0 ? heap_.front().distance : std::numeric_limits<double>::infinity();
  }
  /// Throws what `check` throws; nothing is left to take then.
  std::vector<Neighbor> take_sorted(const Check& check) {
    sort_checked(heap_.begin(), heap_.end(), comes_before, check);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  /// The worst in front.
  std::vector<Neighbor> heap_;
};

}  // namespace edgepack::vec
