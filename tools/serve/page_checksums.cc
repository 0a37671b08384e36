#include "serve/page_checksums.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "replica/checksum.h"
#include "serve/file.h"

namespace edgepack::serve {
namespace {

constexpr std::size_t kEntry = sizeof(std::uint64_t);

}  // namespace

PageChecksums::PageChecksums(std::string path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor_ < 0) fail(path_, "cannot open");
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail(path_, "cannot be measured");
  pages_ = static_cast<std::uint32_t>(static_cast<std::size_t>(status.st_size) / kEntry);
  map();
}

PageChecksums::~PageChecksums() {
  unmap();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PageChecksums::map() {
  if (pages_ == 0) return;
  void* const memory =
      ::mmap(nullptr, pages_ * kEntry, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) fail(path_, "cannot be mapped");
  sums_ = static_cast<std::uint64_t*>(memory);
}

void PageChecksums::unmap() noexcept {
  if (sums_ != nullptr) ::munmap(sums_, pages_ * kEntry);
  sums_ = nullptr;
}

void PageChecksums::resize(std::uint32_t pages) {
  if (pages == pages_) return;
  const auto size = static_cast<off_t>(pages * kEntry);
  // A page of a mapped file that the disk has no room for would end the process when it is written.
  if (pages > pages_) {
    if (const int error = ::posix_fallocate(descriptor_, 0, size); error != 0) {
      errno = error;
      fail(path_, "cannot grow");
    }
  }
  unmap();
  if (pages < pages_ && ::ftruncate(descriptor_, size) != 0) fail(path_, "cannot be cut");
  pages_ = pages;
  map();
}

std::uint64_t PageChecksums::database() const noexcept {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < pages_; ++i) sum ^= sums_[i];
  return sum | replica::kChecksumFlag;
}

}  // namespace edgepack::serve
