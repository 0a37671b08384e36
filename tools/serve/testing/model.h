#pragma once
// A replica as simple as it can be: pages in memory, and every rule of docs/http.md checked.

#include <map>
#include <string>

#include "serve/database.h"

namespace edgepack::serve::testing {

class Model {
 public:
  Position position;
  std::map<std::uint32_t, std::string> pages;

  /// Applies a file that is to lead to `to`. Fails the test if it does not.
  void apply(replica::PageStream& changes, const Position& to);
  void apply(const std::string& bytes, const Position& to);

  /// Asks the database itself: a snapshot if there is no position, then changes until it is
  /// current.
  void sync(Database& database);

  std::uint64_t checksum() const;
  /// The checksums as POST difference takes them.
  std::string checksums() const;
};

/// All bytes of a stream.
std::string bytes_of(LtxStream& stream);

}  // namespace edgepack::serve::testing
