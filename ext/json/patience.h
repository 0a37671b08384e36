#pragma once
// Stopping long work when the user wants it.

#include <cstdint>
#include <optional>

#include "sqlite/interrupt.h"

namespace edgepack::json {

/// Counts the steps of a computation and asks now and then whether the statement was interrupted.
/// What it needs to ask is made only when there are many steps.
class Patience {
 public:
  /// `database` may be null: then nothing is asked.
  explicit Patience(sqlite3* database) noexcept : database_(database) {}

  /// Notes `steps` more steps, of some nanoseconds each. Throws sqlite::Error with
  /// SQLITE_INTERRUPT.
  void spend(std::uint64_t steps = 1) {
    if (steps < left_) {
      left_ -= steps;
    } else {
      ask();
    }
  }

  /// Between two statements: gives back what asking needed, which is a statement on older hosts.
  void rest() noexcept { interrupt_.reset(); }

 private:
  /// A fraction of a millisecond.
  static constexpr std::uint64_t kStepsBetween = 8192;

  void ask() {
    left_ = kStepsBetween;
    if (database_ == nullptr) return;
    if (!interrupt_) interrupt_.emplace(database_);
    interrupt_->check();
  }

  sqlite3* database_;
  std::uint64_t left_ = kStepsBetween;
  std::optional<sqlite::Interrupt> interrupt_;
};

}  // namespace edgepack::json
