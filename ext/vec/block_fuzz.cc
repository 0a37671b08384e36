// Any bytes as a block: its header and its slots, with right checksums half of the time, through
// the decoder and the arithmetic of a scan.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sqlite/testing/database.h"
#include "vec/block.h"
#include "vec/column_test.h"
#include "vec/metadata_block.h"
#include "vec/search.h"

namespace {

using namespace edgepack::vec;

/// One block, as a store.
class OneBlock : public Store, public BlockScan {
 public:
  OneBlock(const VectorColumn& column, BlockHeader header, std::span<const std::byte> slots,
           std::span<const std::byte> lower_halves)
      : column_(column), header_(std::move(header)), slots_(slots), lower_halves_(lower_halves) {}

  std::unique_ptr<BlockScan> scan(std::size_t, const RowFilter*) override {
    return std::make_unique<Scan>(*this);
  }
  bool next(ScannedBlock& block) override {
    if (std::exchange(done_, true)) return false;
    block.block = std::make_shared<DecodedBlock>(column_, 0, header_, slots_);
    block.is_known = true;
    return true;
  }
  void complete(ScannedBlock& block) override {
    if (block.block->is_complete()) return;
    block.block = std::make_shared<DecodedBlock>(column_, 0, header_, *block.block, lower_halves_);
  }
  void read_vector(std::size_t, sqlite3_int64, std::vector<std::byte>& bytes) override {
    bytes.assign(byte_size(column_.type, column_.dimensions), std::byte{0});
  }

 private:
  class Scan : public BlockScan {
   public:
    explicit Scan(OneBlock& block) : block_(block) {}
    bool next(ScannedBlock& block) override { return block_.next(block); }
    void complete(ScannedBlock& block) override { block_.complete(block); }

   private:
    OneBlock& block_;
  };

  const VectorColumn& column_;
  BlockHeader header_;
  std::span<const std::byte> slots_;
  std::span<const std::byte> lower_halves_;
  bool done_ = false;
};

/// Takes bytes off the front of the input; zeros after its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}
  unsigned byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<unsigned>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::span<const std::byte> rest() const { return rest_; }

 private:
  std::span<const std::byte> rest_;
};

