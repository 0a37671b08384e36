// Which kernel set this processor runs and which one is in use.

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <atomic>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string>

#include "vec/kernels/sets.h"

namespace edgepack::vec::kernels {
namespace {

struct Candidate {
  const KernelSet* set;
  bool (*runs_here)();
};

#if defined(__x86_64__)
// Asked of the compiler's runtime and not of xsimd 8.1, which does not ask whether the operating
// system saves the wide registers.
bool runs_avx2() {
  // F16C has no name that every compiler knows; what saves AVX2's registers saves those it needs.
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  const bool has_f16c = __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c;
}

bool runs_avx512() {
  return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

bool runs_avx512vnni() {
  return runs_avx512() && __builtin_cpu_supports("avx512vnni") &&
         __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

/// Slowest first.
constexpr Candidate kCandidates[] = {
    {&kScalar, [] { return true; }},
#if defined(__x86_64__)
    {&kSse2, [] { return true; }},   {&kAvx2, runs_avx2},
    {&kAvx512, runs_avx512},         {&kAvx512Vnni, runs_avx512vnni},
#elif defined(__aarch64__)
    {&kNeon, [] { return true; }},
#endif
};

/// What force() asked for, or null.
std::atomic<const KernelSet*> forced{nullptr};

std::string list(const auto& names) {
  std::string joined;
  for (const auto name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

/// The set called `name`, for the setting `origin`.
const KernelSet& find(std::string_view name, std::string_view origin) {
  for (const Candidate& candidate : kCandidates) {
    if (name != candidate.set->name) continue;
    if (candidate.runs_here()) return *candidate.set;
    throw std::runtime_error(std::string(origin) + ": " + std::string(name) +
                             ": this processor cannot run it; usable here: " + [] {
                               std::vector<std::string_view> names;
                               for (const KernelSet* set : usable()) names.push_back(set->name);
                               return list(names);
                             }());
  }
  throw std::runtime_error(std::string(origin) + ": " + std::string(name) +
                           ": no such kernel set; compiled in: " + list(compiled_names()));
}

const KernelSet& default_set() {
  // A setting that cannot be met is reported at each use, so the name is kept, not the failure.
  static const std::string name = [] {
    const char* setting = std::getenv("EDGEPACK_KERNELS");
    return std::string(setting == nullptr ? "" : setting);
  }();
  static const KernelSet* const fastest = usable().back();
  return name.empty() ? *fastest : find(name, "EDGEPACK_KERNELS");
}

}  // namespace

const KernelSet& active() {
  const KernelSet* set = forced.load(std::memory_order_acquire);
  return set != nullptr ? *set : default_set();
}

std::vector<const KernelSet*> usable() {
  std::vector<const KernelSet*> sets;
  for (const Candidate& candidate : kCandidates) {
    if (candidate.runs_here()) sets.push_back(candidate.set);
  }
  return sets;
}

std::vector<std::string_view> compiled_names() {
  std::vector<std::string_view> names;
  for (const Candidate& candidate : kCandidates) names.emplace_back(candidate.set->name);
  return names;
}

void force(std::string_view name) {
  forced.store(name.empty() ? nullptr : &find(name, "kernels"), std::memory_order_release);
}

}  // namespace edgepack::vec::kernels
