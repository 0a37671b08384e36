#include "json/each.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "json/cursor_buffers.h"
#include "json/describe.h"
#include "json/giant.h"
#include "json/host.h"
#include "json/json5.h"
#include "json/jsonb_render.h"
#include "json/path.h"
#include "json/render.h"
#include "json/row_root.h"
#include "json/row_walk.h"

namespace edgepack::json {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE x(key,value,type,atom,id,parent,fullkey,path,json HIDDEN,root HIDDEN)";
enum Column { kKey, kValue, kType, kAtom, kId, kParent, kFullKey, kPath, kDocument, kRoot };

/// The number of a plan: which arguments there are, and from kColumnsShift on the columns used.
constexpr int kHasDocument = 1;
constexpr int kHasRoot = 2;
constexpr int kHasKey =
    4;  ///< the last argument: only rows with this key, and some others, are needed
constexpr int kColumnsShift = 3;
constexpr unsigned kAllColumns = (1U << (kRoot + 1)) - 1;

/// SQLite 3.45.0 and 3.45.1 do not mark the containers in the column `value` as JSON.
bool host_marks_containers() noexcept {
  const int version = sqlite3_libversion_number();
  return version != 3045000 && version != 3045001;
}

class Table : public sqlite3_vtab {
 public:
  class Cursor;

  Table(const sqlite::TableArguments& arguments, RowWalk::Rows rows_made) noexcept
      : sqlite3_vtab{},
        database(arguments.database),
        spare_buffers(std::static_pointer_cast<CursorBuffers>(arguments.state)),
        rows(rows_made) {}

  int best_index(sqlite3_index_info& info);
  std::unique_ptr<Cursor> open();

  sqlite3* const database;
  const std::shared_ptr<CursorBuffers> spare_buffers;
  const RowWalk::Rows rows;
  const RowNumbering numbering = host_row_numbering();
  const bool marks_containers = host_marks_containers();
  Host host;
};

class Table::Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(Table& table) noexcept
      : sqlite3_vtab_cursor{},
        table_(table),
        patience_(table.database),
        buffers_(*table.spare_buffers) {}

  void filter(int plan, const char*, sqlite::Arguments arguments) {
    walk_.stop();
    host_rows_.reset();
    host_arguments_.clear();
    argument_row_.reset();
    has_ids_ = false;
    row_ = 0;
    wanted_key_.clear();
    if ((plan & kHasDocument) == 0 || arguments[0].is_null()) return;
    if ((plan & kHasKey) != 0) {
      wanted_key_ = arguments[arguments.size() - 1].text();
      arguments = arguments.first(arguments.size() - 1);
    }
    if (start_walk(arguments)) {
      skip_other_keys();
    } else {
      ask_host(arguments, static_cast<unsigned>(plan) >> kColumnsShift);
    }
  }

  void next() {
    ++row_;
    if (host_rows_) {
      if (!host_rows_->step()) host_rows_.reset();
    } else {
      walk_.next();
      skip_other_keys();
    }
  }
  bool at_end() const noexcept { return !host_rows_ && walk_.at_end(); }
  sqlite3_int64 rowid() const noexcept { return row_; }

  void column(sqlite::Context& context, int column) {
    if (host_rows_) return answer_host_column(context, column);
    switch (column) {
      case kKey:
        return present_key(context);
      case kValue:
        present_value(context, walk_.value());
        if (document_.is_container(walk_.value()) && table_.marks_containers) {
          context.set_subtype(sqlite::kJsonSubtype);
        }
        return;
      case kType:
        return context.set_literal(type_name(document_, walk_.value()));
      case kAtom:
        if (!document_.is_container(walk_.value())) present_value(context, walk_.value());
        return;
      case kId:
        return context.set_integer(id_of(walk_.value()));
      case kParent:
        if (table_.rows == RowWalk::Rows::kDescendants && !walk_.is_root()) {
          context.set_integer(id_of(walk_.parent()));
        }
        return;
      case kFullKey:
        return context.set_text(walk_.is_root() ? std::string_view(root_.full_key)
                                                : walk_.full_key());
      case kPath:
        return context.set_text(walk_.is_root() ? std::string_view(root_.path) : walk_.path());
      case kDocument:
        return is_jsonb_ ? context.set_blob(std::as_bytes(std::span(text_)))
                         : set_text(context, text_, &patience_);
      default:
        return context.set_text(root_text_);
    }
  }

