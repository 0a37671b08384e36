#include "sqlite/committed_state.h"

namespace edgepack::sqlite {
namespace {

/// A shared page cache counts in part for each connection.
bool shares_pages(sqlite3* database) noexcept {
  int all = 0;
  int own = 0;
  int unused = 0;
  return sqlite3_db_status(database, SQLITE_DBSTATUS_CACHE_USED, &all, &unused, 0) != SQLITE_OK ||
         sqlite3_db_status(database, SQLITE_DBSTATUS_CACHE_USED_SHARED, &own, &unused, 0) !=
             SQLITE_OK ||
         all != own;
}

bool has_file(sqlite3* database, const char* schema) noexcept {
  const char* const path = sqlite3_db_filename(database, schema);
  return path != nullptr && *path != '\0';
}

}  // namespace

std::optional<std::uint32_t> committed_state(sqlite3* database, const char* schema) noexcept {
  std::uint32_t version = 0;
  if (sqlite3_txn_state(database, schema) != SQLITE_TXN_READ || !has_file(database, schema) ||
      shares_pages(database) ||
      sqlite3_file_control(database, schema, SQLITE_FCNTL_DATA_VERSION, &version) != SQLITE_OK) {
    return std::nullopt;
  }
  return version;
}

}  // namespace edgepack::sqlite
