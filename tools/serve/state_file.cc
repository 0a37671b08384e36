#include "serve/state_file.h"

#include "serve/file.h"

namespace edgepack::serve {

std::optional<State> StateFile::read() {
  const replica::ServedStates states = replica::read_served_states(path_);
  sequence_ = states.sequence;
  return states.durable;
}

void StateFile::write(const State& state) {
  File file(path_, File::Mode::kReadWrite);
  file.write(encode(state, sequence_ + 1),
             (sequence_ + 1) % replica::kDurableSlots * replica::kServedSlotSize);
  file.sync();
  ++sequence_;
}

void StateFile::announce(const State& state) const {
  File file(path_, File::Mode::kReadWrite);
  file.write(encode(state, 0), replica::kAnnouncedSlot * replica::kServedSlotSize);
}

}  // namespace edgepack::serve
