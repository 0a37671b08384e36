#include "replica/position.h"

#include <cstdio>

namespace edgepack::replica {

std::string to_text(const Position& position) {
  std::array<char, 64> text{};
  const auto print = [&text](const char* pattern, auto... values) {
    std::snprintf(text.data(), text.size(), pattern, values...);
  };
  switch (position.kind) {
    case Position::Kind::kNone:
      break;
    case Position::Kind::kWal:
      print("wal:%08x%08x/%08x", position.mark.salt[0], position.mark.salt[1], position.mark.frame);
      break;
    case Position::Kind::kTransaction:
      return to_text(position.transaction);
    case Position::Kind::kFile:
      print("change:%08x", position.file.change_counter);
      break;
  }
  return text.data();
}

}  // namespace edgepack::replica
