#include "vec/search.h"

#include <algorithm>
#include <cmath>

#include "vec/codec.h"
#include "vec/distance.h"

namespace edgepack::vec {
namespace {

/// The k best of what it is shown.
class BestNeighbors {
 public:
  explicit BestNeighbors(std::size_t k) : k_(k) {}

  void add(const Neighbor& neighbor) {
    if (heap_.size() < k_) {
      heap_.push_back(neighbor);
      std::push_heap(heap_.begin(), heap_.end(), comes_before);
    } else if (k_ > 0 && comes_before(neighbor, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), comes_before);
      heap_.back() = neighbor;
      std::push_heap(heap_.begin(), heap_.end(), comes_before);
    }
  }

  bool is_full() const noexcept { return heap_.size() >= k_; }
  /// The distance that a row must not exceed to be taken; NaN exceeds nothing.
  double limit() const noexcept {
    return is_full() && k_ > 0 ? heap_.front().distance : std::numeric_limits<double>::infinity();
  }
  std::vector<Neighbor> take_sorted() {
    std::sort_heap(heap_.begin(), heap_.end(), comes_before);
    return std::move(heap_);
  }

 private:
  std::size_t k_;
  /// The worst in front.
  std::vector<Neighbor> heap_;
};

/// A row that the bounds could not decide on.
struct Candidate {
  double lower;
  sqlite3_int64 rowid;
};

/// Candidates of a scan over codes. A row is left out once k rows are certainly at least as near.
class Candidates {
 public:
  explicit Candidates(std::size_t k) : k_(k) {}

  bool admits(double lower) const noexcept { return !(lower > limit_); }

  /// `certain`: the row belongs to the answer unless nearer ones fill it.
  void add(const Candidate& candidate, double upper, bool certain) {
    candidates_.push_back(candidate);
    if (certain) note(upper);
    // Candidates that came before the limit fell are dropped now and then: memory stays O(k).
    if (candidates_.size() >= prune_at_) {
      prune();
      prune_at_ = std::max(candidates_.size() * 2, kFirstPrune);
    }
  }

  /// In ascending order of the lower bound.
  std::vector<Candidate> take_sorted() {
    prune();
    std::sort(candidates_.begin(), candidates_.end(),
              [](const Candidate& a, const Candidate& b) { return a.lower < b.lower; });
    return std::move(candidates_);
  }

 private:
  static constexpr std::size_t kFirstPrune = 4096;

  void note(double upper) {
    if (uppers_.size() < k_) {
      uppers_.push_back(upper);
      std::push_heap(uppers_.begin(), uppers_.end());
    } else if (upper < uppers_.front()) {
      std::pop_heap(uppers_.begin(), uppers_.end());
      uppers_.back() = upper;
      std::push_heap(uppers_.begin(), uppers_.end());
    }
    if (uppers_.size() == k_) limit_ = uppers_.front();
  }

  void prune() {
    std::erase_if(candidates_, [this](const Candidate& c) { return !admits(c.lower); });
  }

  std::size_t k_;
  double limit_ = std::numeric_limits<double>::infinity();
  /// The k smallest upper bounds, the greatest in front.
  std::vector<double> uppers_;
  std::vector<Candidate> candidates_;
  std::size_t prune_at_ = kFirstPrune;
};

bool is_wanted(const SearchRequest& request, sqlite3_int64 rowid) {
  return !request.rowids ||
         std::binary_search(request.rowids->begin(), request.rowids->end(), rowid);
}

/// int8 and bit columns: the blocks hold the vectors, and the distances are final.
std::vector<Neighbor> search_vectors(Store& store, const VectorColumn& column,
                                     const SearchRequest& request,
                                     const std::function<void()>& check) {
  BestNeighbors best(request.k);
  std::vector<double> found;
  const auto scan = store.scan(request.vector);
  while (const Block* block = scan->next()) {
    check();
    const std::size_t count = block->rowids.size();
    found.resize(count);
    distances(column.metric, request.query, block->payload, found.data());
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_wanted(request, block->rowids[i]) || !request.range.contains(reported(found[i])))
        continue;
      best.add({found[i], block->rowids[i]});
    }
  }
  return best.take_sorted();
}

