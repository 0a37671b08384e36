#include "sqlite/testing/allocator.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <sqlite3.h>

namespace edgepack::testing {
namespace {

sqlite3_mem_methods original;
// Atomic, because every thread of a test program allocates; only one thread sets a limit.
std::atomic<long> allowed = -1;  // negative: no limit
std::atomic<bool> refused = false;

bool refuses() {
  if (allowed.load(std::memory_order_relaxed) < 0) return false;
  if (allowed.fetch_sub(1, std::memory_order_relaxed) > 0) return false;
  allowed.store(0, std::memory_order_relaxed);
  refused = true;
  return true;
}

void* allocate(int size) { return refuses() ? nullptr : original.xMalloc(size); }
void* reallocate(void* block, int size) {
  return refuses() ? nullptr : original.xRealloc(block, size);
}

}  // namespace

void install_failing_allocator() {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &original) != SQLITE_OK) std::abort();
  sqlite3_mem_methods failing = original;
  failing.xMalloc = allocate;
  failing.xRealloc = reallocate;
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK) std::abort();
}

void fail_allocations_after(long count) {
  refused = false;
  allowed = count;
}

bool stop_failing() {
  allowed = -1;
  return refused;
}

}  // namespace edgepack::testing

// The thread sanitizer's runtime does not let a program replace these.
#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif
#if !__has_feature(thread_sanitizer)

namespace {

void* count_and_allocate(std::size_t size) noexcept {
  return edgepack::testing::refuses() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* or_throw(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

// C++'s own allocations count as well. All forms but the aligned ones: the sanitizers' runtimes
// have their own for those that are missing here, and refuse a block that came from another form.
void* operator new(std::size_t size) { return or_throw(count_and_allocate(size)); }
void* operator new[](std::size_t size) { return or_throw(count_and_allocate(size)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return count_and_allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return count_and_allocate(size);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }

#endif
