#pragma once
// Asking whether the user wants the running statement to stop.

#include "sqlite/statement.h"

namespace edgepack::sqlite {

/// Notices sqlite3_interrupt() on the connection of the running statement. Cheap enough to ask
/// every few microseconds of work on hosts from 3.41 on (sqlite3_is_interrupted); older hosts are
/// asked by stepping a constant statement, which stops with SQLITE_INTERRUPT (about half a
/// microsecond).
class Interrupt {
 public:
  explicit Interrupt(sqlite3* database) : database_(database) {}

  /// Throws Error with SQLITE_INTERRUPT once the connection was interrupted.
  void check();

 private:
  sqlite3* database_;
  Statement probe_;
};

}  // namespace edgepack::sqlite
