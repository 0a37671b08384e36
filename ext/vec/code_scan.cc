#include "vec/code_scan.h"

#include <algorithm>
#include <cmath>

#include "vec/block_rows.h"
#include "vec/distance.h"
#include "vec/parallel.h"

namespace edgepack::vec {
namespace {

/// Rows that tell how the others will do, spread over so many blocks.
constexpr std::size_t kSampleRows = 2048;
constexpr std::size_t kSampleBlocks = 32;
/// Looking at a row again costs some three times what its upper bits cost in a row of rows.
constexpr double kLargestShareToRefine = 0.2;
/// Reading so many rows one by one costs as much as the lower halves of a block.
constexpr std::size_t kRowsAsDearAsLowerHalves = 8;
/// Candidates that a thread refines at a time.
constexpr std::size_t kRefinedAtOnce = 256;
/// Rows that are asked for before the first of them is looked at: as many as the nearest cache
/// holds.
constexpr std::size_t kGatheredAtOnce = 32;

CodeRows code_rows(const Block& rows, std::size_t first, std::size_t count) {
  CodeRows part = {part_of(rows.payload, first, count), rows.scales.data() + first,
                   rows.residuals.data() + first, rows.norms_squared.data() + first};
  if (rows.lower_nibbles.data != nullptr) {
    part.lower_nibbles = part_of(rows.lower_nibbles, first, count);
  }
  return part;
}

CoarseRows coarse_rows(const Block& rows, std::size_t first, std::size_t count) {
  return {part_of(rows.payload, first, count), rows.coarse_scales.data() + first,
          rows.coarse_residuals.data() + first, rows.coarse_norms.data() + first,
          rows.residuals.data() + first};
}

/// Asks the processor for memory ahead of its use. Inlined, because compilers leave out calls of a
/// function that does nothing else: they hold it for one without effect.
[[gnu::always_inline]] inline void prefetch(const void* data, std::size_t bytes) noexcept {
  const auto* const begin = static_cast<const char*>(data);
  for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(begin + i);
}

/// The same for a row: each is lines of memory of its own.
[[gnu::always_inline]] inline void prefetch(const Block& rows, std::size_t row) noexcept {
  for (const kernels::Rows& codes : {rows.payload, rows.lower_nibbles}) {
    if (codes.data == nullptr) continue;
    prefetch(part_of(codes, row, 1).data, codes.stride);
  }
  __builtin_prefetch(&rows.scales[row]);
  __builtin_prefetch(&rows.residuals[row]);
  __builtin_prefetch(&rows.norms_squared[row]);
}

}  // namespace

CodeScan::CodeScan(const VectorColumn& column, const SearchRequest& request)
    : request_(request),
      query_(column.metric, request.query),
      threshold_(request.k),
      coarse_threshold_(request.k),
      candidates_(threshold_) {
  if (has_coarse_codes(column.metric)) coarse_query_.emplace(column.metric, request.query);
}

void CodeScan::scan(std::span<ScannedBlock> blocks, BlockScan& source, const Check& check) {
  const std::size_t threads = threads_for(blocks);
  std::vector<Worker> workers(threads, Worker(*this));
  const Coarse coarse = choose_coarse(blocks);
  bool is_complete = true;
  for (ScannedBlock& block : blocks) {
    if (block.block->is_complete()) continue;
    if (coarse != Coarse::kNone) {
      is_complete = false;
      break;
    }
    check();
    source.complete(block);
  }
  for_each_index(
      blocks.size(), threads,
      [&](std::size_t thread, std::size_t index) {
        workers[thread].next = rows_at(blocks, index + threads);
        const bool first = coarse == Coarse::kAll ||
                           (coarse == Coarse::kIncomplete && !blocks[index].block->is_complete());
        first ? scan_coarse(blocks, index, workers[thread])
              : scan_fine(blocks[index], workers[thread]);
      },
      check);
  for (Worker& worker : workers) decide_gathered(worker);
  if (coarse == Coarse::kAll || !is_complete) {
    threshold_.lower_to(coarse_threshold_.value());
    for (std::size_t thread = 1; thread < threads; ++thread) {
      workers[0].coarse.add(workers[thread].coarse);
    }
    const auto left = workers[0].coarse.take_sorted(check);
    if (!is_complete) complete_where_it_pays(left, blocks, source, check);
    const std::size_t parts = (left.size() + kRefinedAtOnce - 1) / kRefinedAtOnce;
    for_each_index(
        parts, std::min(threads, parts / 8 + 1),
        [&](std::size_t thread, std::size_t part) {
          const std::size_t first = part * kRefinedAtOnce;
          refine(std::span(left).subspan(first, std::min(kRefinedAtOnce, left.size() - first)),
                 blocks, workers[thread]);
        },
        check);
    coarse_threshold_.lower_to(threshold_.value());
  }
  for (Worker& worker : workers) candidates_.add(worker.candidates);
}

CodeScan::Coarse CodeScan::choose_coarse(std::span<const ScannedBlock> blocks) {
  if (!coarse_query_ || !coarse_query_->says_something()) return Coarse::kNone;
  std::size_t all_rows = 0;
  for (const ScannedBlock& block : blocks) {
    all_rows += block.wanted.count(block.block->rows().rowids.size());
  }
  // So few are read in whole before a sample has told anything.
  if (all_rows < 4 * kSampleRows) return Coarse::kIncomplete;
  return sample_is_decided(blocks, all_rows) ? Coarse::kAll : Coarse::kNone;
}

bool CodeScan::sample_is_decided(std::span<const ScannedBlock> blocks, std::size_t all_rows) {
  std::vector<double> lower;
  std::vector<double> upper;
  const std::size_t step = std::max<std::size_t>(blocks.size() / kSampleBlocks, 1);
  const std::size_t rows_at_once =
      kSampleRows / std::min<std::size_t>(std::max<std::size_t>(blocks.size(), 1), kSampleBlocks);
  std::vector<std::int32_t> dots(rows_at_once);
  bool all_may_be_found = !request_.range.is_bounded;
  for (std::size_t index = 0; index < blocks.size(); index += step) {
    all_may_be_found = all_may_be_found && blocks[index].wanted.is_all();
    const Block& block = blocks[index].block->rows();
    CoarseRows rows = coarse_rows(block, 0, std::min(rows_at_once, block.rowids.size()));
    if (const Block* const next = rows_at(blocks, index + step)) {
      rows.upper.after = next->payload.data;
    }
    coarse_query_->dots(rows, dots.data());
    for (std::size_t row = 0; row < rows.upper.count; ++row) {
      const DistanceBounds bounds = coarse_query_->bounds(rows, row, dots[row]);
      lower.push_back(bounds.lower);
      upper.push_back(bounds.upper);
    }
  }
  if (lower.empty()) return false;
  // As many of the sample as of all rows are expected below this.
  const double share = static_cast<double>(request_.k) / static_cast<double>(all_rows);
  const double rank = std::floor(share * static_cast<double>(upper.size()));
  if (rank >= kLargestShareToRefine * static_cast<double>(upper.size())) return false;
  if (all_may_be_found && request_.k <= upper.size()) {
    const auto kth = upper.begin() + static_cast<std::ptrdiff_t>(request_.k - 1);
    std::nth_element(upper.begin(), kth, upper.end());
    coarse_threshold_.lower_to(*kth);
  }
  const auto limit = upper.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(upper.begin(), limit, upper.end());
  const auto left = std::count_if(lower.begin(), lower.end(),
                                  [limit](double bound) { return !(bound > *limit); });
  return static_cast<double>(left) <= kLargestShareToRefine * static_cast<double>(lower.size());
}

template <class Candidate>
void CodeScan::consider(const Candidate& candidate, double upper, Candidates<Candidate>& candidates,
                        std::vector<double>& certain) const {
  if (!candidates.admits(candidate.lower)) return;
  // Rounding keeps the order, so that rounded bounds are bounds of the rounded distance.
  const double low = reported(candidate.lower);
  const double high = reported(upper);
  if (!request_.range.may_contain(low, high)) return;
  candidates.add(candidate);
  if (request_.range.contains_all(low, high)) certain.push_back(upper);
}

void CodeScan::scan_coarse(std::span<const ScannedBlock> blocks, std::size_t index,
                           Worker& worker) {
  const ScannedBlock& scanned = blocks[index];
  const Block& block = scanned.block->rows();
  const std::size_t count = block.rowids.size();
  if (worker.next != nullptr) prefetch(worker.next, sizeof *worker.next);
  worker.dots.resize(count);
  worker.admitted.resize(count);
  worker.certain.clear();
  scanned.wanted.for_each_stretch(count, [&](std::size_t first, std::size_t length) {
    CoarseRows rows = coarse_rows(block, first, length);
    if (first + length == count && worker.next != nullptr) {
      rows.upper.after = worker.next->payload.data;
    }
    // Needed when the codes have been read, and then at once.
    for (const float* column : {rows.scales, rows.residuals, rows.norms}) {
      prefetch(column, length * sizeof *column);
    }
    coarse_query_->dots(rows, worker.dots.data());
    const std::size_t admitted = coarse_query_->admitted(
        coarse_threshold_.value(), rows, worker.dots.data(), worker.admitted.data());
    for (std::size_t i = 0; i < admitted; ++i) {
      const std::uint32_t row = worker.admitted[i];
      if (!scanned.wanted.contains(first + row)) continue;
      const DistanceBounds bounds = coarse_query_->bounds(rows, row, worker.dots[row]);
      consider(CoarseCandidate{bounds.lower, static_cast<std::uint32_t>(index),
                               static_cast<std::uint32_t>(first + row)},
               bounds.upper, worker.coarse, worker.certain);
    }
  });
  coarse_threshold_.note(worker.certain);
}

void CodeScan::scan_fine(const ScannedBlock& scanned, Worker& worker) {
  const Block& block = scanned.block->rows();
  const std::size_t count = block.rowids.size();
  if (query_.has_dots() && !scanned.wanted.is_dense(count)) return gather(scanned, worker);
  worker.lower.resize(count);
  worker.upper.resize(count);
  worker.certain.clear();
  scanned.wanted.for_each_stretch(count, [&](std::size_t first, std::size_t length) {
    CodeRows rows = code_rows(block, first, length);
    if (first + length == count && worker.next != nullptr) {
      rows.codes.after = worker.next->payload.data;
      rows.lower_nibbles.after = worker.next->lower_nibbles.data;
    }
    query_.bounds(rows, worker.lower.data(), worker.upper.data());
    for (std::size_t row = 0; row < length; ++row) {
      if (!scanned.wanted.contains(first + row)) continue;
      consider(CodeCandidate{worker.lower[row], block.rowids[first + row]}, worker.upper[row],
               worker.candidates, worker.certain);
    }
  });
  threshold_.note(worker.certain);
}

void CodeScan::gather(const ScannedBlock& scanned, Worker& worker) {
  const Block& block = scanned.block->rows();
  scanned.wanted.for_each_run(block.rowids.size(), [&](std::size_t first, std::size_t count) {
    for (std::size_t row = first; row < first + count; ++row) gather(block, row, worker);
  });
}

void CodeScan::gather(const Block& block, std::size_t row, Worker& worker) {
  prefetch(block, row);
  worker.gathered.places.push_back({&block, static_cast<std::uint32_t>(row)});
  if (worker.gathered.places.size() == kGatheredAtOnce) decide_gathered(worker);
}

void CodeScan::decide_gathered(Worker& worker) {
  Gathered& gathered = worker.gathered;
  const std::size_t count = gathered.places.size();
  if (count == 0) return;
  worker.dots.resize(std::max(worker.dots.size(), count));
  worker.lower.resize(std::max(worker.lower.size(), count));
  worker.upper.resize(std::max(worker.upper.size(), count));
  gathered.scales.resize(count);
  gathered.residuals.resize(count);
  gathered.norms_squared.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto [block, row] = gathered.places[i];
    query_.dots(code_rows(*block, row, 1), &worker.dots[i]);
    gathered.scales[i] = block->scales[row];
    gathered.residuals[i] = block->residuals[row];
    gathered.norms_squared[i] = block->norms_squared[row];
  }
  query_.bounds(
      {gathered.scales.data(), gathered.residuals.data(), gathered.norms_squared.data(), count},
      worker.dots.data(), worker.lower.data(), worker.upper.data());
  worker.certain.clear();
  for (std::size_t i = 0; i < count; ++i) {
    // Few are left, so that the others' rowids need not come from memory.
    if (!worker.candidates.admits(worker.lower[i])) continue;
    const auto [block, row] = gathered.places[i];
    consider(CodeCandidate{worker.lower[i], block->rowids[row]}, worker.upper[i], worker.candidates,
             worker.certain);
  }
  threshold_.note(worker.certain);
  gathered.places.clear();
}

