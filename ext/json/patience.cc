#include "json/patience.h"

namespace edgepack::json {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kBytesPerStep = 64;

/// Calls `take(piece)` for one piece of `text` after the other, until it answers false.
template <class Take>
bool take_pieces(std::string_view text, Patience& patience, Take take) {
  for (std::size_t begin = 0; begin < text.size(); begin += kPieceBytes) {
    const std::string_view piece = text.substr(begin, kPieceBytes);
    if (!take(piece, begin)) return false;
    patience.spend(piece.size() / kBytesPerStep);
  }
  return true;
}

}  // namespace

void copy_text(std::string_view text, std::string* copy, Patience& patience) {
  copy->clear();
  copy->reserve(text.size());
  take_pieces(text, patience, [copy](std::string_view piece, std::size_t) {
    copy->append(piece);
    return true;
  });
}

bool are_equal(std::string_view a, std::string_view b, Patience& patience) {
  return a.size() == b.size() &&
         take_pieces(a, patience, [b](std::string_view piece, std::size_t begin) {
           return piece == b.substr(begin, piece.size());
         });
}

}  // namespace edgepack::json
