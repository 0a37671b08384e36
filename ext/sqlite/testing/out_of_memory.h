#pragma once
// Tests that let every allocation fail in turn. Their program calls install_failing_allocator() in
// a main() of its own, before SQLite is first used.

#include <gtest/gtest.h>
#include <new>

#include "sqlite/error.h"
#include "sqlite/testing/allocator.h"

namespace edgepack::testing {

/// Runs `action` again and again, each time with one more allocation allowed, until it needs no
/// more. Answers how often it failed. `action` answers false when it noticed the failure.
template <class Action>
int fail_each_allocation(const Action& action) {
  for (int allowed = 0;; ++allowed) {
    fail_allocations_after(allowed);
    bool succeeded = true;
    try {
      action();
    } catch (const sqlite::Error&) {
      succeeded = false;
    } catch (const std::bad_alloc&) {
      succeeded = false;
    }
    const bool refused = stop_failing();
    if (!refused) {
      EXPECT_TRUE(succeeded) << "failed although no allocation was refused";
      return allowed;
    }
  }
}

}  // namespace edgepack::testing
