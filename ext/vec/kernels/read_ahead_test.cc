// Many rows at once, of which kernels ask for the later ones ahead: the same as one by one.

#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "vec/kernels/kernels.h"

namespace edgepack::vec::kernels {
namespace {

class ManyRows : public ::testing::TestWithParam<const KernelSet*> {
 protected:
  const KernelSet& set() const { return *GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Kernels, ManyRows, ::testing::ValuesIn(usable()),
                         [](const auto& set) { return std::string(set.param->name); });

TEST_P(ManyRows, AreWhatTheyAreOneByOne) {
  std::mt19937 random(5);
  // Rows of less than the distance that is asked ahead, and of several times that.
  for (const auto& [size, count] :
       {std::tuple(8U, 9U), {64U, 500U}, {100U, 203U}, {128U, 64U}, {384U, 77U}, {2000U, 21U}}) {
    std::vector<std::int8_t> query(4 * size);
    std::vector<std::int8_t> bytes(size * count);
    for (std::int8_t& element : query) element = static_cast<std::int8_t>(random() % 255 - 127);
    for (std::int8_t& element : bytes) element = static_cast<std::int8_t>(random());
    std::vector<float> floats(size);
    for (float& element : floats) element = static_cast<float>(random() % 1000) / 8;
    const std::vector<float> scales(count, 0.25F);
    // Small enough for int16 codes.
    std::vector<std::int16_t> words(2 * size);
    for (std::int16_t& word : words) word = static_cast<std::int16_t>(random() % 4001 - 2000);

    // `kernel` writes as many values as there are rows to both of its lists.
    const auto check = [&, size = size, count = count](const char* what, auto kernel) {
      std::vector<std::int32_t> expected[2] = {std::vector<std::int32_t>(count),
                                               std::vector<std::int32_t>(count)};
      for (std::size_t r = 0; r < count; ++r) {
        kernel(Rows{bytes.data() + r * size, size, 1}, &expected[0][r], &expected[1][r]);
      }
      const void* const nowhere = reinterpret_cast<const void*>(64);
      for (const void* after :
           {static_cast<const void*>(nullptr), nowhere, static_cast<const void*>(bytes.data())}) {
        std::vector<std::int32_t> found[2] = {std::vector<std::int32_t>(count),
                                              std::vector<std::int32_t>(count)};
        kernel(Rows{bytes.data(), size, count, after}, found[0].data(), found[1].data());
        EXPECT_EQ(found[0], expected[0]) << what << " of " << size;
        EXPECT_EQ(found[1], expected[1]) << what << " of " << size;
      }
    };
    const KernelSet& kernels = set();
    const auto check_one = [&](const char* what, auto kernel) {
      check(what, [&](Rows rows, std::int32_t* out, std::int32_t*) { kernel(rows, out); });
    };
    check_one("l2", [&, size = size](Rows rows, auto* out) {
      kernels.l2_squared_i8(query.data(), rows, size, out);
    });
    check_one("l1", [&, size = size](Rows rows, auto* out) {
      kernels.l1_i8(query.data(), rows, size, out);
    });
    check_one("dot", [&, size = size](Rows rows, auto* out) {
      kernels.dot_i8(query.data(), rows, size, out);
    });
    check_one("dot_i16_i8", [&, size = size](Rows rows, auto* out) {
      kernels.dot_i16_i8(words.data(), rows, size, out);
    });
    check_one("hamming", [&, size = size](Rows rows, auto* out) {
      kernels.hamming(query.data(), rows, size, out);
    });
    check("jaccard", [&, size = size](Rows rows, auto* both, auto* either) {
      kernels.jaccard(query.data(), rows, size, both, either);
    });
    check_one("upper", [&, size = size](Rows rows, auto* out) {
      kernels.dot_i8_upper(query.data(), rows, size, out);
    });
    check_one("split", [&, size = size](Rows rows, auto* out) {
      kernels.dot_i16_split(words.data(), rows, rows, size, out);
    });
    check_one("l1 of codes", [&, size = size](Rows rows, auto* out) {
      std::vector<float> sums(rows.count);
      kernels.l1_f32_i8(floats.data(), rows, scales.data(), size, sums.data());
      std::memcpy(out, sums.data(), rows.count * sizeof(float));
    });
  }
}

}  // namespace
}  // namespace edgepack::vec::kernels
