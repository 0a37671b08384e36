// Bytes of rows a second that each kernel reads, beside what the memory gives to a plain read.
// The rows fill far more memory than any cache; `small` variants stay within the second level.

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>
#include <string>
#include <sys/mman.h>
#include <vector>

#include "vec/codec.h"
#include "vec/distance.h"
#include "vec/kernels/kernels.h"

namespace edgepack::vec {
namespace {

using kernels::KernelSet;
using kernels::Rows;

constexpr std::size_t kLarge = std::size_t{256} << 20;
constexpr std::size_t kSmall = std::size_t{512} << 10;

/// The rows of all benchmarks: bytes that are not all alike and, read as float32, finite. In huge
/// pages where the system has them, as the blocks of tables are.
std::span<const std::uint8_t> memory() {
  static const std::span<const std::uint8_t> bytes = [] {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    auto* const start = static_cast<std::uint8_t*>(std::aligned_alloc(kHugePage, kLarge));
    if (start == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    ::madvise(start, kLarge, MADV_HUGEPAGE);  // advice: it works without
#endif
    const std::span filled(start, kLarge);
    std::uint64_t state = 1;
    for (std::size_t i = 0; i < kLarge; ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      filled[i] = static_cast<std::uint8_t>((state >> 56) & (i % 4 == 3 ? 0x3F : 0xFF));
    }
    return std::span<const std::uint8_t>(filled);
  }();
  return bytes;
}

void set_rate(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(bytes));
}

/// What the memory gives: 64-bit sums over all of it, in eight streams of additions. Each thread
/// reads a part of its own. Asks for what lies `ahead` bytes further, if that is not 0.
template <std::size_t ahead>
void read_memory(benchmark::State& state) {
  const std::size_t share = kLarge / static_cast<std::size_t>(state.threads());
  const auto bytes =
      memory().subspan(static_cast<std::size_t>(state.thread_index()) * share, share);
  const auto* words = reinterpret_cast<const std::uint64_t*>(bytes.data());
  for (auto _ : state) {
    std::uint64_t sums[8] = {};
    for (std::size_t i = 0; i < share / 8; i += 8) {
      if constexpr (ahead > 0) __builtin_prefetch(words + std::min(i + ahead / 8, share / 8 - 1));
      for (std::size_t s = 0; s < 8; ++s) sums[s] += words[i + s];
    }
    benchmark::DoNotOptimize(sums);
  }
  set_rate(state, share);
}
BENCHMARK(read_memory<0>)->Name("memory_read")->Unit(benchmark::kMillisecond);
BENCHMARK(read_memory<6144>)->Name("memory_read_ahead")->Unit(benchmark::kMillisecond);
BENCHMARK(read_memory<6144>)
    ->Name("memory_read_of_two")
    ->Threads(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Runs `kernel(query, rows, out)` over `size` bytes of rows of `row_bytes`, 256 rows at a time,
/// each time with what comes after them, as a scan does.
template <class Out, class Kernel>
void run(benchmark::State& state, std::size_t size, std::size_t row_bytes, Kernel kernel) {
  constexpr std::size_t kRowsAtOnce = 256;
  const auto bytes = memory();
  const std::size_t count = std::max<std::size_t>(size / row_bytes / kRowsAtOnce, 1) * kRowsAtOnce;
  std::vector<Out> out(kRowsAtOnce);
  for (auto _ : state) {
    for (std::size_t r = 0; r < count; r += kRowsAtOnce) {
      const std::size_t next = (r + kRowsAtOnce) % count;
      const Rows rows = {bytes.data() + r * row_bytes, row_bytes, kRowsAtOnce,
                         bytes.data() + next * row_bytes};
      kernel(bytes.data(), rows, out.data());
      benchmark::ClobberMemory();
    }
  }
  set_rate(state, count * row_bytes);
}

void register_set(const KernelSet& set) {
  const auto add = [&set](const std::string& name, auto body) {
    for (const bool small : {false, true}) {
      benchmark::RegisterBenchmark(
          (name + "/" + set.name + (small ? "/small" : "")).c_str(),
          [body, small](benchmark::State& state) { body(state, small ? kSmall : kLarge); })
          ->Unit(small ? benchmark::kMicrosecond : benchmark::kMillisecond);
    }
  };
  add("dot_i16_i8/768", [&set](benchmark::State& state, std::size_t size) {
    const std::vector<std::int16_t> query(768, 1234);
    run<std::int32_t>(state, size, 768, [&](const void*, Rows rows, std::int32_t* out) {
      set.dot_i16_i8(query.data(), rows, 768, out);
    });
  });
  add("dot_i8_upper/768", [&set](benchmark::State& state, std::size_t size) {
    const std::vector<std::int8_t> query(768, 12);
    run<std::int32_t>(state, size, 384, [&](const void*, Rows rows, std::int32_t* out) {
      set.dot_i8_upper(query.data(), rows, 384, out);
    });
  });
  add("dot_i16_split/768", [&set](benchmark::State& state, std::size_t size) {
    const std::vector<std::int16_t> query(768, 1234);
    run<std::int32_t>(state, size, 768, [&](const void*, Rows rows, std::int32_t* out) {
      // As a block holds them: first all upper planes, then all lower ones.
      const auto* upper = static_cast<const char*>(rows.data);
      set.dot_i16_split(query.data(), {upper, 384, rows.count},
                        {upper + 384 * rows.count, 384, rows.count}, 384, out);
    });
  });
  const auto code_bounds = [&set](Metric metric, benchmark::State& state, std::size_t size) {
    kernels::force(set.name);
    const std::vector<float> elements(768, 0.5F);
    const CodeQuery query(metric, {ElementType::kFloat32, 768, std::as_bytes(std::span(elements))});
    const std::vector<float> scalars(256, 0.01F);
    const std::vector<std::int32_t> norms(256, 100000);
    double upper[256];
    run<double>(state, size, 768, [&](const void*, Rows rows, double* lower) {
      query.bounds({rows, scalars.data(), scalars.data(), norms.data()}, lower, upper);
    });
    kernels::force("");
  };
  add("code_bounds/768", [code_bounds](benchmark::State& state, std::size_t size) {
    code_bounds(Metric::kL2, state, size);
  });
  add("code_bounds_dot/768", [code_bounds](benchmark::State& state, std::size_t size) {
    code_bounds(Metric::kDot, state, size);
  });
  add("l1_f32_i8/768", [&set](benchmark::State& state, std::size_t size) {
    const std::vector<float> query(768, 0.5F);
    const std::vector<float> scales(256, 0.01F);
    run<float>(state, size, 768, [&](const void*, Rows rows, float* out) {
      set.l1_f32_i8(query.data(), rows, scales.data(), 768, out);
    });
  });
  add("l2_squared_i8/128", [&set](benchmark::State& state, std::size_t size) {
    run<std::int32_t>(state, size, 128, [&](const void* query, Rows rows, std::int32_t* out) {
      set.l2_squared_i8(query, rows, 128, out);
    });
  });
  add("hamming/1024", [&set](benchmark::State& state, std::size_t size) {
    run<std::int32_t>(state, size, 128, [&](const void* query, Rows rows, std::int32_t* out) {
      set.hamming(query, rows, 128, out);
    });
  });
  add("jaccard/1024", [&set](benchmark::State& state, std::size_t size) {
    std::int32_t either[256];
    run<std::int32_t>(state, size, 128, [&](const void* query, Rows rows, std::int32_t* both) {
      set.jaccard(query, rows, 128, both, either);
    });
  });
  const auto add_floats = [&add](const std::string& type, const kernels::FloatKernels& floats,
                                 std::size_t row_bytes) {
    add("l2_squared_" + type + "/768", [&floats, row_bytes](auto& state, std::size_t size) {
      run<double>(state, size, row_bytes, [&](const void* query, Rows rows, double* out) {
        floats.l2_squared(query, rows, 768, out);
      });
    });
    add("dot_" + type + "/768", [&floats, row_bytes](auto& state, std::size_t size) {
      run<double>(state, size, row_bytes, [&](const void* query, Rows rows, double* out) {
        floats.dot(query, rows, 768, out);
      });
    });
  };
  add_floats("float32", set.float32, 3072);
  add_floats("float16", set.float16, 1536);
  add_floats("bfloat16", set.bfloat16, 1536);
}

}  // namespace
}  // namespace edgepack::vec

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const auto* set : edgepack::vec::kernels::usable()) edgepack::vec::register_set(*set);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
