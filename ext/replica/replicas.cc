#include "replica/replicas.h"

#include <algorithm>

#include "replica/position_file.h"
#include "sqlite/statement.h"

namespace edgepack::replica {

std::vector<KnownReplica> known_replicas(sqlite3* database, const Session& session) {
  std::vector<KnownReplica> known;
  // pragma_database_list asks for less trust than the host may allow; the API has it from 3.39 on.
  for (int i = 0;; ++i) {
    const char* const schema = sqlite3_db_name(database, i);
    if (schema == nullptr) break;
    const char* const path = sqlite3_db_filename(database, schema);
    if (path == nullptr || *path == '\0') continue;
    Target target{path, vfs_of(database, schema)};
    if (PositionFile(target.path, target.vfs).exists()) {
      known.push_back({schema, std::move(target)});
    }
  }
  for (std::string& path : session.paths()) {
    const bool is_new = std::ranges::none_of(
        known, [&](const KnownReplica& replica) { return replica.target.path == path; });
    if (is_new && PositionFile(path).exists()) known.push_back({{}, {std::move(path), nullptr}});
  }
  return known;
}

}  // namespace edgepack::replica
