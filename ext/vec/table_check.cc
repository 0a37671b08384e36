#include "vec/table_check.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "vec/block_table.h"
#include "vec/list_table.h"
#include "vec/metadata_table.h"
#include "vec/row_table.h"

namespace edgepack::vec {
namespace {

using sqlite::OwnedValue;
using sqlite::Reset;
using sqlite::Statement;
using sqlite::Value;

bool same_value(Value a, Value b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case SQLITE_INTEGER:
      return a.integer() == b.integer();
    case SQLITE_FLOAT:
      return a.real() == b.real();
    case SQLITE_TEXT:
      return a.text() == b.text();
    default:
      return true;
  }
}

/// What a block's metadata hold of a row, against the row itself.
bool same_metadata(const MetadataColumn& column, ValueType type, std::size_t row, Value value) {
  if (value.is_null()) return column.is_null(row);
  if (column.is_null(row)) return false;
  switch (type) {
    case ValueType::kText:
      return value.type() == SQLITE_TEXT && column.text(row) == value.text();
    case ValueType::kFloat:
      return value.type() == SQLITE_FLOAT && (*column.keys)[row] == ordered_key(value.real());
    default:
      return value.type() == SQLITE_INTEGER && (*column.keys)[row] == value.integer();
  }
}

/// Thrown to end a check that has found enough.
struct EnoughProblems {};

class TableCheck {
 public:
  TableCheck(const TableName& name, const Definition& definition, CheckDepth depth,
             const std::function<void()>& check_interrupt)
      : name_(name),
        definition_(definition),
        depth_(depth),
        check_interrupt_(check_interrupt),
        layout_(definition),
        rows_(name, definition),
        list_table_(name, definition) {
    if (layout_.has_metadata) metadata_.emplace(name, definition);
  }

  std::vector<std::string> run() {
    // A statement that stands on a row keeps the read transaction open: all that follows is one
    // state of the table.
    Statement hold(name_.database, "SELECT key FROM " + shadow_name(name_, "info"));
    hold.step();
    try {
      if (!definition_.partition_keys.empty()) read_lists();
      check_blocks();
      check_leftovers();
      if (depth_ == CheckDepth::kFull) check_places();
    } catch (const EnoughProblems&) {
    }
    return std::move(problems_);
  }

 private:
  /// What t_codes has of one vector column of a block.
  struct Codes {
    SlotForm form = SlotForm::kWhole;
    std::vector<std::byte> slots;
    /// Of split codes.
    std::vector<std::byte> lower_halves;
  };

  void add(std::string problem) {
    problems_.push_back(std::move(problem));
    if (problems_.size() == kMostProblems) throw EnoughProblems();
  }

  /// Runs `body`; damage that it meets is a problem and not the end. Answers whether all was well.
  template <class Body>
  bool attempt(Body&& body) {
    try {
      body();
      return true;
    } catch (const Corruption& corruption) {
      add(corruption.what());
      return false;
    }
  }

  void read_lists() {
    Statement list(name_.database, list_table_.select_columns());
    while (list.step()) {
      attempt([&] { list_table_.verify(list); });
      auto& keys = lists_[list.column_integer(0)];
      for (std::size_t i = 0; i < definition_.partition_keys.size(); ++i) {
        keys.emplace_back(list.column_value(2 + static_cast<int>(i)));
      }
    }
  }

  void check_blocks() {
    Statement headers(name_.database,
                      kSelectHeader + shadow_name(name_, "blocks") + " NOT INDEXED ORDER BY block");
    sqlite3_int64 found = 0;
    while (headers.step()) {
      check_interrupt_();
      ++found;
      BlockHeader header;
      if (!attempt([&] { read_header(headers, layout_, header); })) continue;
      const bool has_list =
          definition_.partition_keys.empty() ? header.list == 0 : lists_.count(header.list) > 0;
      if (!has_list) {
        add("block " + std::to_string(header.block) + ": there is no list " +
            std::to_string(header.list));
      }
      if (header.count_used() == 0) {
        add("block " + std::to_string(header.block) + ": it holds no row");
      }
      used_[header.block] = header.used;
      check_block(header);
    }
    attempt([&] { BlockCount(name_, definition_).verify(found); });
  }

