#include <algorithm>

#include "json/giant.h"
#include "json/jsonpath_evaluation.h"
#include "json/path.h"

namespace edgepack::json::jsonpath {

NodeIterator::NodeIterator(Evaluation& evaluation, const Query& query, Token current)
    : evaluation_(evaluation), query_(query) {
  const Token start = query.is_absolute ? Document::root() : current;
  if (query.segments.empty()) {
    only_ = start;
  } else {
    places_.emplace_back(evaluation.document(), start);
  }
}

std::optional<Token> NodeIterator::next() {
  if (query_.segments.empty()) return std::exchange(only_, std::nullopt);
  while (!places_.empty()) {
    const std::size_t depth = places_.size();
    const std::optional<Token> child = advance(places_.back(), query_.segments[depth - 1]);
    if (!child) {
      leave_place();
    } else if (depth == query_.segments.size()) {
      note_find();
      return child;
    } else if (!is_known_to_be_barren(*child)) {
      places_.emplace_back(evaluation_.document(), *child);
    }
  }
  return std::nullopt;
}

bool NodeIterator::is_known_to_be_barren(Token node) const {
  const Segment& next = query_.segments[places_.size()];
  return next.meets_again && evaluation_.memo().find(next.number, node) == false;
}

void NodeIterator::note_find() {
  for (auto place = places_.rbegin(); place != places_.rend() && !place->has_found; ++place) {
    place->has_found = true;
  }
}

void NodeIterator::leave_place() {
  const Segment& segment = query_.segments[places_.size() - 1];
  const Place& place = places_.back();
  if (segment.meets_again && !place.has_found) {
    evaluation_.memo().keep(segment.number, place.start, false);
  }
  places_.pop_back();
}

std::optional<Token> NodeIterator::advance(Place& place, const Segment& segment) {
  for (;;) {
    for (; place.selector < segment.selectors.size(); ++place.selector) {
      if (const auto child = select(place, segment.selectors[place.selector])) return child;
      place.has_begun = false;
    }
    if (!segment.is_descendant || !descend(place)) return std::nullopt;
  }
}

// Tokens are in the order in which RFC 9535 wants descendants to be visited: a node before its
// children, children in order. What has no children selects nothing.
bool NodeIterator::descend(Place& place) {
  const Document& document = evaluation_.document();
  Token next = place.node + 1;
  constexpr Token kTokensBetween = 1024;
  for (; next < place.behind && !document.is_container(next); ++next) {
    if (next % kTokensBetween == 0) evaluation_.patience().spend(kTokensBetween);
  }
  if (next >= place.behind) return false;
  place.node = next;
  place.selector = 0;
  return true;
}

std::optional<Token> NodeIterator::select(Place& place, const Selector& selector) {
  evaluation_.patience().spend();
  const bool begins = !std::exchange(place.has_begun, true);
  switch (selector.kind) {
    case Selector::Kind::kName:
    case Selector::Kind::kIndex:
      return begins ? evaluation_.select_one(selector, place.node) : std::nullopt;
    case Selector::Kind::kWildcard:
    case Selector::Kind::kFilter:
      if (begins) place.children = Children(evaluation_.document(), place.node);
      return next_child(place, selector);
    case Selector::Kind::kSlice:
      if (begins) cut_slice(place, selector);
      if (place.next_in_slice == place.slice.size()) return std::nullopt;
      return place.slice[place.next_in_slice++];
  }
  return std::nullopt;
}

std::optional<Token> NodeIterator::next_child(Place& place, const Selector& selector) {
  for (; !place.children.at_end(); place.children.next()) {
    evaluation_.patience().spend();
    const Token child = place.children.value();
    if (selector.kind == Selector::Kind::kWildcard || evaluation_.holds(selector, child)) {
      place.children.next();
      return child;
    }
  }
  return std::nullopt;
}

// The bounds are those of RFC 9535, section 2.3.4.2.2.
void NodeIterator::cut_slice(Place& place, const Selector& selector) {
  const Document& document = evaluation_.document();
  place.slice.clear();
  place.next_in_slice = 0;
  if (document.kind(place.node) != '[' || selector.step == 0) return;
  const std::int64_t length = count_elements(document, place.node, &evaluation_.patience());
  const bool forward = selector.step > 0;
  const auto bound = [&](const std::optional<std::int64_t>& given, std::int64_t absent) {
    const std::int64_t index = !given ? absent : *given >= 0 ? *given : length + *given;
    return forward ? std::clamp<std::int64_t>(index, 0, length)
                   : std::clamp<std::int64_t>(index, -1, length - 1);
  };
  const std::int64_t start = bound(selector.start, forward ? 0 : length - 1);
  const std::int64_t end = bound(selector.end, forward ? length : -1);
  const std::int64_t first = forward ? start : end + 1;
  const std::int64_t last = forward ? end - 1 : start;
  const std::int64_t stride = forward ? selector.step : -selector.step;
  if (first <= last) {
    reserve_giant(&place.slice, static_cast<std::size_t>((last - first) / stride) + 1);
  }
  std::int64_t position = 0;
  for (Children elements(document, place.node); !elements.at_end() && position <= last;
       elements.next(), ++position) {
    evaluation_.patience().spend();
    const std::int64_t distance = forward ? position - start : start - position;
    if (position >= first && distance % stride == 0) place.slice.push_back(elements.value());
  }
  if (!forward) std::reverse(place.slice.begin(), place.slice.end());
}

}  // namespace edgepack::json::jsonpath
