#include "json/json_table.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "json/cursor_buffers.h"
#include "json/giant.h"
#include "json/lexical.h"
#include "json/render.h"
#include "json/session.h"
#include "json/table_rows.h"

namespace edgepack::json {
namespace {

/// Columns that fjson_rows() has; also the paths that it takes.
constexpr int kMostPaths = 32;

/// A column of the SQL table: one of a row source.
struct Place {
  const TableRows* rows;
  const TableColumn* column;
};

void collect(const TableRows& rows, std::vector<Place>* places) {  // NOLINT(misc-no-recursion)
  for (const TableColumn& column : rows.source().columns) places->push_back({&rows, &column});
  for (const TableRows& nested : rows.nested()) collect(nested, places);
}

/// The rows of one document at a time, and the values of their columns.
class RowReader {
 public:
  RowReader(sqlite3* database, Host& host, CursorBuffers& spare) noexcept
      : host_(host), patience_(database), buffers_(spare) {}

  /// `source` must stay as it is while its rows are read.
  void start(const RowSource& source, sqlite::Value document) {
    stop();
    if (document.is_null()) return;
    // SQLite may reuse its own while rows are read.
    copy_strict_text(document, &text_, patience_);
    if (!document_.read(text_, &patience_) || !document_.is_utf8(patience_)) throw_malformed();
    if (source_ != &source) {
      source_ = nullptr;
      places_.clear();
      rows_.emplace(source);
      collect(*rows_, &places_);
      source_ = &source;
    }
    evaluation_.emplace(document_, patience_);
    at_end_ = !rows_->start(*evaluation_, Document::root());
  }
  void stop() noexcept {
    at_end_ = true;
    row_ = 0;
  }
  /// The next start() reads the columns of its source anew.
  void forget_source() noexcept { source_ = nullptr; }

  void next() {
    ++row_;
    at_end_ = !rows_->next();
  }
  bool at_end() const noexcept { return at_end_; }
  sqlite3_int64 row() const noexcept { return row_; }
  void present_text(sqlite::Context& context) { set_text(context, text_, &patience_); }
  sqlite3_int64 ordinal() const noexcept { return rows_->ordinal(); }

  /// NULL for a column that the source does not have.
  void present(sqlite::Context& context, std::size_t number);

 private:
  void present_node(sqlite::Context& context, const TableColumn& column, Token node);
  bool convert(sqlite::Context& context, TableColumn::Type type, Token node);
  bool convert_number(sqlite::Context& context, TableColumn::Type type, const std::string& text);

