#include "replica/position.h"

#include <cstdio>

namespace edgepack::replica {

std::string to_text(const Position& position) {
  if (position.kind == Position::Kind::kNone) return {};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "wal:%08x%08x/%08x", position.mark.salt[0],
                position.mark.salt[1], position.mark.frame);
  return text.data();
}

}  // namespace edgepack::replica
