#include "json/element_index.h"

#include <memory>
#include <string>
#include <vector>

#include "json/path.h"
#include "sqlite/statement.h"

namespace edgepack::json {
namespace {

constexpr const char* kCreate = "fjson_index";
constexpr const char* kDrop = "fjson_drop_index";

/// Marks a table as one that may be dropped; SQLite keeps the comment in the schema.
constexpr std::string_view kMark = "/* made by fjson_index() */";

std::string quoted(const std::string& name) { return sqlite::format("\"%w\"", name.c_str()); }

/// A table as SQL names it: `table` or `schema.table`, each bare or in double quotes.
struct TableName {
  std::string schema;  ///< empty: not said
  std::string table;
};

TableName parse_table_name(std::string_view text, const char* operation) {
  std::vector<std::string> names(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      const bool is_doubled = is_quoted && i + 1 < text.size() && text[i + 1] == '"';
      if (!is_doubled) {
        is_quoted = !is_quoted;
        continue;
      }
      ++i;
    } else if (text[i] == '.' && !is_quoted) {
      names.emplace_back();
      continue;
    }
    names.back() += text[i];
  }
  if (is_quoted || names.size() > 2 || names.back().empty()) {
    throw sqlite::Error(
        {.operation = operation,
         .object = text,
         .problem = "no name of a table",
         .hint = "write table or schema.table, in double quotes where they have dots"});
  }
  if (names.size() == 1) return {"", names[0]};
  return {names[0], names[1]};
}

/// The parts of a path before, between and behind its `[*]`; all but the first without a `$`.
std::vector<std::string> split_at_wildcards(std::string_view path) {
  constexpr std::string_view kWildcard = "[*]";
  std::vector<std::string> parts(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '"') is_quoted = !is_quoted;
    if (!is_quoted && path.substr(i).starts_with(kWildcard)) {
      parts.emplace_back();
      i += kWildcard.size() - 1;
    } else {
      parts.back() += path[i];
    }
  }
  const auto fail = [&](std::string_view problem, std::string_view hint) {
    throw sqlite::Error({.operation = kCreate, .object = path, .problem = problem, .hint = hint});
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!Path::compile(i == 0 ? parts[0] : '$' + parts[i]).is_decided()) {
      fail("no path", "paths are those of json_extract(), with [*] for all elements: $.tags[*]");
    }
  }
  if (parts.size() == 1) fail("selects no elements", "write [*], or CREATE INDEX for one value");
  return parts;
}

/// The labels of a path, to be part of a name.
std::string labels_of(const std::vector<std::string>& parts) {
  std::string labels;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Path path = Path::compile(i == 0 ? parts[0] : '$' + parts[i]);
    for (const Step& step : path.steps()) {
      if (step.kind != Step::Kind::kMember) continue;
      labels += '_';
      labels.append(step.label_and_quote, 0, step.label_and_quote.size() - 1);
    }
  }
  return labels;
}

/// What is made: a table of this name, its index and its triggers.
class ElementIndex {
 public:
  ElementIndex(sqlite3* database, const char* operation, std::string schema, std::string name)
      : database_(database),
        operation_(operation),
        schema_(std::move(schema)),
        name_(std::move(name)) {}

  /// True when the table is there; throws sqlite::Error when another one has the name.
  bool exists() const {
    sqlite::Statement find(database_, "SELECT sql FROM " + quoted(schema_) +
                                          ".sqlite_schema WHERE name = ?1 COLLATE NOCASE");
    find.bind(1, std::string_view(name_));
    if (!find.step()) return false;
    if (find.column_text(0).find(kMark) == std::string_view::npos) {
      throw sqlite::Error({.operation = operation_,
                           .object = name_,
                           .problem = "is a table that fjson_index() did not make",
                           .hint = "give another name: fjson_index(table, column, path, name)"});
    }
    return true;
  }

  void drop() const {
    for (const char* event : {"insert", "update", "delete"}) {
      run("DROP TRIGGER IF EXISTS " + qualified(std::string("_") + event));
    }
    run("DROP TABLE " + qualified(""));
  }

  void create(const std::string& table, const std::string& column,
              const std::vector<std::string>& keys, const std::vector<std::string>& path) const;

 private:
  std::string qualified(const std::string& suffix) const {
    return quoted(schema_) + '.' + quoted(name_ + suffix);
  }
  /// The collation of a column, as SQL writes it.
  std::string collation_of(const std::string& table, const std::string& column) const {
    const char* collation = nullptr;
    if (sqlite3_table_column_metadata(database_, schema_.c_str(), table.c_str(), column.c_str(),
                                      nullptr, &collation, nullptr, nullptr,
                                      nullptr) != SQLITE_OK) {
      throw sqlite::Error::from(database_, {.operation = kCreate, .object = table});
    }
    return quoted(collation);
  }
  void run(const std::string& sql) const {
    sqlite::execute(database_, sql, {.operation = operation_, .object = name_});
  }