  /// The blobs of the block, then each of its rows.
  void check_block(const BlockHeader& header) {
    std::vector<Codes> codes(layout_.vectors);
    bool is_whole = true;
    for (std::size_t i = 0; i < layout_.vectors; ++i) {
      is_whole &= attempt([&] { read_codes(header, i, codes[i]); });
    }
    std::shared_ptr<const DecodedMetadata> metadata;
    if (metadata_) is_whole &= attempt([&] { metadata = metadata_->decode(header); });
    if (!is_whole) return;

    std::size_t row = 0;
    for (std::size_t position = 0; position < header.capacity; ++position) {
      if (!header.is_used(position)) continue;
      check_interrupt_();
      const Place place{header.block, position};
      attempt([&] {
        const sqlite3_int64 rowid = verify_slots(place, codes);
        if (metadata && metadata->rowids()[row] != rowid) {
          throw damaged_place(place, "its metadata are of rowid " +
                                         std::to_string(metadata->rowids()[row]) +
                                         ", its codes of rowid " + std::to_string(rowid));
        }
        if (depth_ == CheckDepth::kFull) {
          check_row(header, place, rowid, codes, metadata.get(), row);
        }
      });
      ++row;
    }
  }

  void read_codes(const BlockHeader& header, std::size_t vector, Codes& codes) {
    const VectorColumn& column = definition_.vectors[vector];
    CodeReader reader(name_, column, vector);
    reader.read(header, codes.slots);
    codes.form = SlotCodec(column, vector).form(header, codes.slots.size());
    if (codes.form == SlotForm::kUpper) {
      reader.read_lower_halves(header, codes.lower_halves);
    } else {
      unsplit_codes_.insert(header.block * format::kCodesPerBlock + format::kLowerHalves +
                            static_cast<sqlite3_int64>(vector));
    }
  }

  std::span<const std::byte> slot(const Codes& codes, std::size_t position,
                                  const SlotCodec& codec) const {
    const std::size_t size = codec.slot_size(codes.form);
    return std::span(codes.slots).subspan(position * size, size);
  }
  std::span<const std::byte> lower_half(const Codes& codes, std::size_t position,
                                        const SlotCodec& codec) const {
    const std::size_t size = codec.lower_slot_size();
    return std::span(codes.lower_halves).subspan(position * size, size);
  }

  /// Checks that the slots of all vector columns are whole and of one row. Answers its rowid.
  sqlite3_int64 verify_slots(Place place, const std::vector<Codes>& codes) const {
    sqlite3_int64 rowid = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const SlotCodec codec(definition_.vectors[i], i);
      const auto bytes = slot(codes[i], place.position, codec);
      codec.verify(place, bytes);
      if (i == 0) std::memcpy(&rowid, bytes.data() + format::kSlotRowid, sizeof rowid);
      codec.verify(place, rowid, bytes);
      if (codes[i].form == SlotForm::kUpper) {
        codec.verify_lower(place, LowerHalfOwner::of(bytes),
                           lower_half(codes[i], place.position, codec));
      }
    }
    return rowid;
  }

  /// Whether the codes of vector column `vector` at `place` are those of this vector.
  bool codes_fit(const Codes& codes, std::size_t vector, Place place, sqlite3_int64 rowid,
                 std::span<const std::byte> bytes) {
    const VectorColumn& column = definition_.vectors[vector];
    const SlotCodec codec(column, vector);
    codec.encode(place, rowid, {column.type, column.dimensions, bytes}, expected_);
    const auto found = slot(codes, place.position, codec);
    if (codes.form == SlotForm::kWhole) return std::ranges::equal(found, expected_);
    expected_upper_.resize(codec.slot_size(codes.form));
    expected_lower_.resize(codec.lower_slot_size());
    codec.split(place, expected_, expected_upper_, expected_lower_);
    return std::ranges::equal(found, expected_upper_) &&
           std::ranges::equal(lower_half(codes, place.position, codec), expected_lower_);
  }

