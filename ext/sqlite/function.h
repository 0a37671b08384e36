#pragma once
// SQL functions: what a callback gets, and registration from one constexpr table.

#include <memory>
#include <span>
#include <string_view>

#include "sqlite/value.h"

namespace edgepack::sqlite {

/// What a running SQL function answers through, and what it may ask for. Lives for one call.
/// Exactly one set_* decides the answer; none means NULL.
class Context {
 public:
  /// `state` is what state() answers; it may be null.
  explicit Context(sqlite3_context* context, void* state = nullptr) noexcept
      : context_(context), state_(state) {}

  void set_null() noexcept { sqlite3_result_null(context_); }
  void set_integer(sqlite3_int64 value) noexcept { sqlite3_result_int64(context_, value); }
  void set_real(double value) noexcept { sqlite3_result_double(context_, value); }
  void set_value(Value value) noexcept { sqlite3_result_value(context_, value.get()); }
  /// Copies. More bytes than the host's limit become SQLITE_TOOBIG.
  void set_text(std::string_view text) noexcept;
  /// Does not copy: `text` must have static storage.
  void set_literal(std::string_view text) noexcept;
  void set_blob(std::span<const std::byte> bytes) noexcept;
  /// As set_text, marked as JSON (the function's flags need SQLITE_RESULT_SUBTYPE).
  void set_json(std::string_view text) noexcept;
  void set_subtype(unsigned subtype) noexcept { sqlite3_result_subtype(context_, subtype); }

  sqlite3* database() const noexcept { return sqlite3_context_db_handle(context_); }

  /// True when an UPDATE does not need this column (virtual tables only).
  bool no_change() const noexcept { return sqlite3_vtab_nochange(context_) != 0; }

  /// The state that the function was registered with; the same object for the whole connection.
  template <class State>
  State& state() const noexcept {
    return *static_cast<State*>(state_);
  }

  /// What store_auxiliary kept under `argument` for this statement, or null. `T` must be the same.
  template <class T>
  T* auxiliary(int argument) const noexcept {
    return static_cast<T*>(sqlite3_get_auxdata(context_, argument));
  }
  /// Keeps `object` with the statement while the value of a constant `argument` lasts. SQLite may
  /// delete it at once: use the returned pointer only if it is not null.
  template <class T>
  T* store_auxiliary(int argument, std::unique_ptr<T> object) noexcept {
    sqlite3_set_auxdata(context_, argument, object.release(),
                        [](void* kept) { delete static_cast<T*>(kept); });
    return auxiliary<T>(argument);
  }

  sqlite3_context* get() const noexcept { return context_; }

 private:
  sqlite3_context* context_;
  void* state_;
};

/// Flags of a function whose answer depends on its arguments alone and that touches nothing else.
inline constexpr int kPure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
/// kPure, for functions that call set_json or set_subtype.
inline constexpr int kPureSubtype = kPure | SQLITE_RESULT_SUBTYPE;
/// Flags of a function that touches files or the network: never from a schema.
inline constexpr int kDirectOnly = SQLITE_UTF8 | SQLITE_DIRECTONLY;

/// One row of a registration table. `callback` may throw; `arity` -1 means any number.
struct Function {
  const char* name;
  int arity;
  int flags;
  void (*callback)(Context& context, Arguments arguments);
};

/// Registers every row of `table`, which must have static storage. `state` is shared by all of them
/// and released when the last is unregistered (at the latest when the connection closes).
/// Throws Error naming the function that could not be registered.
void register_functions(sqlite3* database, std::span<const Function> table,
                        const std::shared_ptr<void>& state = nullptr);

}  // namespace edgepack::sqlite