  sqlite3* database_;
  const char* operation_;
  std::string schema_;
  std::string name_;
};

/// What `one` makes of each column of the key, joined by `between`.
std::string join(const std::vector<std::string>& keys, const auto& one, const char* between) {
  std::string all;
  for (const std::string& key : keys) {
    if (!all.empty()) all += between;
    all += one(key);
  }
  return all;
}

/// A column of the made table that holds a column of the indexed table's key.
std::string key_column(const std::string& key) { return quoted("row_" + key); }

/// A SELECT of the key and the different values in the document of the row `row`, which `from`
/// makes; with the functions whose names start with `prefix`.
std::string select_elements(const std::string& row, const std::string& from,
                            const std::string& column, const std::vector<std::string>& keys,
                            const std::vector<std::string>& path, const std::string& prefix) {
  const std::string cell = row + '.' + quoted(column);
  // What is no JSON has no elements; it must not make a write fail.
  std::string document = "CASE WHEN " + prefix + "valid(" + cell + ") THEN " + cell + " END";
  std::string tables = from;
  std::string conditions;
  std::string value;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const std::string element = "element" + std::to_string(i + 1);
    const std::string part = i == 0 ? path[0] : '$' + path[i];
    if (!tables.empty()) tables += ", ";
    tables +=
        prefix + "each(" + document + ", " + sqlite::format("%Q", part.c_str()) + ") AS " + element;
    // The members of objects have keys that are text.
    conditions += "typeof(" + element + ".key) = 'integer' AND ";
    document =
        "CASE WHEN " + element + ".type IN ('array', 'object') THEN " + element + ".value END";
    value = element + ".value";
  }
  if (!path.back().empty()) {
    value = prefix + "extract(" + document + ", " +
            sqlite::format("%Q", ('$' + path.back()).c_str()) + ")";
  }
  return "SELECT DISTINCT " + value + ", " +
         join(
             keys, [&](const std::string& key) { return row + '.' + quoted(key); }, ", ") +
         " FROM " + tables + " WHERE " + conditions + value + " IS NOT NULL";
}

void ElementIndex::create(const std::string& table, const std::string& column,
                          const std::vector<std::string>& keys,
                          const std::vector<std::string>& path) const {
  const std::string columns = join(keys, key_column, ", ");
  const auto declaration = [&](const std::string& key) {
    return key_column(key) + " COLLATE " + collation_of(table, key);
  };
  run("CREATE TABLE " + qualified("") + "(" + std::string(kMark) + " value, " +
      join(keys, declaration, ", ") + ", PRIMARY KEY(value, " + columns + ")) WITHOUT ROWID");
  run("CREATE INDEX " + qualified("_row") + " ON " + quoted(name_) + "(" + columns + ")");
  const std::string source = quoted(schema_) + '.' + quoted(table) + " AS source";
  run("INSERT INTO " + qualified("") + " " +
      select_elements("source", source, column, keys, path, "fjson_"));

  const auto remove = [&](const std::string& row) {
    return "DELETE FROM " + quoted(name_) + " WHERE " +
           join(
               keys,
               [&](const std::string& key) {
                 return key_column(key) + " = " + row + '.' + quoted(key);
               },
               " AND ") +
           "; ";
  };
  const std::string insert = "INSERT INTO " + quoted(name_) + " " +
                             select_elements("new", "", column, keys, path, "json_") + "; ";
  std::vector<std::string> watched = keys;
  watched.push_back(column);
  const std::string changed = join(
      watched,
      [](const std::string& name) {
        return "old." + quoted(name) + " COLLATE BINARY IS NOT new." + quoted(name);
      },
      " OR ");
  // SQLite does not tell triggers of the rows that REPLACE removes (unless recursive_triggers is
  // on): what they leave behind goes when their key comes again.
  run("CREATE TRIGGER " + qualified("_insert") + " AFTER INSERT ON " + quoted(table) + " BEGIN " +
      remove("new") + insert + "END");
  run("CREATE TRIGGER " + qualified("_update") + " AFTER UPDATE ON " + quoted(table) + " WHEN " +
      changed + " BEGIN " + remove("old") + remove("new") + insert + "END");
  run("CREATE TRIGGER " + qualified("_delete") + " AFTER DELETE ON " + quoted(table) + " BEGIN " +
      remove("old") + "END");
}

/// The schema of a table: the one that is named, else the one in which SQLite finds it.
std::string schema_of(sqlite3* database, const TableName& name, const char* operation) {
  sqlite::Statement find(
      database,
      "SELECT schema, type FROM pragma_table_list WHERE name = ?1 COLLATE NOCASE "
      "AND (?2 = '' OR schema = ?2 COLLATE NOCASE) "
      "ORDER BY schema <> 'temp', schema <> 'main' LIMIT 1");
  find.bind(1, std::string_view(name.table)).bind(2, std::string_view(name.schema));
  if (!find.step()) {
    throw sqlite::Error({.operation = operation, .object = name.table, .problem = "no such table"});
  }
  if (find.column_text(1) != "table") {
    throw sqlite::Error({.operation = operation,
                         .object = name.table,
                         .problem = "is no ordinary table, and cannot have triggers"});
  }
  return std::string(find.column_text(0));
}

