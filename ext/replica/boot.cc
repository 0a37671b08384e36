#include "replica/boot.h"

#include <cstdio>
#include <memory>

#if defined(__APPLE__)
#include <cstring>
#include <sys/sysctl.h>
#include <sys/time.h>
#endif

namespace edgepack::replica {
namespace {

#if defined(__APPLE__)
BootId read_boot_id() noexcept {
  BootId id{};
  struct timeval start {};
  std::size_t size = sizeof start;
  if (::sysctlbyname("kern.boottime", &start, &size, nullptr, 0) == 0) {
    std::memcpy(id.data(), &start, sizeof start < id.size() ? sizeof start : id.size());
  }
  return id;
}
#else
/// Linux draws a random UUID at each start.
BootId read_boot_id() noexcept {
  BootId id{};
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen("/proc/sys/kernel/random/boot_id", "r"), std::fclose);
  if (file == nullptr) return id;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) std::fgetc(file.get());  // the hyphen
    unsigned byte = 0;
    if (std::fscanf(file.get(), "%2x", &byte) != 1) return BootId{};
    id[i] = static_cast<std::byte>(byte);
  }
  return id;
}
#endif

BootId& this_boot() noexcept {
  static BootId id = read_boot_id();
  return id;
}

}  // namespace

BootId boot_id() noexcept { return this_boot(); }

void pretend_boot(const BootId& id) noexcept { this_boot() = id; }

}  // namespace edgepack::replica
