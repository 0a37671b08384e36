#include "replica/standing.h"

#include "replica/apply.h"
#include "replica/bytes.h"

namespace edgepack::replica {
namespace {

bool shows(const State& state, const Snapshot& base) {
  return state.known && state.mark.known() && state.mark == base.mark() &&
         state.page_count == base.page_count();
}

/// The states that the replica may show, the likeliest first. The record before the newest counts
/// after a power cut only: otherwise its states are those of an old copy.
std::vector<State> recorded_states(const PositionFile& position) {
  std::vector<State> states;
  for (const auto* record : {&position.record(), &position.previous()}) {
    if (!*record) continue;
    if (record == &position.previous() && !position.may_be_behind()) continue;
    for (const State* state : {&(*record)->after, &(*record)->before}) {
      if (state->known) states.push_back(*state);
    }
  }
  return states;
}

}  // namespace

bool is_empty(Snapshot& base) {
  if (base.page_count() == 0) return true;
  if (base.page_count() != 1) return false;
  constexpr std::size_t kTreeOffset = 100;
  constexpr std::byte kTableLeaf{0x0d};
  std::vector<std::byte> page(base.page_size());
  base.read(1, page);
  return page[kTreeOffset] == kTableLeaf && read_be16(&page[kTreeOffset + 3]) == 0;
}

std::optional<State> state_by_mark(const PositionFile& position, const Snapshot& base) {
  for (const State& state : recorded_states(position)) {
    if (shows(state, base)) return state;
  }
  return std::nullopt;
}

Standing find_standing(const PositionFile& position, Snapshot& base, sqlite::Interrupt& interrupt) {
  if (const auto state = state_by_mark(position, base)) return {Knowledge::kState, *state};
  const std::vector<State> states = recorded_states(position);
  if (!states.empty()) {
    const std::uint64_t checksum = checksum_of(base, interrupt);
    for (const State& state : states) {
      if (state.page_count == base.page_count() && state.checksum == checksum) {
        return {Knowledge::kState, state};
      }
    }
  }
  const auto& record = position.record();
  if (is_empty(base) || position.damaged() || position.may_be_behind()) {
    return {Knowledge::kNothing, {}};
  }
  if (record && record->after.known) return {Knowledge::kDiverged, {}};
  // A page size without a state: the file was being rebuilt for a source with other pages.
  if (record && record->page_size != 0) return {Knowledge::kNothing, {}};
  return {Knowledge::kForeign, {}};
}

}  // namespace edgepack::replica
