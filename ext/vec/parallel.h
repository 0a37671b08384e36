#pragma once
// Work of one query on several threads.

#include <cstddef>
#include <functional>

namespace edgepack::vec {

/// How many threads a query may use: what set_threads() said last, and otherwise the cores that
/// this process may run on. Both are safe from any thread.
std::size_t threads() noexcept;
/// 0 goes back to the number of cores. More than kMostThreads is kMostThreads.
void set_threads(std::size_t count) noexcept;
inline constexpr std::size_t kMostThreads = 256;

/// Calls work(thread, index) once for each index below `count`, in ascending order as threads get
/// free, on up to `threads` threads at once. Thread 0 is the caller's, on which `check` is called
/// between the calls; it may throw. `work` may throw std::bad_alloc and nothing else. After a throw
/// no further index is begun, and what was thrown comes out of this function.
///
/// All threads have ended when it returns or throws. If the system has no thread to give, fewer do
/// the work. The new threads take no signals.
void for_each_index(std::size_t count, std::size_t threads,
                    const std::function<void(std::size_t thread, std::size_t index)>& work,
                    const std::function<void()>& check);

}  // namespace edgepack::vec
