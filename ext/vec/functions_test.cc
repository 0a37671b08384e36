#include <gtest/gtest.h>
#include <string>

#include "sqlite/testing/database.h"
#include "vec/kernels/kernels.h"
#include "vec/vec.h"

namespace edgepack::vec {
namespace {

using testing::Database;

struct Case {
  const char* expression;
  const char* expected;
};

/// Of expressions that have a value: the value, as quote() writes it.
constexpr Case kValues[] = {
    {"vec_f32('[1, 2.5]')", "X'0000803F00002040'"},
    {"vec_f32(' [ -1e0 ,\n0.5E+0\t] ')", "X'000080BF0000003F'"},
    {"vec_f32('[1e-999, -1e-999, 1e-60, 0.1e-400, 10e-9999999999999999999]')",
     "X'0000000000000080000000000000000000000000'"},
    {"vec_f32('[16777217, 3.4028235e38]')", "X'0000804BFFFF7F7F'"},
    {"vec_f32(x'0000803f')", "X'0000803F'"},
    {"vec_int8('[-128, 127, 0, -0]')", "X'807F0000'"},
    {"vec_int8(x'00ff')", "X'00FF'"},
    {"vec_bit(x'F0')", "X'F0'"},
    {"vec_length('[1, 2, 3]')", "3"},
    {"vec_length(x'0000803f')", "1"},
    {"vec_length(json('[1, 2]'))", "2"},
    {"vec_length(vec_int8(x'0102'))", "2"},
    {"vec_length(vec_bit(x'0102'))", "16"},
    {"vec_type('[1]')", "'float32'"},
    {"vec_type(vec_f32('[1]'))", "'float32'"},
    {"vec_type(vec_int8('[1]'))", "'int8'"},
    {"vec_type(vec_bit(x'01'))", "'bit'"},
    {"vec_to_json('[1, 2.5, 0.1, 1e-9, -7.25]')",
     "'[1.000000,2.500000,0.100000,0.000000,-7.250000]'"},
    {"vec_to_json(vec_int8(x'80ff7f'))", "'[-128,-1,127]'"},
    {"vec_to_json(vec_bit(x'0f80'))", "'[1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,1]'"},
    {"json_extract(vec_to_json('[1, 2]'), '$[1]')", "2.0"},
    {"vec_distance_l2('[1,2,3]', '[4,5,6]') = 5.196152210235596", "1"},
    {"vec_distance_l2(vec_int8('[-128]'), vec_int8('[127]'))", "255.0"},
    {"vec_distance_l1('[1,2,3]', '[-9,-8,-7]')", "30.0"},
    {"vec_distance_l1(vec_int8('[1,2,3]'), vec_int8('[-9,-8,-7]'))", "30"},
    {"vec_distance_cosine('[1,2,3]', '[1,2,3]')", "0.0"},
    {"vec_distance_cosine('[1,0]', '[-2,0]')", "2.0"},
    {"vec_distance_cosine('[1,0]', '[0,5]')", "1.0"},
    {"vec_distance_cosine('[0,0]', '[1,2]')", "NULL"},
    {"vec_distance_cosine(vec_int8('[1,2]'), vec_int8('[3,-4]')) = 1.4472136497497559", "1"},
    {"vec_distance_hamming(vec_bit(x'00ff'), vec_bit(x'ff0f'))", "12.0"},
    {"vec_to_json(vec_add('[1,2]', '[0.5,1]'))", "'[1.500000,3.000000]'"},
    {"vec_to_json(vec_sub('[1,2]', '[0.5,1]'))", "'[0.500000,1.000000]'"},
    {"vec_to_json(vec_add(vec_int8('[127]'), vec_int8('[1]')))", "'[-128]'"},
    {"vec_to_json(vec_sub(vec_int8('[-128]'), vec_int8('[1]')))", "'[127]'"},
    {"vec_to_json(vec_slice('[1,2,3]', 1, 3))", "'[2.000000,3.000000]'"},
    {"vec_to_json(vec_slice(vec_int8('[1,2,3]'), 1, 2))", "'[2]'"},
    {"vec_to_json(vec_slice(vec_bit(x'f00f'), 8, 16))", "'[1,1,1,1,0,0,0,0]'"},
    {"vec_to_json(vec_normalize('[3,4]'))", "'[0.600000,0.800000]'"},
    {"vec_to_json(vec_normalize('[3e30,4e30]'))", "'[0.600000,0.800000]'"},
    {"vec_normalize('[0,0]')", "NULL"},
    {"vec_quantize_binary('[1,-1,0,2,3,-0.0,5,6]')", "X'D9'"},
    {"vec_quantize_binary(vec_int8('[1,-1,0,2,3,4,5,6]'))", "X'F9'"},
    {"vec_to_json(vec_quantize_int8('[-1,-0.1,0,0.1,0.3,1,2,-2]', 'unit'))",
     "'[-128,-13,0,12,37,126,127,-128]'"},
    {"vec_quantize_int8('[1]', 'UNIT')", "X'7E'"},
    {"vec_type(vec_add(vec_int8('[1]'), vec_int8('[1]')))", "'int8'"},
    {"vec_type(vec_slice(vec_bit(x'0102'), 0, 8))", "'bit'"},
    {"vec_type(vec_normalize('[1]'))", "'float32'"},
    {"vec_type(vec_quantize_binary('[1,1,1,1,1,1,1,1]'))", "'bit'"},
    {"vec_type(vec_quantize_int8('[1]', 'unit'))", "'int8'"},
    {"vec_f16('[1, -2.5, 65504, 6e-8]')", "X'003C00C1FF7B0100'"},
    {"vec_bf16('[1, -2.5, 3e38]')", "X'803F20C0627F'"},
    {"vec_f16('[1e-999, -1e-999]')", "X'00000080'"},
    {"vec_f16(x'003c')", "X'003C'"},
    {"vec_f16(vec_f32('[0.1, 1000]'))", "X'662ED063'"},
    {"vec_bf16(vec_f16('[0.1, 1000]'))", "X'CD3D7A44'"},
    {"vec_to_json(vec_f32(vec_f16('[0.1, 1000]')))", "'[0.099976,1000.000000]'"},
    {"vec_to_json(vec_bf16('[0.1, -1000.5]'))", "'[0.100098,-1000.000000]'"},
    {"vec_length(vec_f16(x'003c0000'))", "2"},
    {"vec_type(vec_f16('[1]'))", "'float16'"},
    {"vec_type(vec_bf16('[1]'))", "'bfloat16'"},
    {"vec_type(vec_f32(vec_bf16('[1]')))", "'float32'"},
    {"vec_distance_l2(vec_f16('[1,2]'), vec_f16('[4,6]'))", "5.0"},
    {"vec_distance_l1(vec_bf16('[1,2]'), vec_bf16('[4,6]'))", "7.0"},
    {"vec_distance_cosine(vec_f16('[1,0]'), vec_f16('[0,2]'))", "1.0"},
    {"vec_distance_dot('[1,2]', '[3,-4]')", "5.0"},
    {"vec_distance_dot('[1,2]', '[0,0]')", "0.0"},
    {"vec_distance_dot(vec_bf16('[1,2]'), vec_bf16('[3,4]'))", "-11.0"},
    {"vec_distance_dot(vec_int8('[-128,2]'), vec_int8('[-128,4]'))", "-16392"},
    {"vec_distance_jaccard(vec_bit(x'0f'), vec_bit(x'3c')) = 2.0 / 3", "0"},
    {"round(vec_distance_jaccard(vec_bit(x'0f'), vec_bit(x'3c')), 6)", "0.666667"},
    {"vec_distance_jaccard(vec_bit(x'0f'), vec_bit(x'f0'))", "1.0"},
    {"vec_distance_jaccard(vec_bit(x'00'), vec_bit(x'00'))", "0.0"},
    {"vec_to_json(vec_add(vec_f16('[1,2]'), vec_f16('[0.5,1]')))", "'[1.500000,3.000000]'"},
    {"vec_sub(vec_bf16('[1]'), vec_bf16('[0.5]'))", "X'003F'"},
    {"vec_type(vec_sub(vec_bf16('[1]'), vec_bf16('[0.5]')))", "'bfloat16'"},
    {"vec_to_json(vec_slice(vec_f16('[1,2,3]'), 1, 3))", "'[2.000000,3.000000]'"},
    {"vec_to_json(vec_normalize(vec_f16('[3,4]')))", "'[0.600098,0.799805]'"},
    {"vec_normalize(vec_bf16('[0,0]'))", "NULL"},
    {"vec_quantize_binary(vec_f16('[1,-1,0,2,3,-0.0,5,6]'))", "X'D9'"},
    {"vec_to_json(vec_quantize_int8(vec_f16('[-1,0.5,1]'), 'unit'))", "'[-128,63,126]'"},
    {"(SELECT group_concat(rowid || ':' || value) FROM vec_each('[1, 2.5]'))", "'0:1.0,1:2.5'"},
    {"(SELECT group_concat(value) FROM vec_each(vec_int8('[-128, 127]')))", "'-128,127'"},
    {"(SELECT group_concat(value) FROM vec_each(vec_bit(x'03')))", "'1,1,0,0,0,0,0,0'"},
    {"(SELECT group_concat(value) FROM vec_each(vec_bf16('[1, -0.5]')))", "'1.0,-0.5'"},
    {"(SELECT vec_type(vector) FROM vec_each(vec_bit(x'03')) LIMIT 1)", "'bit'"},
    {"substr(vec_version(), 1, 1)", "'v'"},
    {"vec_debug() LIKE 'Version: v%Kernels in use: %'", "1"},
};

constexpr char kMalformed[] = "JSON parsing error";
constexpr char kEmpty[] = "zero-length vectors are not supported.";
constexpr char kUnknownInt8[] = "Unknown type for int8 vector.";
constexpr char kUnknownBit[] = "Unknown type for bitvector.";
constexpr char kMustBe[] = "Input must have type BLOB (compact format) or TEXT (JSON), found ";

/// Of expressions that fail: the message.
const std::pair<const char*, std::string> kErrors[] = {
    {"vec_f32(NULL)", kMustBe + std::string("NULL")},
    {"vec_f32(1)", kMustBe + std::string("INTEGER")},
    {"vec_f32(1.5)", kMustBe + std::string("FLOAT")},
    {"vec_f32('')", kEmpty},
    {"vec_f32('[]')", kEmpty},
    {"vec_f32(' [ ] ')", kEmpty},
    {"vec_f32(x'')", kEmpty},
    {"vec_f32(zeroblob(0))", kEmpty},
    {"vec_f32(x'010203')", "invalid float32 vector BLOB length. Must be divisible by 4, found 3"},
    {"vec_f32('abc')", "JSON array parsing error: Input does not start with '['"},
    {"vec_f32('1')", "JSON array parsing error: Input does not start with '['"},
    {"vec_f32('[1 2]')", kMalformed},
    {"vec_f32('[1')", kMalformed},
    {"vec_f32('[1,')", kMalformed},
    {"vec_f32('[1,]')", kMalformed},
    {"vec_f32('[,1]')", kMalformed},
    {"vec_f32('[1]]')", kMalformed},
    {"vec_f32('[1]x')", kMalformed},
    {"vec_f32('[] x')", kMalformed},
    {"vec_f32('[')", kMalformed},
    {"vec_f32('[01]')", kMalformed},
    {"vec_f32('[+1]')", kMalformed},
    {"vec_f32('[.5]')", kMalformed},
    {"vec_f32('[5.]')", kMalformed},
    {"vec_f32('[-]')", kMalformed},
    {"vec_f32('[1e]')", kMalformed},
    {"vec_f32('[1e+]')", kMalformed},
    {"vec_f32('[0x10]')", kMalformed},
    {"vec_f32('[null]')", kMalformed},
    {"vec_f32('[\"1\"]')", kMalformed},
    {"vec_f32('[[1]]')", kMalformed},
    {"vec_f32('[NaN]')", kMalformed},
    {"vec_f32('[inf]')", kMalformed},
    {"vec_f32('[1e999]')", kMalformed},
    {"vec_f32('[1' || printf('%.*c', 400, '0') || ']')", kMalformed},
    {"vec_f32('[1e99999999999999999999]')", kMalformed},
    {"vec_f32('[0, 1e39]')", "invalid float32 vector: element 1 is Inf"},
    {"vec_f32('[-1e39]')", "invalid float32 vector: element 0 is Inf"},
    {"vec_f16('[1, 65520]')", "invalid float16 vector: element 1 is Inf"},
    {"vec_f16(vec_f32('[1e5]'))", "invalid float16 vector: element 0 is Inf"},
    {"vec_bf16('[3.4e38]')", "invalid bfloat16 vector: element 0 is Inf"},
    {"vec_f16(x'007e')", "invalid float16 vector: element 0 is NaN"},
    {"vec_bf16(x'807f')", "invalid bfloat16 vector: element 0 is Inf"},
    {"vec_f16(x'010203')", "invalid float16 vector BLOB length. Must be divisible by 2, found 3"},
    {"vec_f16(NULL)", kMustBe + std::string("NULL")},
    {"vec_bf16('[]')", kEmpty},
    {"vec_bf16('[1 2]')", kMalformed},
    {"(SELECT count(*) FROM vec_each(NULL))", kMustBe + std::string("NULL")},
    {"(SELECT count(*) FROM vec_each('x'))",
     "JSON array parsing error: Input does not start with '['"},
    {"vec_f32(x'0000c07f')", "invalid float32 vector: element 0 is NaN"},
    {"vec_f32(x'00000000000080ff')", "invalid float32 vector: element 1 is Inf"},
    {"vec_f32(vec_int8('[1,2,3]'))",
     "invalid float32 vector BLOB length. Must be divisible by 4, found 3"},
    {"vec_int8(NULL)", kUnknownInt8},
    {"vec_int8(5)", kUnknownInt8},
    {"vec_int8(x'')", kEmpty},
    {"vec_int8('[]')", kEmpty},
    {"vec_int8('[128]')", "JSON parsing error: value out of range for int8"},
    {"vec_int8('[-129]')", "JSON parsing error: value out of range for int8"},
    {"vec_int8('[99999999999999999999]')", "JSON parsing error: value out of range for int8"},
    {"vec_int8('[1.5]')", kMalformed},
    {"vec_int8('[1e1]')", kMalformed},
    {"vec_bit(NULL)", kUnknownBit},
    {"vec_bit('[1]')", kUnknownBit},
    {"vec_bit(x'')", kEmpty},
    {"vec_length(NULL)", kMustBe + std::string("NULL")},
    {"vec_length(x'01')", "invalid float32 vector BLOB length. Must be divisible by 4, found 1"},
    {"vec_distance_l2(NULL, '[1]')", std::string("Error reading 1st vector: ") + kMustBe + "NULL"},
    {"vec_distance_l2('[1]', x'')", std::string("Error reading 2nd vector: ") + kEmpty},
    {"vec_distance_l2('[1]', '[1,2]')",
     "Vector dimension mistmatch. First vector has 1 dimensions, while the second has 2 "
     "dimensions."},
    {"vec_distance_l2('[1]', vec_int8('[1]'))",
     "Vector type mistmatch. First vector has type float32, while the second has type int8."},
    {"vec_distance_l2(vec_bit(x'00'), vec_bit(x'ff'))",
     "Cannot calculate L2 distance between two bitvectors."},
    {"vec_distance_l1(vec_bit(x'00'), vec_bit(x'ff'))",
     "Cannot calculate L1 distance between two bitvectors."},
    {"vec_distance_cosine(vec_bit(x'00'), vec_bit(x'ff'))",
     "Cannot calculate cosine distance between two bitvectors."},
    {"vec_distance_hamming('[1]', '[1]')",
     "Cannot calculate hamming distance between two float32 vectors."},
    {"vec_distance_hamming(vec_int8('[1]'), vec_int8('[1]'))",
     "Cannot calculate hamming distance between two int8 vectors."},
    {"vec_add(vec_bit(x'00'), vec_bit(x'ff'))", "Cannot add two bitvectors together."},
    {"vec_sub(vec_bit(x'00'), vec_bit(x'ff'))", "Cannot subtract two bitvectors together."},
    {"vec_slice('[1]', -1, 1)", "slice 'start' index must be a postive number."},
    {"vec_slice('[1]', 0, -1)", "slice 'end' index must be a postive number."},
    {"vec_slice('[1]', 2, 3)", "slice 'start' index is greater than the number of dimensions"},
    {"vec_slice('[1]', 0, 2)", "slice 'end' index is greater than the number of dimensions"},
    {"vec_slice('[1]', 0, 4294967297)",
     "slice 'end' index is greater than the number of dimensions"},
    {"vec_slice('[1,2]', 1, 0)", "slice 'start' index is greater than 'end' index"},
    {"vec_slice('[1,2]', 1, 1)",
     "slice 'start' index is equal to the 'end' index, vectors must have non-zero length"},
    {"vec_slice(vec_bit(x'f00f'), 1, 16)", "start index must be divisible by 8."},
    {"vec_slice(vec_bit(x'f00f'), 0, 9)", "end index must be divisible by 8."},
    {"vec_normalize(vec_int8('[1]'))", "only float32 vectors are supported when normalizing"},
    {"vec_quantize_binary('[1,2]')",
     "Binary quantization requires vectors with a length divisible by 8"},
    {"vec_quantize_binary(vec_bit(x'00'))", "Can only binary quantize float or int8 vectors"},
    {"vec_quantize_int8('[1]', 'other')", "2nd argument to vec_quantize_int8() must be 'unit'."},
    {"vec_quantize_int8('[1]', NULL)", "2nd argument to vec_quantize_int8() must be 'unit'."},
};

TEST(VecFunctions, AnswerWhatSqliteVecAnswers) {
  Database database(register_vec);
  for (const auto& [expression, expected] : kValues) {
    EXPECT_EQ(database.row(std::string("SELECT ") + expression), expected) << expression;
  }
}

TEST(VecFunctions, RefuseInItsWords) {
  Database database(register_vec);
  for (const auto& [expression, expected] : kErrors) {
    EXPECT_EQ(database.error(std::string("SELECT ") + expression), expected) << expression;
  }
}

TEST(VecFunctions, TakeConstantJsonBesideAColumn) {
  Database database(register_vec);
  database.rows("CREATE TABLE v(a); INSERT INTO v VALUES ('[1,2]'), (vec_f32('[1,4]')), ('[1,5]')");
  EXPECT_EQ(database.rows("SELECT vec_distance_l2(a, '[1,2]') FROM v"),
            (std::vector<std::string>{"0.0", "2.0", "3.0"}));
  EXPECT_EQ(database.rows("SELECT vec_distance_l2('[1,2]', a) FROM v"),
            (std::vector<std::string>{"0.0", "2.0", "3.0"}));
}

TEST(VecFunctions, WorkInIndexesAndTriggersOfAnUntrustedSchema) {
  Database database(register_vec);
  database.rows("PRAGMA trusted_schema = OFF");
  database.rows("CREATE TABLE v(a, n AS (vec_length(a)))");
  database.rows("CREATE INDEX i ON v(vec_distance_l2(a, x'00000000'))");
  database.rows("INSERT INTO v(a) VALUES (vec_f32('[3]'))");
  EXPECT_EQ(database.row("SELECT n FROM v WHERE vec_distance_l2(a, x'00000000') = 3"), "1");
}

TEST(VecFunctions, SumLongVectorsExactly) {
  Database database(register_vec);
  // 255^2 * 200,000 does not fit 32 bits.
  constexpr int kDimensions = 200000;
  const auto vector = [](const char* element) {
    std::string literal = "x'";
    for (int i = 0; i < kDimensions; ++i) literal += element;
    return literal + "'";
  };
  database.rows("CREATE TABLE v(low, high); INSERT INTO v VALUES (" + vector("80") + ", " +
                vector("7f") + ")");
  EXPECT_EQ(database.row("SELECT vec_distance_l1(vec_int8(low), vec_int8(high)) FROM v"),
            std::to_string(255 * kDimensions));
  EXPECT_EQ(database.row("SELECT abs(vec_distance_l2(vec_int8(low), vec_int8(high)) - "
                         "255 * sqrt(200000.0)) < 0.01 FROM v"),
            "1");
  EXPECT_EQ(database.row("SELECT vec_distance_cosine(vec_int8(low), vec_int8(low)) FROM v"), "0.0");
  EXPECT_EQ(database.row("SELECT vec_distance_hamming(vec_bit(low), vec_bit(high)) FROM v"),
            "1600000.0");
}

TEST(VecFunctions, GiveTheSameUnderEveryKernelSet) {
  Database database(register_vec);
  for (const kernels::KernelSet* set : kernels::usable()) {
    kernels::force(set->name);
    for (const auto& [expression, expected] : kValues) {
      EXPECT_EQ(database.row(std::string("SELECT ") + expression), expected)
          << expression << " under " << set->name;
    }
  }
  kernels::force("");
}

}  // namespace
}  // namespace edgepack::vec
