#pragma once
// The server's own files. Never used for a database, its -wal or its -shm: closing any descriptor
// of those would drop the locks that SQLite holds on them in this process.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace edgepack::serve {

/// Throws sqlite::Error: the operation of this program, `path`, `problem`, and what errno says.
[[noreturn]] void fail(const std::string& path, const std::string& problem);

/// An open file. Move-only. Everything throws sqlite::Error naming the file; SQLITE_FULL when the
/// disk is full.
class File {
 public:
  enum class Mode { kRead, kReadWrite, kCreate };  // kCreate empties what is there

  File(std::string path, Mode mode);
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  ~File();

  const std::string& path() const noexcept { return path_; }
  int descriptor() const noexcept { return descriptor_; }
  std::uint64_t size() const;
  /// Fills the beginning of `bytes` from `offset` on; 0 at the end of the file only.
  std::size_t read(std::span<std::byte> bytes, std::uint64_t offset) const;
  void write(std::span<const std::byte> bytes, std::uint64_t offset);
  /// Makes the bytes and the size durable.
  void sync();

 private:
  std::string path_;
  int descriptor_ = -1;
};

/// Makes names that were added to, changed in or removed from `folder` durable.
void sync_folder(const std::string& folder);

/// Renames `from` to `to` within one folder; durable with sync_folder().
void rename_file(const std::string& from, const std::string& to);

/// Removes `path` if it is there.
void remove_file(const std::string& path);

}  // namespace edgepack::serve
