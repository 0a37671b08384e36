#include "sqlite/interrupt.h"

namespace edgepack::sqlite {
namespace {

constexpr int kHasIsInterrupted = 3041000;

/// sqlite3_is_interrupted follows the last routine that 3.40's header declares. The table only ever
/// grows at its end, so its place is known although that header does not name it.
bool is_interrupted(sqlite3* database) {
#if SQLITE_VERSION_NUMBER >= 3041000
  return sqlite3_is_interrupted(database) != 0;
#else
  struct Routines {
    sqlite3_api_routines up_to_3_40;
    int (*is_interrupted)(sqlite3*);
  };
  return reinterpret_cast<const Routines*>(sqlite3_api)->is_interrupted(database) != 0;
#endif
}

}  // namespace

void Interrupt::check() {
  if (sqlite3_libversion_number() >= kHasIsInterrupted) {
    if (is_interrupted(database_)) {
      throw Error({.operation = "interrupted"}, SQLITE_INTERRUPT);
    }
    return;
  }
  try {
    // An interrupted connection prepares nothing, which is an answer, too.
    if (!probe_) probe_ = Statement(database_, "SELECT 1");
    probe_.run();
  } catch (const Error& error) {
    if (error.code() != SQLITE_INTERRUPT) throw;
    throw Error({.operation = "interrupted"}, SQLITE_INTERRUPT);
  }
}

}  // namespace edgepack::sqlite