std::vector<Candidate> scan_codes(Store& store, const VectorColumn& column,
                                  const SearchRequest& request,
                                  const std::function<void()>& check) {
  const CodeQuery query(column.metric, request.query);
  Candidates candidates(request.k);
  std::vector<double> lower;
  std::vector<double> upper;
  const auto scan = store.scan(request.vector);
  while (const Block* block = scan->next()) {
    check();
    const std::size_t count = block->rowids.size();
    lower.resize(count);
    upper.resize(count);
    query.bounds({block->payload, block->scales.data(), block->residuals.data(),
                  block->norms_squared.data()},
                 lower.data(), upper.data());
    for (std::size_t i = 0; i < count; ++i) {
      if (!candidates.admits(lower[i]) || !is_wanted(request, block->rowids[i])) continue;
      // Rounding keeps the order, so that rounded bounds are bounds of the rounded distance.
      const double low = reported(lower[i]);
      const double high = reported(upper[i]);
      if (!request.range.may_contain(low, high)) continue;
      candidates.add({lower[i], block->rowids[i]}, upper[i], request.range.contains_all(low, high));
    }
  }
  return candidates.take_sorted();
}

/// float columns: the codes choose candidates, whose full vectors give the distances.
std::vector<Neighbor> search_codes(Store& store, const VectorColumn& column,
                                   const SearchRequest& request,
                                   const std::function<void()>& check) {
  BestNeighbors best(request.k);
  std::vector<std::byte> bytes;
  for (const Candidate& candidate : scan_codes(store, column, request, check)) {
    // The rest is farther still.
    if (best.is_full() && candidate.lower > best.limit()) break;
    check();
    store.read_vector(request.vector, candidate.rowid, bytes);
    const double exact =
        distance(column.metric, request.query, {column.type, column.dimensions, bytes});
    if (request.range.contains(reported(exact))) best.add({exact, candidate.rowid});
  }
  return best.take_sorted();
}

}  // namespace

bool comes_before(const Neighbor& a, const Neighbor& b) noexcept {
  if (std::isnan(a.distance) != std::isnan(b.distance)) return std::isnan(b.distance);
  if (a.distance < b.distance) return true;
  if (a.distance > b.distance) return false;
  return a.rowid < b.rowid;
}

void DistanceRange::at_least(double bound, bool inclusive) noexcept {
  is_bounded = true;
  if (bound > lower || (bound == lower && !inclusive)) {
    lower = bound;
    includes_lower = inclusive;
  }
}

void DistanceRange::at_most(double bound, bool inclusive) noexcept {
  is_bounded = true;
  if (bound < upper || (bound == upper && !inclusive)) {
    upper = bound;
    includes_upper = inclusive;
  }
}

bool DistanceRange::contains(double distance) const noexcept {
  if (!is_bounded) return true;
  return (includes_lower ? distance >= lower : distance > lower) &&
         (includes_upper ? distance <= upper : distance < upper);
}

bool DistanceRange::may_contain(double low, double high) const noexcept {
  if (!is_bounded) return true;
  return (includes_lower ? high >= lower : high > lower) &&
         (includes_upper ? low <= upper : low < upper);
}

bool DistanceRange::contains_all(double low, double high) const noexcept {
  return contains(low) && contains(high);
}

std::vector<Neighbor> search(Store& store, const VectorColumn& column, const SearchRequest& request,
                             const std::function<void()>& check) {
  if (request.k == 0) return {};
  return format::has_codes(column.type) ? search_codes(store, column, request, check)
                                        : search_vectors(store, column, request, check);
}

}  // namespace edgepack::vec
