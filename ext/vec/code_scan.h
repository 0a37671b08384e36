#pragma once
// The scan of float columns: blocks hold codes, which bound the distances.

#include <span>
#include <vector>

#include "vec/candidates.h"
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
class CodeScan {
 public:
  /// Both must outlive it.
  CodeScan(const VectorColumn& column, const SearchRequest& request);

  /// Reads the blocks on as many threads as pay. Throws what `check` throws, and std::bad_alloc.
  void scan(std::span<const ScannedBlock> blocks, const Check& check);
  /// In ascending order of the lower bound; a superset of the k nearest rows within the range.
  std::vector<CodeCandidate> take_sorted() { return candidates_.take_sorted(); }

 private:
  /// What one thread works with.
  struct Worker {
    explicit Worker(const Threshold& threshold) : candidates(threshold) {}

    Candidates<CodeCandidate> candidates;
    std::vector<double> lower;
    std::vector<double> upper;
    std::vector<double> certain;
  };

  void scan_block(const ScannedBlock& block, Worker& worker);

  const SearchRequest& request_;
  CodeQuery query_;
  Threshold threshold_;
  Candidates<CodeCandidate> candidates_;
};

}  // namespace edgepack::vec
