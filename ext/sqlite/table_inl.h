#pragma once
// Bodies of table.h: one guarded callback for each hook that sqlite3_module has.

#include <utility>

namespace edgepack::sqlite {
namespace detail {

/// sqlite3_module as SQLite knows it from 3.44 on (iVersion 4), whatever header this is built with.
/// Older hosts read the part that they know.
template <class Base, bool kHasIntegrity = requires(Base& b) { b.xIntegrity; }
> struct ModuleWithIntegrity : Base {
  int (*xIntegrity)(sqlite3_vtab*, const char*, const char*, int, char**);
};
template <class Base>
struct ModuleWithIntegrity<Base, true> : Base {};

template <class T>
struct TableHooks {
  using Cursor = typename T::Cursor;

  static constexpr bool kCreates = requires(const TableArguments& a) { T::create(a); };
  static constexpr bool kDestroys = requires(T & t) { t.destroy(); };
  static constexpr bool kUpdates = requires(T & t, Arguments a, sqlite3_int64& rowid) {
    t.update(a, rowid);
  };
  static constexpr bool kTransacts = requires(T & t) { t.begin(); };
  static constexpr bool kSavepoints = requires(T & t) { t.savepoint(0); };
  static constexpr bool kRenames = requires(T & t) { t.rename(""); };
  static constexpr bool kChecks = requires(T & t) { t.integrity(true); };
  static constexpr bool kShadows = requires { T::is_shadow_name(std::string_view()); };

  static T& table(sqlite3_vtab* base) noexcept { return *static_cast<T*>(base); }
  static Cursor& cursor(sqlite3_vtab_cursor* base) noexcept { return *static_cast<Cursor*>(base); }

  static TableArguments view(sqlite3* database, void* state, int count,
                             const char* const* words) noexcept {
    const auto size = static_cast<std::size_t>(count);
    return {database,
            words[0],
            words[1],
            words[2],
            std::span(words, size).subspan(3),
            *static_cast<std::shared_ptr<void>*>(state)};
  }

