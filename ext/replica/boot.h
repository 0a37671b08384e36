#pragma once
// Which run of the operating system this is.

#include <array>
#include <cstddef>

namespace edgepack::replica {

/// 16 bytes that are the same until the machine starts anew, and then others. All zero where the
/// system does not tell.
using BootId = std::array<std::byte, 16>;

/// Of this run. Any thread.
BootId boot_id() noexcept;

/// What boot_id() answers from now on, for tests that cut the power. Set while no sync runs.
void pretend_boot(const BootId& id) noexcept;

}  // namespace edgepack::replica
