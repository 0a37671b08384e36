#include "sqlite/value.h"

namespace edgepack::sqlite {

const char* Value::type_name() const noexcept {
  switch (type()) {
    case SQLITE_INTEGER:
      return "INTEGER";
    case SQLITE_FLOAT:
      return "REAL";
    case SQLITE_TEXT:
      return "TEXT";
    case SQLITE_BLOB:
      return "BLOB";
    default:
      return "NULL";
  }
}

}  // namespace edgepack::sqlite