  static int connect(sqlite3* database, void* state, int count, const char* const* words,
                     sqlite3_vtab** table, char** message) noexcept {
    return guard_message(
        message, [&] { *table = T::connect(view(database, state, count, words)).release(); });
  }
  static int create(sqlite3* database, void* state, int count, const char* const* words,
                    sqlite3_vtab** table, char** message) noexcept {
    return guard_message(
        message, [&] { *table = T::create(view(database, state, count, words)).release(); });
  }
  static int best_index(sqlite3_vtab* base, sqlite3_index_info* info) noexcept {
    return guard_message(&base->zErrMsg, [&]() -> int { return table(base).best_index(*info); });
  }
  static int disconnect(sqlite3_vtab* base) noexcept {
    delete &table(base);
    return SQLITE_OK;
  }
  static int destroy(sqlite3_vtab* base) noexcept {
    if constexpr (kDestroys) {
      // After a failure SQLite keeps the table, and calls disconnect or destroy again later. It
      // takes the code only: a message would be left behind.
      const int code = guard([&] { table(base).destroy(); }, [](int, const char*) noexcept {});
      if (code != SQLITE_OK) return code;
    }
    return disconnect(base);
  }
  static int open(sqlite3_vtab* base, sqlite3_vtab_cursor** opened) noexcept {
    return guard_message(&base->zErrMsg, [&] {
      std::unique_ptr<Cursor> made = table(base).open();
      *opened = made.release();
    });
  }
  static int close(sqlite3_vtab_cursor* base) noexcept {
    delete &cursor(base);
    return SQLITE_OK;
  }
  static int filter(sqlite3_vtab_cursor* base, int plan, const char* plan_text, int count,
                    sqlite3_value** values) noexcept {
    return guard_message(&base->pVtab->zErrMsg,
                         [&] { cursor(base).filter(plan, plan_text, Arguments(count, values)); });
  }
  static int next(sqlite3_vtab_cursor* base) noexcept {
    return guard_message(&base->pVtab->zErrMsg, [&] { cursor(base).next(); });
  }
  static int at_end(sqlite3_vtab_cursor* base) noexcept { return cursor(base).at_end() ? 1 : 0; }
  static int column(sqlite3_vtab_cursor* base, sqlite3_context* raw, int index) noexcept {
    Context context(raw);
    return guard([&] { cursor(base).column(context, index); },
                 [raw](int code, const char* message) noexcept {
                   if (message != nullptr) sqlite3_result_error(raw, message, -1);
                   sqlite3_result_error_code(raw, code);
                 });
  }
  static int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* row) noexcept {
    return guard_message(&base->pVtab->zErrMsg, [&] { *row = cursor(base).rowid(); });
  }
  static int update(sqlite3_vtab* base, int count, sqlite3_value** values,
                    sqlite3_int64* row) noexcept {
    return guard_message(&base->zErrMsg,
                         [&] { table(base).update(Arguments(count, values), *row); });
  }
  static int begin(sqlite3_vtab* base) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).begin(); });
  }
  static int sync(sqlite3_vtab* base) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).sync(); });
  }
  static int commit(sqlite3_vtab* base) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).commit(); });
  }
  static int rollback(sqlite3_vtab* base) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).rollback(); });
  }
  static int savepoint(sqlite3_vtab* base, int depth) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).savepoint(depth); });
  }
  static int release(sqlite3_vtab* base, int depth) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).release(depth); });
  }
  static int rollback_to(sqlite3_vtab* base, int depth) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).rollback_to(depth); });
  }
  static int rename(sqlite3_vtab* base, const char* name) noexcept {
    return guard_message(&base->zErrMsg, [&] { table(base).rename(name); });
  }
  static int shadow_name(const char* suffix) noexcept { return T::is_shadow_name(suffix) ? 1 : 0; }

  static int integrity(sqlite3_vtab* base, const char*, const char*, int flags,
                       char** problems) noexcept {
    char* failure = nullptr;
    const int code = guard_message(&failure, [&] {
      const std::string found = table(base).integrity(flags != 0);
      if (found.empty()) return;
      *problems = sqlite3_mprintf("%s", found.c_str());
      if (*problems == nullptr) throw std::bad_alloc();
    });
    // SQLite asks for no message beside a code: the reason becomes a problem that is told.
    if (failure != nullptr) *problems = failure;
    return failure != nullptr ? SQLITE_OK : code;
  }

  static constexpr ModuleWithIntegrity<sqlite3_module> make() noexcept {
    ModuleWithIntegrity<sqlite3_module> methods{};
    methods.iVersion = kChecks ? 4 : 3;
    if constexpr (kCreates) methods.xCreate = create;
    methods.xConnect = connect;
    methods.xBestIndex = best_index;
    methods.xDisconnect = disconnect;
    methods.xDestroy = destroy;
    methods.xOpen = open;
    methods.xClose = close;
    methods.xFilter = filter;
    methods.xNext = next;
    methods.xEof = at_end;
    methods.xColumn = column;
    methods.xRowid = rowid;
    if constexpr (kUpdates) methods.xUpdate = update;
    if constexpr (kTransacts) {
      methods.xBegin = begin;
      methods.xSync = sync;
      methods.xCommit = commit;
      methods.xRollback = rollback;
    }
    if constexpr (kSavepoints) {
      methods.xSavepoint = savepoint;
      methods.xRelease = release;
      methods.xRollbackTo = rollback_to;
    }
    if constexpr (kRenames) methods.xRename = rename;
    if constexpr (kShadows) methods.xShadowName = shadow_name;
    if constexpr (kChecks) methods.xIntegrity = integrity;
    return methods;
  }
};

template <class T>
inline constexpr ModuleWithIntegrity<sqlite3_module> kModuleOf = TableHooks<T>::make();

}  // namespace detail

template <class T>
const sqlite3_module* module_of() {
  return &detail::kModuleOf<T>;
}

}  // namespace edgepack::sqlite