 private:
  /// Goes on to a row that may have the wanted key; SQLite itself looks whether it has.
  void skip_other_keys() {
    if (wanted_key_.empty()) return;
    for (; !walk_.at_end() && has_other_key(); walk_.next(), ++row_) patience_.spend();
  }
  bool has_other_key() const noexcept {
    if (walk_.is_root()) return false;
    if (!walk_.is_member()) return true;  // a number
    const std::string_view key = document_.bytes(walk_.key());
    const std::string_view label = key.substr(1, key.size() - 2);
    return label != wanted_key_ && label.find('\\') == std::string_view::npos;
  }

  bool start_walk(sqlite::Arguments arguments);
  bool start_walk(const Jsonb& jsonb, const Path* path);
  bool read_text();
  void ask_host(sqlite::Arguments arguments, unsigned columns);
  void answer_host_column(sqlite::Context& context, int column);
  const Path& compiled(sqlite::Value argument);
  void describe_root(const Path& path, Token root, bool is_first) {
    root_ = describe_row_root(root_text_, path, table_.rows, table_.numbering,
                              document_.is_container(root), is_first);
  }
  bool is_first_child(const Path& path, Token value) const noexcept;

  void present_value(sqlite::Context& context, Token value) {
    if (!set_sql_value(context, document_, value, table_.host, &buffer_, &patience_)) {
      table_.host.answer_scalar(context, document_.bytes(value));
    }
  }

  void present_key(sqlite::Context& context) {
    if (!walk_.is_root()) {
      return walk_.is_member() ? present_value(context, walk_.key())
                               : context.set_integer(walk_.index());
    }
    switch (root_.key) {
      case RowRoot::Key::kNone:
        return;
      case RowRoot::Key::kMember:
        return present_value(context, walk_.key());
      case RowRoot::Key::kLabel:
        return context.set_text(root_.label);
      case RowRoot::Key::kIndex:
        return context.set_integer(root_.index);
    }
  }

  /// Values are numbered only for those who ask.
  std::uint32_t id_of(Token value) {
    if (!has_ids_ && is_jsonb_) {
      ids_.number(document_, std::move(jsonb_text_.origins), patience_);
    } else if (!has_ids_) {
      ids_.number(document_, table_.numbering, patience_);
    }
    has_ids_ = true;
    return ids_.of(document_, value);
  }

  Table& table_;
  Patience patience_;
  LentBuffers buffers_;
  std::string& text_ = buffers_.text;  // or the bytes of JSONB
  Document& document_ = buffers_.document;
  RowIds& ids_ = buffers_.ids;
  bool is_jsonb_ = false;
  JsonbText jsonb_text_;  // of the root
  Json5Translation json5_;
  std::string root_text_;
  std::optional<Path> path_;  // of root_text_
  RowRoot root_;
  bool has_whole_root_ = false;  // these three are those of the whole document
  RowWalk walk_;
  bool has_ids_ = false;  // ids_ are those of document_
  std::optional<sqlite::Statement> host_rows_;
  std::vector<sqlite::OwnedValue> host_arguments_;
  std::optional<sqlite::Statement> argument_row_;  // made when its columns are asked for
  std::string wanted_key_;                         // empty: rows of all keys
  sqlite3_int64 row_ = 0;
  std::string buffer_;
};

