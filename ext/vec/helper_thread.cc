#include "vec/helper_thread.h"

#include <new>
#include <system_error>

namespace edgepack::vec {

std::thread start_helper(const std::function<void()>& run) noexcept {
  const BlockedSignals blocked;
  try {
    return std::thread(run);
  } catch (const std::system_error&) {
    return {};
  } catch (const std::bad_alloc&) {
    return {};
  }
}

}  // namespace edgepack::vec