/// Decodes the content of t_metadata and asks it everything that a filter asks.
void read_metadata(const MetadataLayout& layout, const BlockHeader& header,
                   std::vector<std::byte> content, bool mend) {
  const std::size_t slots = layout.heap(header.capacity);
  if (mend) {
    content.resize(slots + static_cast<std::size_t>(std::max<sqlite3_int64>(header.text_end, 0)));
    const auto heap = std::span<const std::byte>(content).subspan(slots);
    for (std::size_t position = 0; position < header.capacity; ++position) {
      const auto slot =
          std::span(content).subspan(position * layout.slot_size(), layout.slot_size());
      TextPlaces texts = layout.texts(slot);
      for (std::size_t i = 0; i < layout.columns(); ++i) {
        if (layout.type(i) != ValueType::kText) continue;
        if (std::uint64_t{texts[i].offset} + texts[i].length > heap.size()) {
          texts[i] = {0, static_cast<std::uint32_t>(heap.size())};
        }
        layout.set_text(slot, i, texts[i]);
      }
      layout.seal({header.block, position}, slot, heap);
    }
  }
  const DecodedMetadata metadata(layout, header, content);
  static edgepack::testing::Database database;
  edgepack::sqlite::Statement operands(database, "SELECT 3, 'a%b', 1.5, NULL, 'abcdefghi'");
  operands.step();
  for (int operand = 0; operand < 5; ++operand) {
    for (std::size_t i = 0; i < layout.columns(); ++i) {
      for (const Comparison comparison :
           {Comparison::kEqual, Comparison::kNotEqual, Comparison::kLess, Comparison::kAtLeast,
            Comparison::kIsNot, Comparison::kIn, Comparison::kLike}) {
        const bool is_text = layout.type(i) == ValueType::kText;
        if (comparison == Comparison::kLike && !is_text) continue;
        std::vector<Operand> right;
        right.emplace_back(layout.type(i), operands.column_value(operand));
        const ColumnTest test(layout.type(i), comparison, std::move(right));
        std::vector<std::uint64_t> words((header.capacity + 63) / 64, ~std::uint64_t{0});
        test.select(metadata.column(i), metadata.rowids().size(), words.data());
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto type = static_cast<ElementType>(input.byte() % 5);
  // From 64 on codes can be split.
  const std::size_t dimensions = (input.byte() % 72 + 1) * (type == ElementType::kBit ? 8 : 1);
  constexpr Metric kMetrics[] = {Metric::kL2,  Metric::kCosine,  Metric::kL1,
                                 Metric::kDot, Metric::kHamming, Metric::kJaccard};
  const Metric metric =
      kMetrics[type == ElementType::kBit ? 4 + input.byte() % 2 : input.byte() % 4];
  const VectorColumn column{"v", type, dimensions, metric};
  const bool mend = input.byte() % 2 != 0;
  const bool is_split = SlotCodec(column, 0).can_split() && input.byte() % 2 != 0;
  Definition definition;
  definition.vectors.push_back(column);
  const std::vector<ValueColumn> metadata_columns = {{"i", ValueType::kInteger},
                                                     {"t", ValueType::kText},
                                                     {"f", ValueType::kFloat},
                                                     {"b", ValueType::kBoolean}};
  const bool is_metadata = input.byte() % 2 != 0;
  if (is_metadata) definition.metadata = metadata_columns;
  const BlockLayout layout(definition);

  BlockHeader header;
  header.versions.assign(layout.versions(), 1);
  header.text_end = static_cast<sqlite3_int64>(input.byte()) - 1;
  header.block = static_cast<sqlite3_int64>(input.byte()) - 3;
  header.capacity = input.byte() % 64;
  for (unsigned i = 0, bytes = input.byte() % 9; i < bytes; ++i) {
    header.used.push_back(static_cast<std::byte>(input.byte()));
  }
  std::vector<std::byte> slots(input.rest().begin(), input.rest().end());
  try {
    const bool has_free = header.takes_rows();
    header.verify(layout, has_free, header.checksum());
    if (is_metadata) {
      read_metadata(MetadataLayout(metadata_columns), header, slots, mend);
      return 0;
    }
    const SlotCodec codec(column, 0);
    std::vector<std::byte> lower_halves;
    if (is_split) {
      const std::size_t bytes = std::min(header.capacity * codec.lower_slot_size(), slots.size());
      lower_halves.assign(slots.end() - static_cast<std::ptrdiff_t>(bytes), slots.end());
      slots.resize(slots.size() - bytes);
    }
    if (mend) {
      const std::size_t slot_size = codec.slot_size(is_split ? SlotForm::kUpper : SlotForm::kWhole);
      const std::size_t lower_size = codec.lower_slot_size();
      slots.resize(header.capacity * slot_size);
      lower_halves.resize(is_split ? header.capacity * lower_size : 0);
      for (std::size_t i = 0; i < header.capacity; ++i) {
        const Place place{header.block, i};
        const auto slot = std::span(slots).subspan(i * slot_size, slot_size);
        codec.seal(place, slot);
        if (!is_split) continue;
        codec.seal_lower(place, LowerHalfOwner::of(slot),
                         std::span(lower_halves).subspan(i * lower_size, lower_size));
      }
    }
    OneBlock block(column, header, slots, lower_halves);
    const std::vector<std::byte> query(byte_size(type, dimensions), std::byte{1});
    const auto found = search(block, column, {0, {type, dimensions, query}, 5}, [] {});
    if (found.size() > 5) __builtin_trap();
  } catch (const Corruption&) {
  }
  return 0;
}
