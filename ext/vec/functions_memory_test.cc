// Running out of memory at every allocation of a call: an error, no crash, no leak.

#include <gtest/gtest.h>

#include "sqlite/testing/database.h"
#include "sqlite/testing/host.h"
#include "sqlite/testing/out_of_memory.h"
#include "vec/functions.h"

namespace edgepack::vec {
namespace {

void run(sqlite3* database, const char* sql) {
  sqlite::Statement statement(database, sql);
  while (statement.step()) {
  }
}

TEST(VecFunctionsOutOfMemory, Registration) {
  const testing::Database outer(register_vec_functions);  // does what is done once in a process
  const long long before = testing::bytes_in_use();
  const int failures = testing::fail_each_allocation(
      [] { const testing::Database database(register_vec_functions); });
  EXPECT_GT(failures, 18);
  EXPECT_EQ(testing::bytes_in_use(), before);
}

class VecFunctionsOutOfMemoryIn : public ::testing::TestWithParam<const char*> {};

TEST_P(VecFunctionsOutOfMemoryIn, Call) {
  const testing::Database outer(register_vec_functions);
  const long long before = testing::bytes_in_use();
  {
    testing::Database database(register_vec_functions);
    const int failures = testing::fail_each_allocation([&database] { run(database, GetParam()); });
    EXPECT_GT(failures, 0);
    EXPECT_EQ(database.row("SELECT vec_length('[1,2]')"), "2");
  }
  EXPECT_EQ(testing::bytes_in_use(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, VecFunctionsOutOfMemoryIn,
    ::testing::Values(
        "SELECT vec_f32('[1,2,3,4,5,6,7,8]'), vec_int8('[1,2]'), vec_bit(x'00')",
        "SELECT vec_to_json('[1,2,3,4,5,6,7,8]'), vec_type('[1]')",
        "SELECT vec_distance_l2(v, '[1,2,3,4,5,6,7,8]') FROM "
        "(SELECT '[1,2,3,4,5,6,7,9]' AS v UNION ALL SELECT '[1,2,3,4,5,6,7,10]')",
        "SELECT vec_add('[1,2]', '[3,4]'), vec_slice('[1,2,3]', 1, 2), vec_normalize('[3,4]')",
        "SELECT vec_quantize_binary('[1,1,1,1,1,1,1,1]'), vec_quantize_int8('[1]', 'unit')",
        "SELECT vec_f16(vec_f32('[1,2]')), vec_add(vec_bf16('[1]'), vec_bf16('[2]'))",
        "SELECT vector8('[1,2]'), vector_extract(vector1bit('[1,2]')), vector_concat('[1]', '[2]')",
        "SELECT vector_distance_cos(v, '[1,2,3,4]') FROM (SELECT vector64('[4,3,2,1]') AS v) WHERE "
        "0 "
        "UNION ALL SELECT vector_distance_dot('[1]', '[2]')",
        "SELECT vec_debug(), vec_version()"));

}  // namespace
}  // namespace edgepack::vec

int main(int count, char** arguments) {
  edgepack::testing::install_failing_allocator();
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
