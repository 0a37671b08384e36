#pragma once
// What a scan over codes keeps: the rows that the bounds could not decide on.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "vec/step_check.h"

namespace edgepack::vec {

/// The k-th smallest upper bound of a distance that any thread of a search has found: a row whose
/// lower bound is above it is not among the k nearest. Safe from any thread.
class Threshold {
 public:
  explicit Threshold(std::size_t k) : k_(k) {}

  /// Only ever falls.
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }
  bool admits(double lower) const noexcept { return !(lower > value()); }

  /// Another proof that k rows are as near as `value`.
  void lower_to(double value) noexcept {
    const std::lock_guard lock(mutex_);
    if (value < value_) value_.store(value, std::memory_order_relaxed);
  }

  /// Upper bounds of rows that belong to the answer unless nearer ones fill it; each row once.
  /// Throws std::bad_alloc.
  void note(std::span<const double> uppers) {
    if (uppers.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const double upper : uppers) {
      if (smallest_.size() < k_) {
        smallest_.push_back(upper);
        std::push_heap(smallest_.begin(), smallest_.end());
      } else if (upper < smallest_.front()) {
        std::pop_heap(smallest_.begin(), smallest_.end());
        smallest_.back() = upper;
        std::push_heap(smallest_.begin(), smallest_.end());
      }
    }
    if (smallest_.size() == k_ && smallest_.front() < value_) {
      value_.store(smallest_.front(), std::memory_order_relaxed);
    }
  }

 private:
  const std::size_t k_;
  std::atomic<double> value_ = std::numeric_limits<double>::infinity();
  std::mutex mutex_;
  /// The k smallest, the greatest in front.
  std::vector<double> smallest_;
};

/// Candidates of one thread. `Candidate` has a member `lower`, the lower bound of its distance.
template <class Candidate>
class Candidates {
 public:
  /// The threshold must outlive it.
  explicit Candidates(const Threshold& threshold) noexcept : threshold_(threshold) {}

  bool admits(double lower) const noexcept { return threshold_.admits(lower); }

  void add(const Candidate& candidate) {
    list_.push_back(candidate);
    // Candidates that came before the threshold fell are dropped now and then: memory stays O(k).
    if (list_.size() >= prune_at_) {
      prune();
      prune_at_ = std::max(list_.size() * 2, kFirstPrune);
    }
  }
  void add(Candidates& others) {
    others.prune();
    list_.insert(list_.end(), others.list_.begin(), others.list_.end());
    others.list_.clear();
  }

  /// In ascending order of the lower bound; none is left. Throws what `check` throws.
  std::vector<Candidate> take_sorted(const Check& check) {
    prune();
    sort_checked(
        list_.begin(), list_.end(),
        [](const Candidate& a, const Candidate& b) { return a.lower < b.lower; }, check);
    prune_at_ = kFirstPrune;
    return std::exchange(list_, {});
  }

 private:
  static constexpr std::size_t kFirstPrune = 4096;

  void prune() {
    std::erase_if(list_, [this](const Candidate& c) { return !admits(c.lower); });
  }

  const Threshold& threshold_;
  std::vector<Candidate> list_;
  std::size_t prune_at_ = kFirstPrune;
};

}  // namespace edgepack::vec
