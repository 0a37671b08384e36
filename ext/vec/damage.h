#pragma once
// How damage in a shadow table becomes an error that tells the user what to do.

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::vec {

/// Damage in a shadow table: what is wrong where. Becomes an error in report_damage().
class Corruption : public std::exception {
 public:
  explicit Corruption(std::string problem) : problem_(std::move(problem)) {}
  const char* what() const noexcept override { return problem_.c_str(); }

 private:
  std::string problem_;
};

/// Answers what `body` answers; a Corruption becomes an Error with SQLITE_CORRUPT_VTAB that names
/// `table`.
template <class Body>
auto report_damage(std::string_view table, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const Corruption& corruption) {
    throw sqlite::Error({.operation = "vec0",
                         .object = table,
                         .problem = std::string("table is corrupt: ") + corruption.what(),
                         .hint = "copy the readable rows to a new table, or restore a backup"},
                        SQLITE_CORRUPT_VTAB);
  }
}

}  // namespace edgepack::vec
