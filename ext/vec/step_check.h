#pragma once
// Stopping long work when the user wants it.

#include <algorithm>
#include <cstddef>
#include <functional>

namespace edgepack::vec {

/// Asks whether to go on, on the thread that the statement runs on, every few hundred microseconds.
/// May throw to stop.
using Check = std::function<void()>;

/// Asks once in so many steps of some nanoseconds each.
class StepCheck {
 public:
  static constexpr std::size_t kStepsBetween = 4096;

  /// Must outlive it.
  explicit StepCheck(const Check& check) noexcept : check_(check) {}

  /// Throws what the check throws.
  void step() {
    if (++steps_ % kStepsBetween == 0) check_();
  }

 private:
  const Check& check_;
  std::size_t steps_ = 0;
};

/// std::sort, which may be left by what `check` throws; the elements are then in no order, and some
/// may be there twice. Elements are copied without effects.
template <class Iterator, class Less>
void sort_checked(Iterator first, Iterator last, Less less, const Check& check) {
  StepCheck steps(check);
  std::sort(first, last, [&](const auto& a, const auto& b) {
    steps.step();
    return less(a, b);
  });
}

}  // namespace edgepack::vec