  Host& host_;
  Patience patience_;
  LentBuffers buffers_;
  std::string& text_ = buffers_.text;
  Document& document_ = buffers_.document;
  const RowSource* source_ = nullptr;
  std::optional<TableRows> rows_;
  std::vector<Place> places_;
  std::optional<jsonpath::Evaluation> evaluation_;
  bool at_end_ = true;
  sqlite3_int64 row_ = 0;
  std::string buffer_;
};

void fall_back(sqlite::Context& context, const TableColumn& column, const Fallback& fallback,
               std::string_view problem) {
  if (fallback.kind == Fallback::Kind::kError) {
    throw sqlite::Error({.operation = "fjson_table", .object = column.name, .problem = problem});
  }
  if (fallback.kind == Fallback::Kind::kNull) return;
  if (const auto* integer = std::get_if<std::int64_t>(&fallback.value)) {
    context.set_integer(*integer);
  } else if (const auto* real = std::get_if<double>(&fallback.value)) {
    context.set_real(*real);
  } else {
    context.set_text(std::get<std::string>(fallback.value));
  }
}

void RowReader::present(sqlite::Context& context, std::size_t number) {
  if (number >= places_.size()) return;
  const auto [rows, column] = places_[number];
  const std::optional<Token> node = rows->node();
  if (!node) return;
  if (column->kind == TableColumn::Kind::kOrdinality) return context.set_integer(rows->ordinal());
  std::optional<Token> found;
  bool is_single = true;
  if (column->path.is_singular()) {
    found = evaluation_->find_singular(column->path, *node);
  } else {
    jsonpath::NodeIterator nodes(*evaluation_, column->path, *node);
    found = nodes.next();
    is_single = column->kind == TableColumn::Kind::kExists || !nodes.next();
  }
  if (column->kind == TableColumn::Kind::kExists) return context.set_integer(found ? 1 : 0);
  if (!found) return fall_back(context, *column, column->on_empty, "the path selects nothing");
  if (!is_single) {
    return fall_back(context, *column, column->on_error, "the path selects several nodes");
  }
  present_node(context, *column, *found);
}

void RowReader::present_node(sqlite::Context& context, const TableColumn& column, Token node) {
  if (column.type == TableColumn::Type::kAny) {
    present_sql_value(context, document_, node, host_, &buffer_, &patience_);
    if (document_.is_container(node)) context.set_subtype(sqlite::kJsonSubtype);
  } else if (!convert(context, column.type, node)) {
    fall_back(context, column, column.on_error, "the value is no " + column.declared_type);
  }
}

/// False, with nothing answered, when the type does not take the value.
bool RowReader::convert(sqlite::Context& context, TableColumn::Type type, Token node) {
  using Type = TableColumn::Type;
  const char kind = document_.kind(node);
  if (type == Type::kJson) {
    set_json(context, json_of(document_, node, &buffer_, &patience_), &patience_);
    return true;
  }
  if (kind == 'n') return true;  // NULL
  if (type == Type::kText) {
    if (kind == '"' || document_.is_container(node)) {
      present_sql_value(context, document_, node, host_, &buffer_, &patience_);
    } else {
      context.set_text(document_.bytes(node));
    }
    return true;
  }
  switch (kind) {
    case '{':
    case '[':
      return false;
    case 't':
    case 'f':
      if (type != Type::kInteger) return false;
      context.set_integer(kind == 't' ? 1 : 0);
      return true;
    case '"': {
      const std::string text(string_of(document_, node, &buffer_));
      const char* const end = skip_number(text.c_str());
      return end == text.c_str() + text.size() && convert_number(context, type, text);
    }
    default:
      return convert_number(context, type, std::string(document_.bytes(node)));
  }
}

bool RowReader::convert_number(sqlite::Context& context, TableColumn::Type type,
                               const std::string& text) {
  const jsonpath::Number number = jsonpath::to_number(text);
  if (type == TableColumn::Type::kInteger) {
    constexpr double kBeyond = 9223372036854775808.0;
    if (number.integer) {
      context.set_integer(*number.integer);
      return true;
    }
    const bool is_whole =
        number.real >= -kBeyond && number.real < kBeyond && std::trunc(number.real) == number.real;
    if (is_whole) context.set_integer(static_cast<sqlite3_int64>(number.real));
    return is_whole;
  }
  double real = 0;
  context.set_real(convert_plain_real(text, &real) ? real : host_.real(text));
  return true;
}

/// Reads the constraints on the columns from `first` on, which are arguments. SQLITE_CONSTRAINT
/// when one of them is not known yet: another order of the join must do.
int plan_arguments(sqlite3_index_info& info, int first, int least, int count) {
  constexpr double kCostWithoutArguments = 1e9;
  std::vector<int> constraints(static_cast<std::size_t>(count), -1);
  for (int i = 0; i < info.nConstraint; ++i) {
    const auto& constraint = info.aConstraint[i];
    if (constraint.iColumn < first || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    if (constraint.usable == 0) return SQLITE_CONSTRAINT;
    constraints[static_cast<std::size_t>(constraint.iColumn - first)] = i;
  }
  info.idxNum = 0;
  info.estimatedCost = kCostWithoutArguments;
  for (int i = 0; i < count && constraints[static_cast<std::size_t>(i)] >= 0; ++i) {
    auto& usage = info.aConstraintUsage[constraints[static_cast<std::size_t>(i)]];
    usage.argvIndex = i + 1;
    usage.omit = 1;
    info.idxNum = i + 1;
  }
  if (info.idxNum >= least) {
    info.estimatedCost = 1;
  } else {
    for (int i = 0; i < info.nConstraint; ++i) info.aConstraintUsage[i] = {};
    info.idxNum = 0;
  }
  return SQLITE_OK;
}

// A name as a column definition needs it.
std::string quoted_name(const std::string& name) { return sqlite::format("\"%w\"", name.c_str()); }

/// A table whose columns were declared.
class DeclaredTable : public sqlite3_vtab {
 public:
  class Cursor;

  static std::unique_ptr<DeclaredTable> create(const sqlite::TableArguments& arguments) {
    return connect(arguments);
  }
  static std::unique_ptr<DeclaredTable> connect(const sqlite::TableArguments& arguments) {
    std::string definition;
    for (const char* argument : arguments.arguments) {
      if (!definition.empty()) definition += ',';
      definition += argument;
    }
    auto table = std::make_unique<DeclaredTable>(arguments, parse_table_definition(definition));
    std::string schema = "CREATE TABLE x(";
    const TableRows rows(table->source);
    std::vector<Place> places;
    collect(rows, &places);
    for (const Place& place : places) {
      schema += quoted_name(place.column->name) + ' ' + place.column->declared_type + ',';
    }
    if (places.empty()) {
      throw sqlite::Error({.operation = "fjson_table",
                           .object = arguments.table,
                           .problem = "no columns",
                           .hint = "write them behind the row path: id INTEGER PATH '$.id'"});
    }
    table->document_column = static_cast<int>(places.size());
    sqlite::declare_table(arguments, schema + "document HIDDEN)");
    sqlite::declare_innocuous(arguments.database);
    return table;
  }

  DeclaredTable(const sqlite::TableArguments& arguments, RowSource rows) noexcept
      : sqlite3_vtab{},
        database(arguments.database),
        spare_buffers(std::static_pointer_cast<CursorBuffers>(arguments.state)),
        source(std::move(rows)) {}

  int best_index(sqlite3_index_info& info) { return plan_arguments(info, document_column, 1, 1); }
  std::unique_ptr<Cursor> open();

  sqlite3* const database;
  const std::shared_ptr<CursorBuffers> spare_buffers;
  const RowSource source;
  int document_column = 0;
  Host host;
};

class DeclaredTable::Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(DeclaredTable& table) noexcept
      : sqlite3_vtab_cursor{},
        table_(table),
        reader_(table.database, table.host, *table.spare_buffers) {}

  void filter(int arguments_given, const char*, sqlite::Arguments arguments) {
    reader_.stop();
    if (arguments_given == 1) reader_.start(table_.source, arguments[0]);
  }
  void next() { reader_.next(); }
  bool at_end() const noexcept { return reader_.at_end(); }
  sqlite3_int64 rowid() const noexcept { return reader_.row(); }
  void column(sqlite::Context& context, int column) {
    if (column == table_.document_column) return reader_.present_text(context);
    reader_.present(context, static_cast<std::size_t>(column));
  }

 private:
  DeclaredTable& table_;
  RowReader reader_;
};

std::unique_ptr<DeclaredTable::Cursor> DeclaredTable::open() {
  return std::make_unique<Cursor>(*this);
}

/// fjson_rows(): the columns are number, c1 ... cN, and the hidden arguments.
class AnonymousTable : public sqlite3_vtab {
 public:
  class Cursor;

