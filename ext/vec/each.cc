#include "vec/each.h"

#include <memory>

#include "vec/vector.h"

namespace edgepack::vec {
namespace {

enum Column { kValue, kVector };

class Each : public sqlite3_vtab {
 public:
  class Cursor;

  static std::unique_ptr<Each> connect(const sqlite::TableArguments& arguments) {
    sqlite::declare_table(arguments, "CREATE TABLE x(value, vector HIDDEN)");
    sqlite::declare_innocuous(arguments.database);
    return std::make_unique<Each>();
  }

  Each() noexcept : sqlite3_vtab{} {}

  /// The only plan: the vector is given.
  int best_index(sqlite3_index_info& info) {
    for (int i = 0; i < info.nConstraint; ++i) {
      const auto& constraint = info.aConstraint[i];
      const bool is_vector =
          constraint.iColumn == kVector && constraint.op == SQLITE_INDEX_CONSTRAINT_EQ;
      if (!is_vector || constraint.usable == 0) continue;
      info.aConstraintUsage[i].argvIndex = 1;
      info.aConstraintUsage[i].omit = 1;
      info.estimatedCost = 1000;
      info.estimatedRows = 1000;
      return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
  }

  std::unique_ptr<Cursor> open();
};

class Each::Cursor : public sqlite3_vtab_cursor {
 public:
  Cursor() noexcept : sqlite3_vtab_cursor{}, vector_(Vector::borrowed(ElementType::kFloat32, {})) {}

  void filter(int, const char*, sqlite::Arguments arguments) {
    const Vector given = parse_vector(arguments[0]);
    // The argument is gone when the rows are read.
    vector_ = Vector::owned(given.type(), {given.bytes().begin(), given.bytes().end()});
    index_ = 0;
  }

  void next() { ++index_; }
  bool at_end() const noexcept { return index_ >= vector_.dimensions(); }
  sqlite3_int64 rowid() const noexcept { return static_cast<sqlite3_int64>(index_); }

  void column(sqlite::Context& context, int column) {
    if (column == kVector) {
      context.set_blob(vector_.bytes());
      context.set_subtype(subtype_of(vector_.type()));
    } else if (is_float(vector_.type())) {
      context.set_real(double{float_at(vector_.view(), index_)});
    } else {
      context.set_integer(integer_at(vector_.view(), index_));
    }
  }

 private:
  Vector vector_;
  std::size_t index_ = 0;
};

std::unique_ptr<Each::Cursor> Each::open() { return std::make_unique<Cursor>(); }

}  // namespace

const sqlite3_module* each_module() { return sqlite::module_of<Each>(); }

}  // namespace edgepack::vec
