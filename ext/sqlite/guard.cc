#include "sqlite/guard.h"

namespace edgepack::sqlite {

void replace_message(char** slot, const char* message) noexcept {
  sqlite3_free(*slot);
  *slot = message == nullptr ? nullptr : sqlite3_mprintf("%s", message);
}

}  // namespace edgepack::sqlite
