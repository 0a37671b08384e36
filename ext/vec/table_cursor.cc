// Reading a vec0 table: full scan, point look-up, nearest neighbours.

#include <algorithm>
#include <cstdint>
#include <string>

#include "vec/column_vector.h"
#include "vec/conditions.h"
#include "vec/distance.h"
#include "vec/plan.h"
#include "vec/table.h"

namespace edgepack::vec {
namespace {

using sqlite::Error;
using sqlite::Statement;
using sqlite::Value;

std::optional<sqlite3_int64> exact_integer(Value value) {
  switch (sqlite3_value_numeric_type(value.get())) {
    case SQLITE_INTEGER:
      return value.integer();
    case SQLITE_FLOAT: {
      const double real = value.real();
      // The bounds are the powers of two that a double holds exactly.
      if (real >= -0x1p63 && real < 0x1p63 &&
          static_cast<double>(static_cast<sqlite3_int64>(real)) == real) {
        return static_cast<sqlite3_int64>(real);
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

sqlite3_int64 parse_k(Value value) {
  const auto k = exact_integer(value);
  if (!k) {
    throw Error({.operation = "vec0",
                 .object = "k",
                 .problem = std::string("must be an integer (got ") + value.type_name() + ")"});
  }
  if (*k < 0) throw Error::verbatim("k value in knn queries must be greater than or equal to 0.");
  return *k;
}

/// How many rows a streaming query looks for at first, and how much further each time. Every search
/// starts from the beginning, so that all of them together cost a third more than the last.
constexpr std::size_t kFirstRows = 64;
constexpr std::size_t kGrowth = 4;

/// The rows that LIMIT and OFFSET may need. A negative LIMIT is none, a negative OFFSET is 0, as
/// everywhere in SQL.
std::size_t first_rows(sqlite3_int64 limit, sqlite3_int64 offset) {
  constexpr sqlite3_int64 kMost = std::int64_t{1} << 32;
  if (limit < 0) return kFirstRows;
  return static_cast<std::size_t>(std::clamp<sqlite3_int64>(limit, 1, kMost) +
                                  std::clamp<sqlite3_int64>(offset, 0, kMost));
}

}  // namespace

void VecTable::Cursor::filter(int plan_number, const char* plan_text, sqlite::Arguments arguments) {
  neighbors_.clear();
  position_ = 0;
  current_ = nullptr;
  chosen_.reset();
  one_row_is_current_ = false;
  all_rows_.reset();
  one_row_.reset();
  const Plan plan = Plan::decoded(plan_number);
  is_nearest_ = plan.kind == PlanKind::kNearest;
  switch (plan.kind) {
    case PlanKind::kNearest:
      return find_nearest(plan.vector, plan_text, arguments);
    case PlanKind::kPoint:
      return find_row(arguments[0]);
    case PlanKind::kFullScan:
      return scan_rows(plan_text, arguments);
  }
}

void VecTable::Cursor::find_nearest(std::size_t vector, std::string_view plan_text,
                                    sqlite::Arguments arguments) {
  const VectorColumn& column = table_.definition_.vectors[vector];
  request_ = {.vector = vector, .query = {}, .k = 0};
  filter_ = {};
  row_tests_.clear();
  Conditions conditions;
  k_.reset();
  accepted_ = 0;
  sqlite3_int64 limit = -1;
  sqlite3_int64 offset = 0;
  bool nothing = false;
  const std::vector<PlanStep> steps = decode_steps(plan_text);
  const bool streams = std::none_of(steps.begin(), steps.end(), [](const PlanStep& step) {
    return step.argument == PlanArgument::kCount;
  });
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Value value = arguments[i];
    const auto bound = [&](bool lower, bool inclusive) {
      const int type = value.type();
      nothing |= type == SQLITE_NULL;
      // SQLite itself compares with text and blobs.
      if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) return;
      lower ? request_.range.at_least(value.real(), inclusive)
            : request_.range.at_most(value.real(), inclusive);
    };
    switch (steps[i].argument) {
      case PlanArgument::kQuery: {
        const Vector query = read_column_vector(column, value, VectorUse::kQuery);
        query_.assign(query.bytes().begin(), query.bytes().end());
        request_.query = {query.type(), query.dimensions(), query_};
      } break;
      case PlanArgument::kCount:
        k_ = parse_k(value);
        break;
      case PlanArgument::kLimit:
        limit = value.integer();
        break;
      case PlanArgument::kOffset:
        offset = value.integer();
        break;
      case PlanArgument::kKeys:
        filter_.rowids = table_.rowids_of(value);
        break;
      case PlanArgument::kKey:
        filter_.rowids.emplace();
        if (const auto rowid = table_.rowid_of(value)) filter_.rowids->push_back(*rowid);
        break;
      case PlanArgument::kDistanceLess:
        bound(false, false);
        break;
      case PlanArgument::kDistanceAtMost:
        bound(false, true);
        break;
      case PlanArgument::kDistanceGreater:
        bound(true, false);
        break;
      case PlanArgument::kDistanceAtLeast:
        bound(true, true);
        break;
      case PlanArgument::kCondition:
        conditions.add(table_.definition_, table_.store_, steps[i], value, streams, table_.check_);
        break;
    }
  }
  if (!conditions.partition_keys.empty()) {
    filter_.lists = table_.store_.lists(conditions.partition_keys);
  }
  filter_.metadata = std::move(conditions.metadata);
  row_tests_ = std::move(conditions.rows);
  request_.filter = &filter_;
  request_.k = k_ ? static_cast<std::size_t>(*k_) : first_rows(limit, offset);
  at_end_ = true;
  if (nothing || request_.k == 0) return;
  if (!row_tests_.empty()) request_.k = std::max(request_.k, kFirstRows);
  search_after(std::nullopt);
  find_accepted();
}

void VecTable::Cursor::search_after(const std::optional<Neighbor>& last) {
  neighbors_ =
      search(table_.store_, table_.definition_.vectors[request_.vector], request_, table_.check_);
  const auto first =
      last ? std::upper_bound(neighbors_.begin(), neighbors_.end(), *last, comes_before)
           : neighbors_.begin();
  position_ = static_cast<std::size_t>(first - neighbors_.begin());
}

void VecTable::Cursor::find_accepted() {
  at_end_ = true;
  if (k_ && accepted_ == *k_) return;
  for (;;) {
    for (; position_ < neighbors_.size(); ++position_) {
      one_row_is_current_ = false;
      if (!accepts_row()) continue;
      ++accepted_;
      at_end_ = false;
      return;
    }
    if (neighbors_.size() < request_.k) return;
    const Neighbor last = neighbors_.back();
    request_.k = std::max(request_.k * kGrowth, kFirstRows);
    search_after(last);
  }
}

bool VecTable::Cursor::accepts_row() {
  if (row_tests_.empty()) return true;
  table_.check_();
  const Statement& found = verified_row();
  return std::all_of(row_tests_.begin(), row_tests_.end(),
                     [&found](RowTest& test) { return test.matches(found); });
}

std::vector<sqlite3_int64> VecTable::rowids_of(Value list) {
  std::vector<sqlite3_int64> rowids;
  sqlite3_value* item = nullptr;
  int code = sqlite3_vtab_in_first(list.get(), &item);
  StepCheck steps(check_);
  for (; code == SQLITE_OK; code = sqlite3_vtab_in_next(list.get(), &item)) {
    steps.step();
    if (const auto rowid = rowid_of(Value(item))) rowids.push_back(*rowid);
  }
  if (code != SQLITE_DONE) {
    if (code == SQLITE_NOMEM) throw std::bad_alloc();
    throw Error::verbatim("error processing rowid in (...) array", code);
  }
  sort_checked(rowids.begin(), rowids.end(), std::less<>(), check_);
  rowids.erase(std::unique(rowids.begin(), rowids.end()), rowids.end());
  return rowids;
}

std::optional<sqlite3_int64> VecTable::rowid_of(Value key) {
  if (!definition_.has_text_key()) return exact_integer(key);
  const int type = key.type();
  if (type == SQLITE_NULL || type == SQLITE_BLOB) return std::nullopt;
  // A number is looked up by its text, as the affinity of a TEXT column asks for.
  return store_.find(key.text());
}

void VecTable::Cursor::find_row(Value key) {
  at_end_ = true;
  const auto rowid = table_.rowid_of(key);
  if (!rowid) return;
  if (!one_row_) one_row_ = table_.store_.select_rows(" WHERE rowid = ?");
  one_row_.bind(1, *rowid);
  step(one_row_);
}

void VecTable::Cursor::scan_rows(std::string_view plan_text, sqlite::Arguments arguments) {
  filter_ = {};
  Conditions conditions;
  const std::vector<PlanStep> steps = decode_steps(plan_text);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    conditions.add(table_.definition_, table_.store_, steps[i], arguments[i], true, table_.check_);
  }
  if (!conditions.partition_keys.empty()) {
    filter_.lists = table_.store_.lists(conditions.partition_keys);
  }
  filter_.metadata = std::move(conditions.metadata);
  if (filter_.lists || !filter_.metadata.empty()) {
    chosen_ = table_.store_.choose_rows(filter_, table_.check_);
  }
  if (chosen_) {
    if (!one_row_) one_row_ = table_.store_.select_rows(" WHERE rowid = ?");
    return next_chosen();
  }
  if (!all_rows_) all_rows_ = table_.store_.select_rows(" ORDER BY rowid");
  step(all_rows_);
}

void VecTable::Cursor::next_chosen() {
  at_end_ = true;
  // A row may be gone since: a statement sees its own deletes.
  while (at_end_ && position_ < chosen_->size()) {
    one_row_.reset();
    one_row_.bind(1, (*chosen_)[position_++]);
    step(one_row_);
  }
}

void VecTable::Cursor::step(Statement& rows) {
  at_end_ = true;
  row_is_verified_ = false;
  at_end_ = !rows.step();
  current_ = &rows;
}

void VecTable::Cursor::next() {
  if (chosen_) return next_chosen();
  if (!is_nearest_) return step(*current_);
  ++position_;
  find_accepted();
}

const Statement& VecTable::Cursor::row() {
  if (!is_nearest_) return *current_;
  if (!one_row_is_current_) {
    if (!one_row_) one_row_ = table_.store_.select_rows(" WHERE rowid = ?");
    one_row_.reset();
    row_is_verified_ = false;
    const sqlite3_int64 wanted = neighbors_[position_].rowid;
    if (!one_row_.bind(1, wanted).step()) {
      report_damage(table_.store_.name().table,
                    [&] { throw Corruption("row " + std::to_string(wanted) + " is missing"); });
    }
    one_row_is_current_ = true;
  }
  return one_row_;
}

const Statement& VecTable::Cursor::verified_row() {
  const Statement& found = row();
  if (!row_is_verified_) table_.store_.verify_values(found);
  row_is_verified_ = true;
  return found;
}

sqlite3_int64 VecTable::Cursor::rowid() {
  return is_nearest_ ? neighbors_[position_].rowid : current_->column_integer(RowColumns::kRowid);
}

void VecTable::Cursor::column(sqlite::Context& context, int column) {
  // An UPDATE does not read what it does not change.
  if (context.no_change()) return;
  if (column == ColumnLayout::kKey) {
    if (table_.definition_.has_text_key()) {
      context.set_value(verified_row().column_value(RowColumns::kId));
    } else {
      context.set_integer(rowid());
    }
  } else if (column == table_.layout_.distance()) {
    if (is_nearest_) context.set_real(reported(neighbors_[position_].distance));
  } else if (column == table_.layout_.k()) {
    if (is_nearest_ && k_) context.set_integer(*k_);
  } else if (column < table_.layout_.command) {
    answer(context, table_.definition_.columns[static_cast<std::size_t>(column) - 1]);
  }
}

void VecTable::Cursor::answer(sqlite::Context& context, ColumnReference column) {
  if (column.kind == ColumnKind::kVector) {
    std::vector<std::byte> bytes;
    table_.store_.read_vector(row(), column.index, bytes);
    context.set_blob(bytes);
    context.set_subtype(subtype_of(table_.definition_.vectors[column.index].type));
  } else {
    const std::size_t number = table_.definition_.value_number(column);
    context.set_value(verified_row().column_value(table_.store_.columns().value(number)));
  }
}

}  // namespace edgepack::vec
