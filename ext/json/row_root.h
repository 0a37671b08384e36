#pragma once
// What json_each() and json_tree() say of the place of the value that they start with.

#include <string>

#include "json/path.h"
#include "json/row_ids.h"
#include "json/row_walk.h"

namespace edgepack::json {

/// The row of the root itself.
struct RowRoot {
  std::string full_key;
  std::string path;
  enum class Key {
    kNone,
    kMember,  ///< the key that is in the document
    kLabel,   ///< `label`
    kIndex,   ///< `index`
  } key = Key::kNone;
  std::string label = {};
  sqlite3_int64 index = 0;
};

/// Of a root that `path` leads to, whose text is `text`. `is_first`: among the children of its
/// container. Throws std::bad_alloc.
RowRoot describe_row_root(const std::string& text, const Path& path, RowWalk::Rows rows,
                          RowNumbering host, bool is_container, bool is_first);

}  // namespace edgepack::json
