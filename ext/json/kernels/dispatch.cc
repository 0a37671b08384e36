// Which scanner this processor runs and which one is in use.

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "json/kernels/sets.h"

namespace edgepack::json::kernels {
namespace {

struct Candidate {
  const Scanner* scanner;
  bool (*runs_here)() noexcept;
};

#if defined(__x86_64__)
bool runs_avx2() noexcept {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("popcnt");
}

bool runs_avx512vbmi2() noexcept {
  return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
}
#endif

/// Slowest first.
constexpr Candidate kCandidates[] = {
    {&kScalar, []() noexcept { return true; }},
#if defined(__x86_64__)
    {&kSse2, []() noexcept { return true; }},
    {&kAvx2, runs_avx2},
    {&kAvx512Vbmi2, runs_avx512vbmi2},
#elif defined(__aarch64__)
    {&kNeon, []() noexcept { return true; }},
#endif
};

// The setting is that of all kernels of the pack, which know more instruction sets.
const Scanner& choose() noexcept {
  const char* const setting = std::getenv("EDGEPACK_KERNELS");
  const std::string_view wanted = setting == nullptr ? "" : setting;
  const Scanner* chosen = &kScalar;
  for (const Candidate& candidate : kCandidates) {
    if (!candidate.runs_here()) continue;
    chosen = candidate.scanner;
    if (wanted == chosen->name) break;
  }
  return *chosen;
}

}  // namespace

std::atomic<const Scanner*> in_use{nullptr};

const Scanner& choose_scanner() noexcept {
  const Scanner& chosen = choose();
  in_use.store(&chosen, std::memory_order_relaxed);
  return chosen;
}

std::vector<const Scanner*> usable_scanners() {
  std::vector<const Scanner*> usable;
  for (const Candidate& candidate : kCandidates) {
    if (candidate.runs_here()) usable.push_back(candidate.scanner);
  }
  return usable;
}

void force_scanner(const Scanner* scanner) noexcept {
  in_use.store(scanner, std::memory_order_relaxed);
}

}  // namespace edgepack::json::kernels
