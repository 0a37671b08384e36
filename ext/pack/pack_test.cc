#include "pack/pack.h"

#include <gtest/gtest.h>

#include "sqlite/testing/database.h"
#include "vec/kernels/kernels.h"

namespace edgepack::pack {
namespace {

TEST(Pack, InfoIsAJsonObjectThatSaysWhatRuns) {
  testing::Database database(register_pack);
  const auto value = [&database](const std::string& path) {
    return database.row("SELECT json_extract(edgepack_info(), '" + path + "')");
  };
  EXPECT_EQ(database.row("SELECT json_extract(edgepack_info(), '$.version') = edgepack_version()"),
            "1");
  EXPECT_EQ(database.row("SELECT json_extract(edgepack_info(), '$.sqlite') = sqlite_version()"),
            "1");
  EXPECT_EQ(value("$.parts"), "'[\"vec\",\"json\",\"replica\"]'");
  EXPECT_EQ(value("$.kernels.chosen"), std::string("'") + vec::kernels::active().name + "'");
  EXPECT_EQ(database.row("SELECT count(*) FROM json_each(edgepack_info(), '$.kernels.compiled')"),
            std::to_string(vec::kernels::compiled_names().size()));
  EXPECT_EQ(database.row("SELECT json_extract(edgepack_info(), '$.simdjson') GLOB '[0-9]*.[0-9]*'"),
            "1");
  EXPECT_EQ(database.row("SELECT json_extract(edgepack_info(), '$.xsimd') GLOB '[0-9]*.[0-9]*'"),
            "1");
  EXPECT_EQ(database.row("SELECT length(json_extract(edgepack_info(), '$.commit')) > 0"), "1");
}

}  // namespace
}  // namespace edgepack::pack
