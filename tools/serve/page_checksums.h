#pragma once
// The checksum of each page of the newest durable state: a file that can be made again.

#include <cstdint>
#include <string>

namespace edgepack::serve {

/// An array of 8 bytes a page in a mapped file, so that it costs memory only where it is used. One
/// thread. Throws sqlite::Error.
class PageChecksums {
 public:
  /// Opens `path`, which is made if it is missing.
  explicit PageChecksums(std::string path);
  ~PageChecksums();
  PageChecksums(const PageChecksums&) = delete;
  PageChecksums& operator=(const PageChecksums&) = delete;

  std::uint32_t pages() const noexcept { return pages_; }
  /// What is added is 0.
  void resize(std::uint32_t pages);
  /// Pages count from 1.
  std::uint64_t get(std::uint32_t page) const noexcept { return sums_[page - 1]; }
  void set(std::uint32_t page, std::uint64_t checksum) noexcept { sums_[page - 1] = checksum; }
  /// The checksum of the database that these pages make.
  std::uint64_t database() const noexcept;

 private:
  void map();
  void unmap() noexcept;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t* sums_ = nullptr;
  std::uint32_t pages_ = 0;
};

}  // namespace edgepack::serve
