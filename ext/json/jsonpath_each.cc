#include "json/jsonpath_each.h"

#include <optional>
#include <string>

#include "json/cursor_buffers.h"
#include "json/describe.h"
#include "json/giant.h"
#include "json/jsonpath_evaluation.h"
#include "json/location.h"
#include "json/render.h"
#include "json/session.h"

namespace edgepack::json::jsonpath {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE x(value, type TEXT, atom, path TEXT, pointer TEXT, document HIDDEN, query "
    "HIDDEN)";
enum Column { kValue, kType, kAtom, kPath, kPointer, kDocument, kQuery };

class Each : public sqlite3_vtab {
 public:
  class Cursor;

  static std::unique_ptr<Each> connect(const sqlite::TableArguments& arguments) {
    sqlite::declare_table(arguments, kSchema);
    sqlite::declare_innocuous(arguments.database);
    return std::make_unique<Each>(arguments);
  }

  explicit Each(const sqlite::TableArguments& arguments) noexcept
      : sqlite3_vtab{},
        database(arguments.database),
        spare_buffers(std::static_pointer_cast<CursorBuffers>(arguments.state)) {}

  int best_index(sqlite3_index_info& info);
  std::unique_ptr<Cursor> open();

  sqlite3* const database;
  const std::shared_ptr<CursorBuffers> spare_buffers;
  Host host;
};

class Each::Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(Each& table) noexcept
      : sqlite3_vtab_cursor{},
        table_(table),
        patience_(table.database),
        buffers_(*table.spare_buffers) {}

  void filter(int plan, const char*, sqlite::Arguments arguments) {
    close_search();
    if (plan == 0 || arguments[1].is_null()) return;
    query_text_ = arguments[1].text();
    query_ = parse(query_text_);
    if (arguments[0].is_null()) return;
    // SQLite may reuse its own while rows are read.
    copy_strict_text(arguments[0], &text_, patience_);
    if (!document_.read(text_, &patience_) || !document_.is_utf8(patience_)) throw_malformed();
    evaluation_.emplace(document_, patience_);
    nodes_.emplace(*evaluation_, query_, Document::root());
    node_ = nodes_->next();
  }

  void next() {
    node_ = nodes_->next();
    ++row_;
  }
  bool at_end() const noexcept { return !node_; }
  sqlite3_int64 rowid() const noexcept { return row_; }

  void column(sqlite::Context& context, int column) {
    switch (column) {
      case kValue:
        present_sql_value(context, document_, *node_, table_.host, &buffer_, &patience_);
        if (document_.is_container(*node_)) context.set_subtype(sqlite::kJsonSubtype);
        break;
      case kType:
        context.set_text(type_name(document_, *node_));
        break;
      case kAtom:
        if (!document_.is_container(*node_)) {
          present_sql_value(context, document_, *node_, table_.host, &buffer_, &patience_);
        }
        break;
      case kPath:
        buffer_.clear();
        locations().append_path(*node_, &buffer_);
        context.set_text(buffer_);
        break;
      case kPointer:
        buffer_.clear();
        locations().append_pointer(*node_, &buffer_);
        context.set_text(buffer_);
        break;
      case kDocument:
        set_text(context, text_, &patience_);
        break;
      default:
        context.set_text(query_text_);
    }
  }

 private:
  void close_search() noexcept {
    nodes_.reset();
    evaluation_.reset();
    locations_.reset();
    node_.reset();
    row_ = 0;
  }

  /// Made only for those who ask for paths.
  const Locations& locations() {
    if (!locations_) locations_.emplace(document_, patience_);
    return *locations_;
  }

  Each& table_;
  Patience patience_;
  std::string query_text_;
  Query query_;
  LentBuffers buffers_;
  std::string& text_ = buffers_.text;
  Document& document_ = buffers_.document;
  std::optional<Evaluation> evaluation_;
  std::optional<NodeIterator> nodes_;
  std::optional<Locations> locations_;
  std::optional<Token> node_;
  sqlite3_int64 row_ = 0;
  std::string buffer_;
};

// Plan 1 has both arguments; without them there are no rows.
int Each::best_index(sqlite3_index_info& info) {
  constexpr double kCostWithoutArguments = 1e9;
  int document = -1;
  int query = -1;
  for (int i = 0; i < info.nConstraint; ++i) {
    const auto& constraint = info.aConstraint[i];
    const bool is_argument = constraint.iColumn == kDocument || constraint.iColumn == kQuery;
    if (!is_argument || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
    // An argument from a table that is not read yet: another order of the join must do.
    if (constraint.usable == 0) return SQLITE_CONSTRAINT;
    (constraint.iColumn == kDocument ? document : query) = i;
  }
  if (document < 0 || query < 0) {
    info.idxNum = 0;
    info.estimatedCost = kCostWithoutArguments;
    return SQLITE_OK;
  }
  info.aConstraintUsage[document].argvIndex = 1;
  info.aConstraintUsage[document].omit = 1;
  info.aConstraintUsage[query].argvIndex = 2;
  info.aConstraintUsage[query].omit = 1;
  info.idxNum = 1;
  info.estimatedCost = 1;
  return SQLITE_OK;
}

std::unique_ptr<Each::Cursor> Each::open() { return std::make_unique<Cursor>(*this); }

}  // namespace

const sqlite3_module* each_module() { return sqlite::module_of<Each>(); }

}  // namespace edgepack::json::jsonpath
