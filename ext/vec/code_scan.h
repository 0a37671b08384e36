#pragma once
// The scan of float columns: blocks hold codes, which bound the distances.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "vec/candidates.h"
#include "vec/coarse_codes.h"
#include "vec/codec.h"
#include "vec/search.h"

namespace edgepack::vec {

/// A row that may be among the k nearest: its full vector decides.
struct CodeCandidate {
  double lower;
  sqlite3_int64 rowid;
};

/// Keeps the rows whose lower bound is not above the k-th smallest upper bound of all rows that it
/// is shown.
///
/// Where that leaves few rows, the upper four bits of the codes are read of all rows, and the lower
/// four of those that they could not decide on; a sample of the rows tells. So are those of blocks
/// that come without the lower ones; rows of which they are not worth reading stay candidates.
class CodeScan {
 public:
  /// Both must outlive it.
  CodeScan(const VectorColumn& column, const SearchRequest& request);

  /// Reads the blocks, which are of `source`, on as many threads as pay, and completes those whose
  /// lower halves it needs. Throws what `source` and `check` throw, and std::bad_alloc.
  void scan(std::span<ScannedBlock> blocks, BlockScan& source, const Check& check);
  /// In ascending order of the lower bound; a superset of the k nearest rows within the range.
  std::vector<CodeCandidate> take_sorted(const Check& check) {
    return candidates_.take_sorted(check);
  }

 private:
  /// A row that the upper bits of its code could not decide on.
  struct CoarseCandidate {
    double lower;
    std::uint32_t block;
    std::uint32_t row;
  };

  /// Which blocks are looked at by the upper bits of their codes first.
  enum class Coarse { kAll, kIncomplete, kNone };

  /// Rows from here and there, one after the other in the columns of CodeRows.
  struct Gathered {
    struct Place {
      const Block* block;
      std::uint32_t row;
    };
    std::vector<Place> places;
    std::vector<float> scales;
    std::vector<float> residuals;
    std::vector<std::int32_t> norms_squared;
  };

  /// What one thread works with.
  struct Worker {
    explicit Worker(const CodeScan& scan)
        : candidates(scan.threshold_), coarse(scan.coarse_threshold_) {}

    Candidates<CodeCandidate> candidates;
    /// What this thread scans next, as far as can be foreseen; null if nothing.
    const Block* next = nullptr;
    Candidates<CoarseCandidate> coarse;
    std::vector<double> lower;
    std::vector<double> upper;
    std::vector<double> certain;
    std::vector<std::int32_t> dots;
    std::vector<std::uint32_t> admitted;
    Gathered gathered;
  };

  /// All where it would leave few enough rows.
  Coarse choose_coarse(std::span<const ScannedBlock> blocks);
  /// Whether a sample of the rows says so. Its own bounds make the first threshold.
  bool sample_is_decided(std::span<const ScannedBlock> blocks, std::size_t all_rows);
  void scan_coarse(std::span<const ScannedBlock> blocks, std::size_t index, Worker& worker);
  void scan_fine(const ScannedBlock& block, Worker& worker);
  /// The same for a block of which few rows are wanted: adds them to worker.gathered, and decides
  /// on these when they are many.
  void gather(const ScannedBlock& block, Worker& worker);
  void gather(const Block& block, std::size_t row, Worker& worker);
  void decide_gathered(Worker& worker);
  /// Of the blocks with these candidates, in ascending order.
  void complete_where_it_pays(std::span<const CoarseCandidate> candidates,
                              std::span<ScannedBlock> blocks, BlockScan& source,
                              const Check& check);
  /// Looks at whole codes of candidates in ascending order.
  void refine(std::span<const CoarseCandidate> candidates, std::span<const ScannedBlock> blocks,
              Worker& worker);
  /// Takes the row as a candidate of `threshold` unless its bounds rule it out.
  template <class Candidate>
  void consider(const Candidate& candidate, double upper, Candidates<Candidate>& candidates,
                std::vector<double>& certain) const;

  const SearchRequest& request_;
  CodeQuery query_;
  std::optional<CoarseQuery> coarse_query_;
  /// By bounds from whole codes, and from upper bits: no row may count twice.
  Threshold threshold_;
  Threshold coarse_threshold_;
  Candidates<CodeCandidate> candidates_;
  /// No more memory for lower halves.
  bool memory_is_full_ = false;
};

}  // namespace edgepack::vec
