#include "json/host.h"

#include <algorithm>

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

/// Resets a statement when the call that uses it is over, on every way out.
class Use {
 public:
  explicit Use(sqlite::Statement& statement) noexcept : statement_(statement) {}
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  sqlite::Statement& statement_;
};

}  // namespace

sqlite3* Host::connection() {
  if (connection_ == nullptr) {
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(":memory:", &opened, kFlags, nullptr);
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

void Host::answer(sqlite::Context& context, const char* function, sqlite::Arguments arguments) {
  sqlite::Statement& call = statement(function, arguments.size());
  const int limit = sqlite3_limit(context.database(), SQLITE_LIMIT_LENGTH, -1);
  sqlite3_limit(connection(), SQLITE_LIMIT_LENGTH, limit);
  const Use use(call);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const int parameter = static_cast<int>(i) + 1;
    if (arguments[i].type() == SQLITE_TEXT) {
      call.bind(parameter, arguments[i].text());  // not copied
    } else {
      call.bind(parameter, arguments[i]);
    }
  }
  call.step();
  const sqlite::Value value = call.column_value(0);
  if (value.type() == SQLITE_TEXT) {
    context.set_text(call.column_text(0));
    if (const unsigned subtype = value.subtype(); subtype != 0) context.set_subtype(subtype);
  } else {
    context.set_value(value);
  }
}

double Host::real(std::string_view number) {
  if (!real_) {
    real_ =
        sqlite::Statement(connection(), "SELECT json_extract(?1,'$')", SQLITE_PREPARE_PERSISTENT);
  }
  const Use use(real_);
  real_.bind(1, number);
  real_.step();
  return real_.column_real(0);
}

}  // namespace edgepack::json