/// False when only the host can say what the rows are.
bool Table::Cursor::start_walk(sqlite::Arguments arguments) {
  const Jsonb jsonb = Jsonb::of(arguments[0]);
  is_jsonb_ = static_cast<bool>(jsonb);
  if (!is_jsonb_) {
    if (!is_read_as_text(arguments[0], arguments[0].type())) return false;
    // SQLite may reuse its own while rows are read.
    copy_text(arguments[0].text(), &text_, patience_);
    if (!read_text()) return false;
  }
  const Path* path = nullptr;
  if (arguments.size() == 1) {
    // Most queries do so for each of many documents.
    if (!has_whole_root_) {
      root_text_ = "$";
      path_.reset();
      root_ = {.full_key = "$", .path = "$"};
      has_whole_root_ = true;
    }
  } else {
    has_whole_root_ = false;
    if (arguments[1].is_null()) return true;
    path = &compiled(arguments[1]);
  }
  if (is_jsonb_) return start_walk(jsonb, path);
  Found found{Found::Answer::kValue, Document::root()};
  if (path != nullptr) {
    found = path->find(document_, &patience_);
    if (found.answer != Found::Answer::kValue) return found.answer == Found::Answer::kMissing;
    describe_root(*path, found.value, is_first_child(*path, found.value));
  }
  walk_.start(document_, found.value, table_.rows, root_.full_key);
  return true;
}

/// The text of the root alone becomes the document.
bool Table::Cursor::start_walk(const Jsonb& jsonb, const Path* path) {
  Jsonb::Place place{Found::Answer::kValue};
  if (path != nullptr) {
    place = jsonb.find(*path, &patience_);
    if (place.answer != Found::Answer::kValue) return place.answer == Found::Answer::kMissing;
  }
  if (!jsonb_text_.read(jsonb, place.value, &patience_) || !jsonb_text_.keeps_scalars ||
      !document_.read(jsonb_text_.text, &patience_)) {
    return false;
  }
  jsonb_text_.origins.front() = place.head;
  copy_text(jsonb.bytes(), &text_, patience_);
  if (path != nullptr) describe_root(*path, Document::root(), place.is_first);
  walk_.start(document_, Document::root(), table_.rows, root_.full_key);
  return true;
}

/// False when text_ is neither JSON nor JSON5 of which the pack knows where its parts would be in
/// JSONB.
bool Table::Cursor::read_text() {
  return document_.read(text_, &patience_) ||
         (json5_.read(text_, &document_, &patience_) && json5_.keeps_scalars());
}

/// True when the value that the path leads to is the first in its container.
bool Table::Cursor::is_first_child(const Path& path, Token value) const noexcept {
  if (path.steps().empty()) return true;
  const bool is_member = path.steps().back().kind == Step::Kind::kMember;
  return document_.kind(value - (is_member ? 3 : 1)) != ',';
}

/// The path of the last document is often that of the next.
const Path& Table::Cursor::compiled(sqlite::Value argument) {
  const bool is_known = path_ && argument.type() == SQLITE_TEXT && argument.text() == root_text_;
  if (!is_known) {
    path_.reset();
    root_text_ = argument.text();
    path_ = Path::compile(argument, Path::Notation::kPath);
  }
  return *path_;
}

/// The columns of the arguments are the same in all rows, and SQLite counts them among those that a
/// query uses even if it only gives them: the host is not asked to copy the document for each row.
constexpr unsigned kArgumentColumns = 1U << kDocument | 1U << kRoot;

void Table::Cursor::ask_host(sqlite::Arguments arguments, unsigned columns) {
  const char* const built_in = table_.rows == RowWalk::Rows::kChildren ? "json_each" : "json_tree";
  host_rows_ =
      table_.host.rows(table_.database, built_in, arguments.size(), columns & ~kArgumentColumns);
  for (std::size_t i = 0; i < arguments.size(); ++i) host_arguments_.emplace_back(arguments[i]);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    host_rows_->bind(static_cast<int>(i) + 1, arguments[i]);
  }
  if (!host_rows_->step()) host_rows_.reset();
}

