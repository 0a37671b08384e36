#pragma once
// The entry point of a loadable module.

#include <utility>

#include "sqlite/guard.h"

/// Marks the one symbol that a module exports.
#define EDGEPACK_ENTRY extern "C" __attribute__((visibility("default"))) int

namespace edgepack::sqlite {

/// Body of every sqlite3_<name>_init: binds the host's routines, then runs
/// `register_parts(database)`. On failure answers an error code and, in `*message`, a text that the
/// host frees.
template <class Register>
int enter(sqlite3* database, char** message, const sqlite3_api_routines* routines,
          Register&& register_parts) noexcept {
  return guard(
      [&] {
        bind_api(routines);
        std::forward<Register>(register_parts)(database);
      },
      // The host's own allocator, even where binding its table was refused.
      [&](int, const char* text) noexcept {
        if (message != nullptr && text != nullptr) *message = routines->mprintf("%s", text);
      });
}

}  // namespace edgepack::sqlite
