#pragma once
// Decoded blocks kept in memory for all connections of the process; docs/vec-format.md, "Blocks in
// memory", says why a cached block can never be a stale one.

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "vec/block.h"

namespace edgepack::vec {

/// What a part of a block in memory is known by. The version alone tells parts apart; the rest
/// turns what is not possible without damage or a forged file into a miss.
struct BlockKey {
  sqlite3_int64 version;
  sqlite3_int64 block;
  /// What the part consists of: code_layout(), or MetadataLayout::fingerprint().
  std::uint64_t layout;

  bool operator==(const BlockKey&) const noexcept = default;
};

/// The layout of the codes of a column. Never that of metadata, whose highest bit is 0.
inline std::uint64_t code_layout(const VectorColumn& column) noexcept {
  return std::uint64_t{1} << 63 | std::uint64_t{column.dimensions} << 16 |
         static_cast<std::uint64_t>(column.metric) << 8 | static_cast<std::uint64_t>(column.type);
}

/// Blocks by their keys, within a budget of bytes. A block that was taken out lives on for as long
/// as somebody holds it. Safe from any thread: its lock is held for a look-up or a change of its
/// lists, never while memory of blocks is read, written or freed.
///
/// A search reads every block of its table in the same order, so that throwing out the least
/// recently used block for a new one would leave nothing to find of a table that is a little larger
/// than the budget. Therefore a block only gives way once it was not used while several times the
/// budget went by; until then new blocks are not taken, and the share of the table that fits stays.
class BlockCache {
 public:
  static constexpr std::size_t kDefaultBudget = std::size_t{256} << 20;

  explicit BlockCache(std::size_t budget = kDefaultBudget) noexcept : budget_(budget) {}
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// The one that all tables of the process share. Throws std::bad_alloc when it is first asked
  /// for.
  static BlockCache& of_process();

  /// Null when it is not there. `Part` is what was kept under this layout.
  template <class Part>
  std::shared_ptr<const Part> find(const BlockKey& key) {
    return std::static_pointer_cast<const Part>(find_part(key));
  }
  /// Keeps `block` if there is, or should be, room for it; true if it did, or had one with this
  /// key that is as large: a larger one takes the place of what had its key. Throws std::bad_alloc,
  /// and then does not keep it.
  bool insert(const BlockKey& key, std::shared_ptr<const DecodedPart> block);
  /// Blocks that somebody reaches without find() look unused. True once so much was asked for since
  /// `mark` that they should be found again; then moves `mark` to now. A mark begins as 0.
  bool is_past(std::uint64_t& mark) noexcept;
  void clear() noexcept { shrink_to(0); }

  std::size_t budget() const noexcept;
  /// Takes blocks out until the rest fits.
  void set_budget(std::size_t bytes) noexcept;
  /// What the blocks and their entries take, at most budget().
  std::size_t used() const noexcept;

  /// While there is none, the cache is empty: its memory goes with the last connection.
  class User {
   public:
    explicit User(BlockCache& cache) noexcept;
    ~User();
    User(const User&) = delete;
    User& operator=(const User&) = delete;

   private:
    BlockCache& cache_;
  };

 private:
  struct Entry {
    BlockKey key;
    std::shared_ptr<const DecodedPart> block;
    /// The age_ of the last use, or up to half a budget before it.
    std::uint64_t used_at;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;
  struct HashKey {
    std::size_t operator()(const BlockKey& key) const noexcept {
      return static_cast<std::size_t>(key.version);
    }
  };

  /// Budgets that go by before an unused block gives way.
  static constexpr std::uint64_t kPatience = 4;

  std::shared_ptr<const DecodedPart> find_part(const BlockKey& key);
  void shrink_to(std::size_t bytes) noexcept;
  /// Moves the least recently used entry to `removed`. mutex_ is held.
  void remove_last(Entries& removed) noexcept;

  mutable std::mutex mutex_;
  std::size_t budget_;
  std::size_t used_ = 0;
  std::size_t users_ = 0;
  /// Bytes of all blocks asked for so far.
  std::uint64_t age_ = 0;
  /// In the order of used_at, the greatest in front.
  Entries entries_;
  std::unordered_map<BlockKey, Entries::iterator, HashKey> by_key_;
};

}  // namespace edgepack::vec