void Table::Cursor::answer_host_column(sqlite::Context& context, int column) {
  if (column < kDocument) return answer_column(context, *host_rows_, column);
  if (!argument_row_) {
    const bool is_each = table_.rows == RowWalk::Rows::kChildren;
    argument_row_ = table_.host.rows(table_.database, is_each ? "json_each" : "json_tree",
                                     host_arguments_.size(), kArgumentColumns);
    for (std::size_t i = 0; i < host_arguments_.size(); ++i) {
      argument_row_->bind(static_cast<int>(i) + 1, host_arguments_[i].value());
    }
    if (!argument_row_->step()) return argument_row_.reset();
  }
  answer_column(context, *argument_row_, column);
}

/// True for a condition `key = 'literal'`, which says at no cost to the plan which rows are needed.
bool asks_for_key(sqlite3_index_info& info, int number) {
  const auto& constraint = info.aConstraint[number];
  if (constraint.iColumn != kKey || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) return false;
  sqlite3_value* literal = nullptr;
  if (constraint.usable == 0 || sqlite3_vtab_rhs_value(&info, number, &literal) != SQLITE_OK) {
    return false;
  }
  return sqlite3_value_type(literal) == SQLITE_TEXT &&
         std::string_view(sqlite3_vtab_collation(&info, number)) == "BINARY";
}

// The same plans as the built-in tables have, at the same cost.
int Table::best_index(sqlite3_index_info& info) {
  int argument[2] = {-1, -1};
  bool is_unusable[2] = {};
  int key = -1;
  for (int i = 0; i < info.nConstraint; ++i) {
    const auto& constraint = info.aConstraint[i];
    if (asks_for_key(info, i)) key = i;
    if (constraint.iColumn < kDocument) continue;
    const int which = constraint.iColumn - kDocument;
    if (constraint.usable == 0) {
      is_unusable[which] = true;
    } else if (constraint.op == SQLITE_INDEX_CONSTRAINT_EQ) {
      argument[which] = i;
    }
  }
  // Rows come in the order of rowid.
  if (info.nOrderBy > 0 && info.aOrderBy[0].iColumn < 0 && info.aOrderBy[0].desc == 0) {
    info.orderByConsumed = 1;
  }
  for (const int which : {0, 1}) {
    // An argument from a table that is not read yet: another order of the join must do.
    if (is_unusable[which] && argument[which] < 0) return SQLITE_CONSTRAINT;
  }
  info.idxNum = 0;
  if (argument[0] < 0) return SQLITE_OK;
  info.estimatedCost = 1;
  info.idxNum = kHasDocument | static_cast<int>(info.colUsed & kAllColumns) << kColumnsShift;
  int position = 1;
  for (const int which : argument) {
    if (which < 0) continue;
    info.aConstraintUsage[which].argvIndex = position++;
    info.aConstraintUsage[which].omit = 1;
    if (which == argument[1]) info.idxNum |= kHasRoot;
  }
  if (key >= 0) {
    info.aConstraintUsage[key].argvIndex = position;
    info.idxNum |= kHasKey;
  }
  return SQLITE_OK;
}

std::unique_ptr<Table::Cursor> Table::open() { return std::make_unique<Cursor>(*this); }

template <RowWalk::Rows kRows>
class Each : public Table {
 public:
  using Table::Table;

  static std::unique_ptr<Each> connect(const sqlite::TableArguments& arguments) {
    sqlite::declare_table(arguments, kSchema);
    sqlite::declare_innocuous(arguments.database);
    return std::make_unique<Each>(arguments, kRows);
  }
};

}  // namespace

const sqlite3_module* each_module() { return sqlite::module_of<Each<RowWalk::Rows::kChildren>>(); }

const sqlite3_module* tree_module() {
  return sqlite::module_of<Each<RowWalk::Rows::kDescendants>>();
}

}  // namespace edgepack::json