void CodeScan::complete_where_it_pays(std::span<const CoarseCandidate> candidates,
                                      std::span<ScannedBlock> blocks, BlockScan& source,
                                      const Check& check) {
  std::vector<std::size_t> rows(blocks.size());
  for (const CoarseCandidate& candidate : candidates) {
    if (!threshold_.admits(candidate.lower)) break;
    ++rows[candidate.block];
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (rows[i] == 0 || blocks[i].block->is_complete()) continue;
    // A block that serves more than one search will need them again, if they can stay.
    const bool is_to_stay = blocks[i].is_known && !memory_is_full_;
    if (rows[i] < kRowsAsDearAsLowerHalves && !is_to_stay) continue;
    check();
    source.complete(blocks[i]);
    if (!blocks[i].is_resident) memory_is_full_ = true;
  }
}

void CodeScan::refine(std::span<const CoarseCandidate> candidates,
                      std::span<const ScannedBlock> blocks, Worker& worker) {
  for (const CoarseCandidate& candidate : candidates) {
    // The rest is farther still.
    if (!threshold_.admits(candidate.lower)) break;
    const Block& rows = blocks[candidate.block].block->rows();
    if (rows.lower_nibbles.data == nullptr) {
      worker.candidates.add(CodeCandidate{candidate.lower, rows.rowids[candidate.row]});
    } else {
      gather(rows, candidate.row, worker);
    }
  }
  decide_gathered(worker);
}

}  // namespace edgepack::vec
