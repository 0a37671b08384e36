#include "json/testing/twins.h"

#include "json/json.h"

namespace edgepack::json::testing {
namespace {

/// All rows of a table-valued function as one value.
std::string all_rows(const std::string& call) {
  return "(SELECT json_group_array(json_array(rowid,key,value,type,atom,id,parent,fullkey,path,"
         "root)) FROM " +
         call + ")";
}

sqlite::Statement prepare(sqlite3* database, const std::string& call, bool is_table) {
  if (is_table) return sqlite::Statement(database, "SELECT " + call);
  // Not through a subquery: a value that is stored loses its subtype.
  return sqlite::Statement(
      database, "SELECT typeof(" + call + "), quote(" + call + "), json_array(" + call + ")");
}

std::string answer(sqlite::Statement& statement, std::string_view document,
                   const std::vector<std::string_view>& paths) {
  try {
    statement.reset();
    statement.bind(1, document);
    const int parameters = sqlite3_bind_parameter_count(statement.get());
    for (int i = 2; i <= parameters; ++i) {
      const auto path = static_cast<std::size_t>(i) - 2;
      if (path < paths.size()) {
        statement.bind(i, paths[path]);
      } else {
        statement.bind(i, nullptr);
      }
    }
    statement.step();
    std::string text;
    for (int column = 0; column < sqlite3_column_count(statement.get()); ++column) {
      text += statement.column_text(column);
      text += '|';
    }
    statement.reset();
    return text;
  } catch (const sqlite::Error& error) {
    return "error " + std::to_string(error.code()) + ": " + error.what();
  }
}

}  // namespace

const std::vector<Twin>& all_twins() {
  static const std::vector<Twin> twins = {
      {"json_extract(?1,?2)", "fjson_extract(?1,?2)", 1},
      {"json_extract(?1,?2,?3)", "fjson_extract(?1,?2,?3)", 2},
      {"json_extract(?1,?2,?3,?4)", "fjson_extract(?1,?2,?3,?4)", 3},
      {"(?1->?2)", "fjson_get(?1,?2)", 1},
      {"(?1->>?2)", "fjson_value(?1,?2)", 1},
      {"json_type(?1)", "fjson_type(?1)", 0},
      {"json_type(?1,?2)", "fjson_type(?1,?2)", 1},
      {"json_array_length(?1)", "fjson_array_length(?1)", 0},
      {"json_array_length(?1,?2)", "fjson_array_length(?1,?2)", 1},
      {"json_valid(?1)", "fjson_valid(?1)", 0},
      {"json(?1)", "fjson(?1)", 0},
      {"json_quote(?1)", "fjson_quote(?1)", 0},
      {"json_quote(?1->?2)", "fjson_quote(fjson_get(?1,?2))", 1},
      {all_rows("json_each(?1)"), all_rows("fjson_each(?1)"), 0, true},
      {all_rows("json_each(?1,?2)"), all_rows("fjson_each(?1,?2)"), 1, true},
      {all_rows("json_tree(?1)"), all_rows("fjson_tree(?1)"), 0, true},
      {all_rows("json_tree(?1,?2)"), all_rows("fjson_tree(?1,?2)"), 1, true},
  };
  return twins;
}

Comparison::Comparison() : database_(register_json) {
  for (const Twin& twin : all_twins()) {
    prepared_.push_back({&twin, prepare(database_, twin.built_in, twin.is_table),
                         prepare(database_, twin.twin, twin.is_table)});
  }
}

Comparison::Answers Comparison::run(const Twin& twin, std::string_view document,
                                    const std::vector<std::string_view>& paths) {
  for (Prepared& prepared : prepared_) {
    if (prepared.twin == &twin) {
      return {answer(prepared.built_in, document, paths),
              answer(prepared.twin_call, document, paths)};
    }
  }
  throw sqlite::Error({.operation = "compare", .problem = "not one of all_twins()"});
}

}  // namespace edgepack::json::testing
