#pragma once
// The boundary between C++ and SQLite: nothing is thrown across it.

#include <new>
#include <type_traits>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::sqlite {

/// Runs `body` and turns what it throws into an SQLite result code. `body` returns nothing or a
/// result code. `report(code, message)` is called once if it throws; `message` is null for
/// out of memory (SQLITE_NOMEM), and otherwise lives as long as the call. `report` must not throw.
template <class Body, class Report>
int guard(Body&& body, Report&& report) noexcept {
  const auto failed = [&report](int code, const char* message) noexcept {
    report(code, message);
    return code;
  };
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      std::forward<Body>(body)();
      return SQLITE_OK;
    } else {
      return std::forward<Body>(body)();
    }
  } catch (const Error& error) {
    return failed(error.code(), error.code() == SQLITE_NOMEM ? nullptr : error.what());
  } catch (const std::bad_alloc&) {
    return failed(SQLITE_NOMEM, nullptr);
  } catch (const std::exception& error) {
    return failed(SQLITE_ERROR, error.what());
  } catch (...) {
    return failed(SQLITE_ERROR, "edgepack: unknown failure");
  }
}

/// Replaces the message in `*slot`, which SQLite frees (sqlite3_vtab::zErrMsg and pzErrMsg alike).
void replace_message(char** slot, const char* message) noexcept;

/// guard() for callbacks that report through a message pointer, which may be null.
template <class Body>
int guard_message(char** slot, Body&& body) noexcept {
  return guard(std::forward<Body>(body), [slot](int, const char* message) noexcept {
    if (slot != nullptr) replace_message(slot, message);
  });
}

}  // namespace edgepack::sqlite