/// The columns that tell the rows of a table apart for good.
std::vector<std::string> key_of(sqlite3* database, const std::string& schema,
                                const std::string& table) {
  // A column that is the rowid has no index of its own.
  sqlite::Statement find(database,
                         "SELECT name, \"notnull\" OR (SELECT wr FROM pragma_table_list(?1) WHERE "
                         "schema = ?2) OR NOT EXISTS "
                         "(SELECT 1 FROM pragma_index_list(?1, ?2) WHERE origin = 'pk') "
                         "FROM pragma_table_xinfo(?1, ?2) WHERE pk > 0 ORDER BY pk");
  find.bind(1, std::string_view(table)).bind(2, std::string_view(schema));
  std::vector<std::string> keys;
  bool is_unique = true;
  while (find.step()) {
    keys.emplace_back(find.column_text(0));
    is_unique = is_unique && find.column_integer(1) != 0;
  }
  if (keys.empty() || !is_unique) {
    throw sqlite::Error(
        {.operation = kCreate,
         .object = table,
         .problem = "has no primary key that is never NULL",
         .hint = "VACUUM renumbers rows without one; declare id INTEGER PRIMARY KEY"});
  }
  return keys;
}

std::string column_of(sqlite3* database, const std::string& schema, const std::string& table,
                      std::string_view column) {
  sqlite::Statement find(
      database, "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE name = ?3 COLLATE NOCASE");
  find.bind(1, std::string_view(table)).bind(2, std::string_view(schema)).bind(3, column);
  if (!find.step()) {
    throw sqlite::Error({.operation = kCreate,
                         .object = table,
                         .problem = "no such column: " + std::string(column)});
  }
  return std::string(find.column_text(0));
}

/// SQLite before 3.41 takes json_valid() for unsafe.
void check_triggers_will_work(sqlite3* database) {
  if (sqlite3_libversion_number() >= 3041000) return;
  sqlite::Statement ask(database, "PRAGMA trusted_schema");
  if (ask.step() && ask.column_integer(0) == 0) {
    throw sqlite::Error({.operation = kCreate,
                         .problem = "SQLite before 3.41 refuses JSON functions in triggers under "
                                    "trusted_schema=OFF",
                         .hint = "set PRAGMA trusted_schema=ON"});
  }
}

/// Runs `body` in a savepoint: all of it or nothing.
void all_or_nothing(sqlite3* database, const char* operation, const auto& body) {
  const sqlite::ErrorParts parts{.operation = operation};
  // Given back before the rollback, which needs memory when there may be no other.
  constexpr std::size_t kEnoughForRollback = std::size_t{64} << 10;
  auto reserve = std::make_unique<char[]>(kEnoughForRollback);
  sqlite::execute(database, "SAVEPOINT fjson_index", parts);
  try {
    body();
    sqlite::execute(database, "RELEASE fjson_index", parts);
  } catch (...) {
    reserve.reset();
    // Fails where SQLite has rolled back everything already.
    sqlite3_exec(database, "ROLLBACK TO fjson_index; RELEASE fjson_index", nullptr, nullptr,
                 nullptr);
    throw;
  }
}

}  // namespace

void create_element_index(sqlite::Context& context, sqlite::Arguments arguments) {
  sqlite3* const database = context.database();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].is_null())
      throw sqlite::Error({.operation = kCreate, .problem = "an argument is NULL"});
  }
  const TableName table = parse_table_name(arguments[0].text(), kCreate);
  const std::string schema = schema_of(database, table, kCreate);
  const std::string column = column_of(database, schema, table.table, arguments[1].text());
  const std::vector<std::string> path = split_at_wildcards(arguments[2].text());
  const std::vector<std::string> keys = key_of(database, schema, table.table);
  check_triggers_will_work(database);
  const std::string labels = labels_of(path);
  const std::string name = arguments.size() > 3
                               ? std::string(arguments[3].text())
                               : table.table + (labels.empty() ? '_' + column : labels);
  const ElementIndex index(database, kCreate, schema, name);
  all_or_nothing(database, kCreate, [&] {
    if (index.exists()) index.drop();
    index.create(table.table, column, keys, path);
  });
  context.set_text(name);
}

void drop_element_index(sqlite::Context& context, sqlite::Arguments arguments) {
  sqlite3* const database = context.database();
  const TableName name = parse_table_name(arguments[0].text(), kDrop);
  const ElementIndex index(database, kDrop, schema_of(database, name, kDrop), name.table);
  index.exists();
  all_or_nothing(database, kDrop, [&] { index.drop(); });
  context.set_text(name.table);
}

}  // namespace edgepack::json
