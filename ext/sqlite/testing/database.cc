#include "sqlite/testing/database.h"

#include <mutex>

#include "sqlite/testing/host.h"

namespace edgepack::testing {

Database::Database(void (*register_part)(sqlite3*), const std::string& path) {
  static std::once_flag bound;
  std::call_once(bound, [] { sqlite::bind_api(host_routines()); });
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
  try {
    if (sqlite3_open_v2(path.c_str(), &database_, kFlags, nullptr) != SQLITE_OK) {
      throw sqlite::Error::from(database_, {.operation = "open", .object = path});
    }
    if (register_part != nullptr) register_part(database_);
  } catch (...) {
    sqlite3_close_v2(database_);
    throw;
  }
}

Database::~Database() { sqlite3_close_v2(database_); }

std::vector<std::string> Database::rows(const std::string& sql) {
  std::vector<std::string> answer;
  sqlite::Statement quote(database_, "SELECT quote(?)");
  const char* rest = sql.c_str();
  while (*rest != '\0') {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(database_, rest, -1, &raw, &rest) != SQLITE_OK) {
      throw sqlite::Error::from(database_, {});
    }
    if (raw == nullptr) continue;  // white space or a comment
    auto statement = sqlite::Statement::adopt(raw);
    while (statement.step()) {
      std::string line;
      for (int column = 0; column < sqlite3_column_count(raw); ++column) {
        if (column > 0) line += '|';
        quote.bind(1, statement.column_value(column));
        quote.step();
        line += quote.column_text(0);
        quote.reset();
      }
      answer.push_back(line);
    }
  }
  return answer;
}

std::string Database::row(const std::string& sql) {
  const auto answer = rows(sql);
  if (answer.size() != 1) {
    throw sqlite::Error({.operation = "row",
                         .object = sql,
                         .problem = std::to_string(answer.size()) + " rows instead of one"});
  }
  return answer.front();
}

std::string Database::error(const std::string& sql) {
  try {
    rows(sql);
  } catch (const sqlite::Error& failure) {
    return failure.what();
  }
  return {};
}

}  // namespace edgepack::testing