  void check_row(const BlockHeader& header, Place place, sqlite3_int64 rowid,
                 const std::vector<Codes>& codes, const DecodedMetadata* metadata,
                 std::size_t row_of_block) {
    Statement& row = rows_.reader();
    const Reset reset(row);
    if (!row.bind(1, rowid).step()) {
      throw damaged_place(place, "there is no row " + std::to_string(rowid));
    }
    if (row.column_integer(RowColumns::kSlot) != place.encoded()) {
      throw damaged_place(place, "row " + std::to_string(rowid) + " has another place");
    }
    ++placed_rows_;
    rows_.verify_values(row);
    rows_.verify_vectors(row);
    const std::string of_row = "row " + std::to_string(rowid) + ": ";
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const int vector = rows_.columns().vector(i);
      if (vector < 0 || codes_fit(codes[i], i, place, rowid, row.column_blob(vector))) continue;
      add(of_row + "the code of column \"" + definition_.vectors[i].name +
          "\" is not that of its vector");
    }
    const std::size_t keys = definition_.partition_keys.size();
    for (std::size_t i = 0; i < definition_.metadata.size(); ++i) {
      const ValueColumn& column = definition_.metadata[i];
      if (!same_metadata(metadata->column(i), column.type, row_of_block,
                         row.column_value(rows_.columns().value(keys + i)))) {
        add(of_row + "the block has another value of column \"" + column.name + "\"");
      }
    }
    const auto list = lists_.find(header.list);
    for (std::size_t i = 0; i < keys && list != lists_.end(); ++i) {
      if (!same_value(list->second[i].value(), row.column_value(rows_.columns().value(i)))) {
        add(of_row + "its block belongs to another \"" + definition_.partition_keys[i].name + "\"");
      }
    }
  }

  /// Rows of shadow tables that no block asks for.
  void check_leftovers() {
    const auto report = [this](const std::string& sql, const std::string& what) {
      Statement leftover(name_.database, sql);
      while (leftover.step()) add(what + std::string(leftover.column_text(0)));
    };
    const std::string known = " NOT IN (SELECT block FROM " + shadow_name(name_, "blocks") + ")";
    const std::string codes = std::to_string(format::kCodesPerBlock);
    report("SELECT code FROM " + shadow_name(name_, "codes") + " WHERE code / " + codes + known +
               " OR code % " + std::to_string(format::kLowerHalves) +
               " >= " + std::to_string(layout_.vectors),
           "there is no block for code ");
    Statement lower(name_.database, "SELECT code FROM " + shadow_name(name_, "codes") +
                                        " WHERE code % " + codes +
                                        " >= " + std::to_string(format::kLowerHalves));
    while (lower.step()) {
      const sqlite3_int64 code = lower.column_integer(0);
      if (unsplit_codes_.count(code) == 0) continue;
      add("there are lower halves for code " + std::to_string(code - format::kLowerHalves) +
          ", which is not split");
    }
    if (metadata_) {
      report("SELECT block FROM " + shadow_name(name_, "metadata") + " WHERE block" + known,
             "there is no block for metadata ");
    }
    if (!definition_.partition_keys.empty()) {
      report("SELECT list FROM " + shadow_name(name_, "lists") +
                 " WHERE list NOT IN (SELECT list FROM " + shadow_name(name_, "blocks") + ")",
             "there is no block for list ");
      report("SELECT list FROM " + shadow_name(name_, "lists") +
                 " AS lists WHERE blocks <> (SELECT count(*) FROM " + shadow_name(name_, "blocks") +
                 " AS blocks WHERE blocks.list = lists.list)",
             "another number of headers of blocks than expected: list ");
    }
  }

  /// Rows that no place belongs to. Those that have theirs were counted: a look at each is only
  /// needed when some are left.
  void check_places() {
    Statement count(name_.database, "SELECT count(*) FROM " + shadow_name(name_, "rows"));
    count.step();
    if (count.column_integer(0) == placed_rows_) return;
    Statement rows(name_.database, "SELECT rowid, slot FROM " + shadow_name(name_, "rows"));
    while (rows.step()) {
      check_interrupt_();
      const std::string of_row = "row " + std::to_string(rows.column_integer(0)) + ": ";
      std::optional<Place> place;
      if (!attempt([&] { place = Place::decoded(rows.column_integer(1)); })) continue;
      const auto block = used_.find(place->block);
      if (block == used_.end()) {
        add(of_row + "its block " + std::to_string(place->block) + " is missing");
        continue;
      }
      BlockHeader header;
      header.capacity = block->second.size() * 8;
      header.used = block->second;
      if (!header.is_used(place->position)) {
        add(of_row + "its place is not in use (block " + std::to_string(place->block) +
            ", position " + std::to_string(place->position) + ")");
      }
    }
  }

  const TableName& name_;
  const Definition& definition_;
  const CheckDepth depth_;
  const std::function<void()>& check_interrupt_;
  const BlockLayout layout_;
  RowTable rows_;
  ListTable list_table_;
  std::optional<MetadataTable> metadata_;
  std::vector<std::byte> expected_, expected_upper_, expected_lower_;
  /// The numbers that lower halves of codes would have that are not split.
  std::unordered_set<sqlite3_int64> unsplit_codes_;
  std::vector<std::string> problems_;
  /// The keys of each list.
  std::map<sqlite3_int64, std::vector<OwnedValue>> lists_;
  /// The bitmaps of the blocks whose headers are right.
  std::unordered_map<sqlite3_int64, std::vector<std::byte>> used_;
  sqlite3_int64 placed_rows_ = 0;
};

}  // namespace

std::vector<std::string> check_table(const TableName& name, const Definition& definition,
                                     CheckDepth depth,
                                     const std::function<void()>& check_interrupt) {
  return TableCheck(name, definition, depth, check_interrupt).run();
}

}  // namespace edgepack::vec
