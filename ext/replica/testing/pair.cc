#include "replica/testing/pair.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <stdexcept>
#include <stdlib.h>

namespace edgepack::replica::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "replica_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_whole(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

std::string shell(const std::string& path, const std::string& sql) {
  const std::string command = "sqlite3 -init /dev/null '" + path + "' \"" + sql + "\" 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no sqlite3 shell");
  std::string answer;
  std::array<char, 4096> bytes;
  while (const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    answer.append(bytes.data(), got);
  }
  ::pclose(pipe);
  return answer;
}

Pair::Pair(const std::string& journal_mode, int page_size, const std::string& auto_vacuum)
    : primary_path(folder / "primary.db"), replica_path(folder / "replica.db") {
  primary = std::make_unique<Database>(nullptr, primary_path);
  primary->rows("PRAGMA page_size = " + std::to_string(page_size));
  primary->rows("PRAGMA auto_vacuum = " + auto_vacuum);
  primary->rows("PRAGMA journal_mode = " + journal_mode);
  primary->rows("PRAGMA synchronous = OFF");
  primary->rows("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)");
  replica = std::make_unique<Database>(register_replica, replica_path);
}

std::string Pair::sync(const std::string& options) {
  const std::string source = named_ ? "NULL" : "'file:" + primary_path + "'";
  const std::string answer = replica->row("SELECT replica_sync(" + source + ", '" + options + "')");
  named_ = true;
  return answer.substr(1, answer.size() - 2);  // without the quotes
}

std::string Pair::sync_field(const std::string& field, const std::string& options) {
  return replica->row("SELECT json_extract('" + sync(options) + "', '$." + field + "')");
}

void Pair::expect_sound() {
  EXPECT_EQ(replica->row("PRAGMA integrity_check"), "'ok'");
  const std::string schema = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema";
  EXPECT_EQ(primary->rows(schema), replica->rows(schema));
  for (const std::string& name :
       primary->rows("SELECT name FROM sqlite_schema WHERE type = 'table'")) {
    const std::string all = "SELECT * FROM \"" + name.substr(1, name.size() - 2) + "\"";
    EXPECT_EQ(primary->rows(all), replica->rows(all));
  }
}

void Pair::expect_identical() { compare_files(true); }
void Pair::expect_identical_but_schema_version() { compare_files(false); }

void Pair::compare_files(bool with_schema_version) {
  primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(replica->row("PRAGMA wal_checkpoint(TRUNCATE)"), "0|0|0");
  std::string expected = read_whole(primary_path);
  std::string actual = read_whole(replica_path);
  ASSERT_GE(expected.size(), 100u);
  expected[18] = expected[19] = 2;
  if (!with_schema_version) {
    expected.replace(40, 4, "same");
    actual.replace(40, 4, "same");
  }
  EXPECT_EQ(expected.size(), actual.size());
  EXPECT_TRUE(expected == actual);
}

}  // namespace edgepack::replica::testing
