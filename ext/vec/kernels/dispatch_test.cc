// Which kernel set is chosen, and what is said of a name that cannot be met.

#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

#include "vec/kernels/kernels.h"

namespace edgepack::vec::kernels {
namespace {

TEST(Kernels, AreChosenByName) {
  for (const KernelSet* set : usable()) {
    force(set->name);
    EXPECT_STREQ(active().name, set->name);
  }
  force("");
  EXPECT_EQ(compiled_names().front(), "scalar");
}

TEST(Kernels, RefuseNamesThatAreUnknown) {
  try {
    force("mmx");
    FAIL() << "there is no such set";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(
        std::string(error.what()).find("kernels: mmx: no such kernel set; compiled in: scalar"), 0U)
        << error.what();
  }
}

/// Ends the process: 0 if the environment's `setting` is answered by a set of that name, 1 if it is
/// refused in the words `refusal`, both times it is asked for; otherwise 2.
[[noreturn]] void use_setting(const char* setting, const std::string& refusal) {
  setenv("EDGEPACK_KERNELS", setting, 1);
  int refused = 0;
  for (int i = 0; i < 2; ++i) {
    try {
      if (std::string(active().name) != setting) std::exit(2);
    } catch (const std::runtime_error& error) {
      if (std::string(error.what()).find(refusal) != 0) std::exit(2);
      ++refused;
    }
  }
  std::exit(refused == 2 ? 1 : refused);
}

// The setting is read once a process: each of these starts another one.
TEST(KernelsDeathTest, AreChosenByTheEnvironment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const KernelSet* set : usable()) {
    EXPECT_EXIT(use_setting(set->name, ""), ::testing::ExitedWithCode(0), "");
  }
}

TEST(KernelsDeathTest, RefuseWhatTheEnvironmentMisnamesAtEachUse) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(use_setting("mmx", "EDGEPACK_KERNELS: mmx: no such kernel set; compiled in: scalar"),
              ::testing::ExitedWithCode(1), "");
}
}  // namespace
}  // namespace edgepack::vec::kernels
