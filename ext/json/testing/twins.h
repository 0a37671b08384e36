#pragma once
// The host's JSON functions and their twins, side by side.

#include <string>
#include <string_view>
#include <vector>

#include "sqlite/testing/database.h"

namespace edgepack::json::testing {

/// A twin and the built-in function that it follows, as SQL expressions over ?1 (the document), ?2,
/// ...
struct Twin {
  std::string built_in;
  std::string twin;
  std::size_t paths;  ///< how many arguments follow the document
  /// A table-valued function: slow for the host where documents are deep, as every row has its
  /// path.
  bool is_table = false;
};

/// Every twin, with each number of paths that is worth trying.
const std::vector<Twin>& all_twins();

/// A connection that runs calls through both. One thread.
class Comparison {
 public:
  Comparison();

  /// What the call answers: type, value and what json_array() makes of it, which shows the subtype;
  /// or the code and text of the error.
  struct Answers {
    std::string built_in;
    std::string twin;
    bool are_equal() const { return built_in == twin; }
  };

  /// Calls `twin` and its built-in with `document` and `paths` as TEXT; with fewer paths than the
  /// twin takes, the rest is NULL.
  Answers run(const Twin& twin, std::string_view document,
              const std::vector<std::string_view>& paths);

  edgepack::testing::Database& database() noexcept { return database_; }

 private:
  struct Prepared {
    const Twin* twin;
    sqlite::Statement built_in;
    sqlite::Statement twin_call;
  };

  edgepack::testing::Database database_;
  std::vector<Prepared> prepared_;
};

}  // namespace edgepack::json::testing
