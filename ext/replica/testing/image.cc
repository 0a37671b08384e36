#include "replica/testing/image.h"

#include <filesystem>
#include <gtest/gtest.h>

#include "replica/checksum.h"
#include "replica/snapshot.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

constexpr const char* kSuffixes[] = {"", "-wal", "-journal", "-replica"};
constexpr char kOperation[] = "test";

/// All pages, as a replica has them.
std::vector<std::string> pages_of(const std::string& path) {
  const Connection connection(kOperation, path, Connection::Missing::kCreate, nullptr);
  Snapshot snapshot(connection);
  std::vector<std::string> pages;
  std::vector<std::byte> bytes(snapshot.page_size());
  for (std::uint32_t page = 1; page <= snapshot.page_count(); ++page) {
    snapshot.read(page, bytes);
    if (page == 1) bytes[18] = bytes[19] = std::byte{2};
    pages.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  if (pages.size() == 1 && connection.text("SELECT count(*) FROM sqlite_schema") == "0") return {};
  return pages;
}

}  // namespace

Image Image::of(const std::string& path) {
  Image image;
  for (const char* suffix : kSuffixes) {
    if (std::filesystem::exists(path + suffix)) image.files[suffix] = read_whole(path + suffix);
  }
  return image;
}

void Image::restore(const std::string& path) const {
  std::filesystem::remove(path + "-shm");
  for (const char* suffix : kSuffixes) {
    // Some file systems flush a file that is truncated and written again.
    std::filesystem::remove(path + suffix);
    if (files.contains(suffix)) write_whole(path + suffix, files.at(suffix));
  }
}

std::uint64_t database_checksum(const std::string& path) {
  DatabaseChecksum checksum;
  std::uint32_t page = 0;
  for (const std::string& bytes : pages_of(path)) {
    checksum.toggle(++page, std::as_bytes(std::span(bytes)));
  }
  return checksum.value();
}

std::string integrity(const std::string& path) {
  const Connection connection(kOperation, path, Connection::Missing::kCreate, nullptr);
  return connection.text("PRAGMA integrity_check");
}

void expect_same_pages(const std::string& primary_path, const std::string& replica_path) {
  EXPECT_TRUE(pages_of(primary_path) == pages_of(replica_path));
}

}  // namespace edgepack::replica::testing
