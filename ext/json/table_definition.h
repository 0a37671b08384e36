#pragma once
// What CREATE VIRTUAL TABLE ... USING fjson_table(...) declares.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/jsonpath.h"

namespace edgepack::json {

/// What a column is when its path selects nothing, or something that its type does not take.
struct Fallback {
  enum class Kind { kNull, kError, kDefault };
  Kind kind = Kind::kNull;
  std::variant<std::int64_t, double, std::string> value = {};  ///< kDefault
};

/// One column of the rows.
struct TableColumn {
  enum class Kind {
    kValue,
    kOrdinality,  ///< the number of the row in its row source, from 1
    kExists,      ///< 1 when the path selects a node, else 0
  };
  enum class Type { kAny, kInteger, kReal, kText, kJson };

  std::string name;
  std::string declared_type = {};  ///< as the user wrote it
  Kind kind = Kind::kValue;
  Type type = Type::kAny;
  jsonpath::Query path = {};  ///< from the node of the row on
  Fallback on_empty = {};
  Fallback on_error = {};
};

/// Where rows come from: a row for each node of a path, and for each of those the rows of the
/// nested sources, one source after the other; one row where these have none.
struct RowSource {
  jsonpath::Query path;
  std::vector<TableColumn> columns = {};
  std::vector<RowSource> nested = {};
};

/// Parses a path of a row source or a column: JSONPath, whose `$` is the node of the row outside.
/// Throws sqlite::Error.
jsonpath::Query parse_relative_path(std::string_view path);

/// Parses the arguments of fjson_table: the row path and the columns, in the notation of SQL's
/// JSON_TABLE (ISO/IEC 9075-2:2016, section 7.11). Throws sqlite::Error that says what was expected
/// where.
RowSource parse_table_definition(std::string_view definition);

}  // namespace edgepack::json
