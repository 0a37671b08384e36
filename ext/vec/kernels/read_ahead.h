// Reading rows from memory ahead of their use. No include guard: see simd.h, which includes this.

namespace edgepack::vec::kernels {
namespace {

/// Asks the processor for rows some kilobytes before their turn, and at the end of the rows for
/// what comes after them. Its own prefetchers only follow what is in one piece, and take tens of
/// kilobytes to reach their full pace: a scan of blocks of 64 KiB would never get there.
class ReadAhead {
 public:
  explicit ReadAhead(const Rows& rows)
      : next_(reinterpret_cast<std::uintptr_t>(rows.data) + kDistance),
        end_(reinterpret_cast<std::uintptr_t>(rows.data) + rows.count * rows.stride),
        after_(reinterpret_cast<std::uintptr_t>(rows.after)) {}

  /// Before the next `bytes` of the rows are read.
  void pass(std::size_t bytes) {
    if (next_ >= end_) {
      if (after_ == 0) return;
      next_ = after_ + (next_ - end_);
      end_ = std::numeric_limits<std::uintptr_t>::max();
    }
    for (std::size_t i = 0; i < bytes; i += kLine) {
      __builtin_prefetch(reinterpret_cast<const void*>(next_ + i));
    }
    next_ += bytes;
  }

 private:
  static constexpr std::size_t kLine = 64;
  /// What memory gives in some 150 nanoseconds, and a small part of the nearest cache.
  static constexpr std::size_t kDistance = 6 * 1024;

  std::uintptr_t next_;
  std::uintptr_t end_;
  std::uintptr_t after_;
};

}  // namespace
}  // namespace edgepack::vec::kernels
