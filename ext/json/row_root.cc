#include "json/row_root.h"

#include <charconv>
#include <string_view>

namespace edgepack::json {
namespace {

/// Before SQLite 3.45: the path is made anew. An index of an array outside the root is not known:
/// it is 0.
RowRoot describe_old(const Path& path, bool is_container) {
  RowRoot root{.full_key = "$", .path = ""};
  for (const Step& step : path.steps()) {
    root.path = root.full_key;
    if (step.kind == Step::Kind::kMember) {
      std::string_view label = step.label_and_quote;
      label.remove_suffix(1);
      append_member_step(label, &root.full_key);
    } else {
      root.full_key += "[0]";
    }
  }
  if (path.steps().back().kind == Step::Kind::kMember && is_container) {
    root.key = RowRoot::Key::kMember;
  }
  return root;
}

/// From SQLite 3.45 on the text of the path is cut in two: the last step becomes the key, but only
/// where the root is the first child of its parent. Elsewhere all steps do.
RowRoot describe_new(const std::string& text, const Path& path, bool is_first) {
  const std::size_t cut = is_first ? path.steps().back().start : 1;
  RowRoot root{.full_key = text, .path = text.substr(0, cut)};
  const std::string_view rest = std::string_view(text).substr(cut + 1);
  if (text[cut] == '[') {
    root.key = RowRoot::Key::kIndex;
    std::from_chars(rest.data(), rest.data() + rest.size(), root.index);
  } else {
    root.key = RowRoot::Key::kLabel;
    // In quotes as a whole, or so SQLite believes.
    root.label = rest.front() == '"' ? rest.substr(1, rest.size() - 2) : rest;
  }
  return root;
}

}  // namespace

RowRoot describe_row_root(const std::string& text, const Path& path, RowWalk::Rows rows,
                          RowNumbering host, bool is_container, bool is_first) {
  if (rows == RowWalk::Rows::kChildren || path.steps().empty()) {
    return {.full_key = text, .path = text};
  }
  return host == RowNumbering::kJsonbOffsets ? describe_new(text, path, is_first)
                                             : describe_old(path, is_container);
}

}  // namespace edgepack::json
