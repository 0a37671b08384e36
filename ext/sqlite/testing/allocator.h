#pragma once
// Allocations that fail when told to.

namespace edgepack::testing {

/// Replaces SQLite's allocator by one that can be told to fail. Before any other use of SQLite.
/// A program that calls it also gets an operator new that can, except under the thread sanitizer,
/// which has to keep its own.
void install_failing_allocator();

/// Lets `count` more allocations of SQLite and of operator new succeed, then all fail until
/// stop_failing(). Needs install_failing_allocator(). One thread.
void fail_allocations_after(long count);
/// Ends the failures; true when at least one allocation was refused.
bool stop_failing();

}  // namespace edgepack::testing