  static constexpr int kDocument = kMostPaths + 1;

  static std::unique_ptr<AnonymousTable> connect(const sqlite::TableArguments& arguments) {
    std::string columns = "number INTEGER";
    std::string paths;
    for (int i = 1; i <= kMostPaths; ++i) {
      columns += ",c" + std::to_string(i);
      paths += ",path" + std::to_string(i) + " HIDDEN";
    }
    sqlite::declare_table(
        arguments, "CREATE TABLE x(" + columns + ",document HIDDEN,row_path HIDDEN" + paths + ")");
    sqlite::declare_innocuous(arguments.database);
    return std::make_unique<AnonymousTable>(arguments);
  }

  explicit AnonymousTable(const sqlite::TableArguments& arguments) noexcept
      : sqlite3_vtab{},
        database(arguments.database),
        spare_buffers(std::static_pointer_cast<CursorBuffers>(arguments.state)) {}

  int best_index(sqlite3_index_info& info) {
    return plan_arguments(info, kDocument, 2, kMostPaths + 2);
  }
  std::unique_ptr<Cursor> open();

  sqlite3* const database;
  const std::shared_ptr<CursorBuffers> spare_buffers;
  Host host;
};

class AnonymousTable::Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(AnonymousTable& table) noexcept
      : sqlite3_vtab_cursor{}, reader_(table.database, table.host, *table.spare_buffers) {}

  void filter(int arguments_given, const char*, sqlite::Arguments arguments) {
    reader_.stop();
    if (arguments_given == 0 || arguments[1].is_null()) return;
    compile(arguments.from(1));
    reader_.start(source_, arguments[0]);
  }
  void next() { reader_.next(); }
  bool at_end() const noexcept { return reader_.at_end(); }
  sqlite3_int64 rowid() const noexcept { return reader_.row(); }
  void column(sqlite::Context& context, int column) {
    if (column == 0) return context.set_integer(reader_.ordinal());
    if (column < kDocument) return reader_.present(context, static_cast<std::size_t>(column - 1));
    if (column == kDocument) return reader_.present_text(context);
    const auto path = static_cast<std::size_t>(column - kDocument - 1);
    if (path < paths_.size()) context.set_text(paths_[path]);
  }

 private:
  /// The paths of the last document are mostly those of the next.
  void compile(sqlite::Arguments paths) {
    bool are_known = paths_.size() == paths.size();
    for (std::size_t i = 0; are_known && i < paths.size(); ++i) {
      are_known = paths_[i] == paths[i].text();
    }
    if (are_known) return;
    reader_.forget_source();
    paths_.clear();
    source_ = {.path = parse_relative_path(paths[0].text())};
    for (std::size_t i = 1; i < paths.size(); ++i) {
      if (paths[i].is_null())
        throw sqlite::Error({.operation = "fjson_rows", .problem = "a path is NULL"});
      source_.columns.push_back(
          {.name = 'c' + std::to_string(i), .path = parse_relative_path(paths[i].text())});
    }
    for (std::size_t i = 0; i < paths.size(); ++i) paths_.emplace_back(paths[i].text());
  }

  RowReader reader_;
  std::vector<std::string> paths_;  // those that source_ is made of
  RowSource source_;
};

std::unique_ptr<AnonymousTable::Cursor> AnonymousTable::open() {
  return std::make_unique<Cursor>(*this);
}

}  // namespace

const sqlite3_module* table_module() { return sqlite::module_of<DeclaredTable>(); }
const sqlite3_module* rows_module() { return sqlite::module_of<AnonymousTable>(); }

}  // namespace edgepack::json
