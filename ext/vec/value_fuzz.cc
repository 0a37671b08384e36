// Blobs and texts through every scalar function. The first byte chooses the function, the second
// how the rest is split and passed.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sqlite/testing/database.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

constexpr const char* kStatements[] = {
    "SELECT vec_f32(?1), vec_to_json(vec_f32(?1))",
    "SELECT vec_int8(?1), vec_to_json(vec_int8(?1))",
    "SELECT vec_bit(?1), vec_to_json(vec_bit(?1))",
    "SELECT vec_length(?1), vec_type(?1), vec_to_json(?1)",
    "SELECT vec_distance_l2(?1, ?2), vec_distance_l1(?1, ?2), vec_distance_cosine(?1, ?2)",
    "SELECT vec_distance_l2(vec_int8(?1), vec_int8(?2)), vec_distance_l1(vec_int8(?1), "
    "vec_int8(?2)), "
    "vec_distance_cosine(vec_int8(?1), vec_int8(?2))",
    "SELECT vec_distance_hamming(vec_bit(?1), vec_bit(?2))",
    "SELECT vec_add(?1, ?2), vec_sub(?1, ?2)",
    "SELECT vec_add(vec_int8(?1), vec_int8(?2)), vec_sub(vec_int8(?1), vec_int8(?2))",
    "SELECT vec_slice(?1, ?3, ?4)",
    "SELECT vec_slice(vec_bit(?1), ?3, ?4)",
    "SELECT vec_normalize(?1)",
    "SELECT vec_quantize_binary(?1)",
    "SELECT vec_quantize_int8(?1, 'unit')",
    "SELECT vec_quantize_int8('[1]', ?1)",
    "SELECT vec_f16(?1), vec_to_json(vec_f16(?1)), vec_f32(vec_f16(?1)), "
    "vec_normalize(vec_f16(?1))",
    "SELECT vec_bf16(?1), vec_to_json(vec_bf16(?1)), vec_f16(vec_bf16(?1))",
    "SELECT vec_distance_dot(?1, ?2), vec_distance_l2(vec_f16(?1), vec_f16(?2)), "
    "vec_distance_cosine(vec_bf16(?1), vec_bf16(?2))",
    "SELECT vec_distance_jaccard(vec_bit(?1), vec_bit(?2)), vec_add(vec_f16(?1), vec_f16(?2))",
    "SELECT rowid, value FROM vec_each(?1)",
    "SELECT vector32(?1), vector64(?1), vector16(?1), vectorb16(?1)",
    "SELECT vector8(?1), vector1bit(?1), vector_extract(?1), vector_extract(vector8(?1))",
    "SELECT vector_distance_cos(?1, ?2), vector_distance_l2(?1, ?2), vector_distance_dot(?1, ?2), "
    "vector_distance_jaccard(?1, ?2)",
    "SELECT vector_concat(?1, ?2)",
    "SELECT vector_slice(?1, ?3, ?4)",
};

void run(const std::uint8_t* data, std::size_t size) {
  static testing::Database database(register_vec);
  if (size < 4) return;
  const char* sql = kStatements[data[0] % std::size(kStatements)];
  const std::uint8_t mode = data[1];
  const std::string_view rest(reinterpret_cast<const char*>(data + 4), size - 4);
  const std::string_view first = rest.substr(0, (mode & 1) != 0 ? rest.size() : rest.size() / 2);
  const std::string_view second = (mode & 1) != 0 ? rest : rest.substr(rest.size() / 2);
  sqlite::Statement statement(database, sql);
  const auto bind = [&](int parameter, std::string_view bytes, bool text) {
    if (sqlite3_bind_parameter_count(statement.get()) < parameter) return;
    if (text) {
      statement.bind(parameter, bytes);
    } else {
      statement.bind(parameter, std::as_bytes(std::span(bytes)));
    }
  };
  bind(1, first, (mode & 2) != 0);
  bind(2, second, (mode & 4) != 0);
  if (sqlite3_bind_parameter_count(statement.get()) >= 4) {
    statement.bind(3, static_cast<int>(static_cast<std::int8_t>(data[2])));
    statement.bind(4, static_cast<int>(static_cast<std::int8_t>(data[3])));
  }
  try {
    while (statement.step()) {
    }
  } catch (const sqlite::Error& error) {
    if (std::string_view(error.what()).empty()) std::abort();
  }
}

}  // namespace
}  // namespace edgepack::vec

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  edgepack::vec::run(data, size);
  return 0;
}
