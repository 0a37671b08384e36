#include "vec/table_writer.h"

#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace edgepack::vec {
namespace {

using Key = std::tuple<sqlite3*, std::string, std::string>;

struct Writers {
  std::mutex mutex;
  std::map<Key, std::weak_ptr<TableWriter>> writers;
};

Writers& writers_of_process() {
  static Writers& writers = *new Writers;  // outlives every connection
  return writers;
}

/// SQLite's names are the same in either case of ASCII letters.
std::string folded(std::string name) {
  for (char& letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return name;
}

}  // namespace

std::shared_ptr<TableWriter> writer_of(const TableName& name) {
  Writers& all = writers_of_process();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.writers, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<TableWriter>& kept =
      all.writers[{name.database, folded(name.schema), folded(name.table)}];
  std::shared_ptr<TableWriter> writer = kept.lock();
  if (writer == nullptr) kept = writer = std::make_shared<TableWriter>();
  return writer;
}

}  // namespace edgepack::vec
