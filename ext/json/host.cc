#include "json/host.h"

#include <iterator>

namespace edgepack::json {
namespace {

/// Statements that are kept: all functions with a few paths each.
constexpr std::size_t kKeptCalls = 32;

std::string call_sql(const std::string& function, std::size_t arity) {
  // Operators are functions that are named like them.
  std::string sql = sqlite::format("SELECT \"%w\"(", function.c_str());
  for (std::size_t i = 1; i <= arity; ++i) {
    if (i > 1) sql += ',';
    sql += '?';
    sql += std::to_string(i);
  }
  return sql + ')';
}

thread_local bool opening = false;

}  // namespace

bool Host::is_opening() noexcept { return opening; }

sqlite3* Host::connection() {
  if (connection_ == nullptr) {
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    sqlite3* opened = nullptr;
    opening = true;
    const int code = sqlite3_open_v2(":memory:", &opened, kFlags, nullptr);
    opening = false;
    std::unique_ptr<sqlite3, Closer> owned(opened);
    if (code == SQLITE_NOMEM) throw std::bad_alloc();
    if (code != SQLITE_OK) {
      throw sqlite::Error::from(opened, {.operation = "json", .object = "private connection"});
    }
    connection_ = std::move(owned);
  }
  return connection_.get();
}

sqlite::Statement& Host::statement(std::string_view function, std::size_t arity) {
  for (Call& call : calls_) {
    if (call.arity == arity && call.function == function) return call.statement;
  }
  sqlite3* const database = connection();
  if (calls_.size() == kKeptCalls) calls_.erase(calls_.begin());
  std::string name(function);
  sqlite::Statement prepared(database, call_sql(name, arity), SQLITE_PREPARE_PERSISTENT);
  calls_.push_back({std::move(name), arity, std::move(prepared)});
  return calls_.back().statement;
}

void Host::follow_limits(sqlite3* user) {
  const int limit = sqlite3_limit(user, SQLITE_LIMIT_LENGTH, -1);
  sqlite3_limit(connection(), SQLITE_LIMIT_LENGTH, limit);
}

sqlite::Statement& Host::extract_root() {
  if (!extract_root_) {
    extract_root_ =
        sqlite::Statement(connection(), "SELECT json_extract(?1,'$')", SQLITE_PREPARE_PERSISTENT);
  }
  return extract_root_;
}

void Host::answer(sqlite::Context& context, const char* function, sqlite::Arguments arguments) {
  sqlite::Statement& call = statement(function, arguments.size());
  follow_limits(context.database());
  const sqlite::Reset use(call);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const int parameter = static_cast<int>(i) + 1;
    // Text and BLOBs without a copy.
    switch (arguments[i].type()) {
      case SQLITE_TEXT:
        call.bind_terminated(parameter, arguments[i].text());
        break;
      case SQLITE_BLOB:
        call.bind(parameter, arguments[i].blob());
        break;
      default:
        call.bind(parameter, arguments[i]);
    }
  }
  call.step();
  answer_column(context, call, 0);
}

void Host::answer_scalar(sqlite::Context& context, std::string_view scalar) {
  sqlite::Statement& call = extract_root();
  follow_limits(context.database());
  const sqlite::Reset use(call);
  call.bind(1, scalar);
  call.step();
  answer_column(context, call, 0);
}

sqlite::Statement Host::rows(sqlite3* user, const char* table, std::size_t arity,
                             unsigned columns) {
  static constexpr const char* kColumns[] = {"key",    "value",   "type", "atom", "id",
                                             "parent", "fullkey", "path", "json", "root"};
  std::string sql = "SELECT ";
  for (unsigned i = 0; i < std::size(kColumns); ++i) {
    if (i > 0) sql += ',';
    sql += (columns >> i & 1) != 0 ? kColumns[i] : "NULL";
  }
  sql.append(" FROM ").append(table).append(arity == 1 ? "(?1)" : "(?1,?2)");
  follow_limits(user);
  return {connection(), sql};
}

double Host::real(std::string_view number) {
  sqlite::Statement& call = extract_root();
  const sqlite::Reset use(call);
  call.bind(1, number);
  call.step();
  return call.column_real(0);
}

void answer_column(sqlite::Context& context, const sqlite::Statement& statement, int column) {
  const sqlite::Value value = statement.column_value(column);
  if (value.type() == SQLITE_TEXT) {
    context.set_text(statement.column_text(column));
    if (const unsigned subtype = value.subtype(); subtype != 0) context.set_subtype(subtype);
  } else {
    context.set_value(value);
  }
}

}  // namespace edgepack::json
