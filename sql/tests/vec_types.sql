-- float16 and bfloat16, the inner product, Jaccard, and vec_each.

-- Half-precision vectors: written as JSON, as their own bytes, or rounded from another float type.
-- row: x'003c00c1', x'803f20c0', 'float16', 'bfloat16', 2
SELECT vec_f16('[1, -2.5]'), vec_bf16('[1, -2.5]'), vec_type(vec_f16(x'003c')), vec_type(vec_bf16('[1]')), vec_length(vec_f16(x'003c0000'));
-- row: '[0.099976,1000.000000]', '[0.100098,1000.000000]', '[0.099976]'
SELECT vec_to_json(vec_f16('[0.1, 1000]')), vec_to_json(vec_bf16('[0.1, 1000]')), vec_to_json(vec_f32(vec_f16(vec_f32('[0.1]'))));
-- error: invalid float16 vector: element 1 is Inf
SELECT vec_f16('[1, 70000]');
-- error: invalid bfloat16 vector BLOB length. Must be divisible by 2, found 3
SELECT vec_bf16(x'010203');
-- error: Vector type mistmatch. First vector has type float16, while the second has type bfloat16.
SELECT vec_distance_l2(vec_f16('[1]'), vec_bf16('[1]'));

-- The inner product is negative: the largest is nearest.
-- row: -11.0, -11, -11.0
SELECT vec_distance_dot('[1, 2]', '[3, 4]'), vec_distance_dot(vec_int8('[1, 2]'), vec_int8('[3, 4]')), vec_distance_dot(vec_f16('[1, 2]'), vec_f16('[3, 4]'));
-- row: 0.0, 1.0, 0.0
SELECT vec_distance_jaccard(vec_bit(x'0f'), vec_bit(x'0f')), vec_distance_jaccard(vec_bit(x'0f'), vec_bit(x'f0')), vec_distance_jaccard(vec_bit(x'00'), vec_bit(x'00'));
SELECT 'two of six', abs(vec_distance_jaccard(vec_bit(x'0f'), vec_bit(x'3c')) - 0.666667) < 1e-6;
-- error: Cannot calculate dot distance between two bitvectors.
SELECT vec_distance_dot(vec_bit(x'00'), vec_bit(x'00'));
-- error: Cannot calculate jaccard distance between two float32 vectors.
SELECT vec_distance_jaccard('[1]', '[1]');

-- vec_each: a row for each element, bits in the order of vec_to_json.
-- row: 0, 1.0
-- row: 1, 2.5
SELECT rowid, value FROM vec_each('[1, 2.5]');
-- row: 0, -128
-- row: 1, 127
SELECT rowid, value FROM vec_each(vec_int8('[-128, 127]'));
SELECT 'bits', group_concat(value, '') = '1000000000000011' FROM vec_each(vec_bit(x'01c0'));
SELECT 'the same order', json_group_array(value) = vec_to_json(vec_bit(x'01c0')) FROM vec_each(vec_bit(x'01c0'));
CREATE TABLE passages(id INTEGER PRIMARY KEY, embedding BLOB);
INSERT INTO passages VALUES (1, vec_f32('[3, 4]')), (2, vec_f32('[6, 8]'));
-- row: 1, 25.0
-- row: 2, 100.0
SELECT id, sum(value * value) FROM passages, vec_each(embedding) GROUP BY id;
-- error: Input must have type BLOB (compact format) or TEXT (JSON), found NULL
SELECT * FROM vec_each(NULL);

-- Columns of halves take JSON, float32 vectors, and their own.
CREATE VIRTUAL TABLE halves USING vec0(a float16[3], b bf16[3] distance_metric=cosine);
INSERT INTO halves(rowid, a, b) VALUES (1, '[1, 2, 3]', '[1, 0, 0]'), (2, vec_f32('[4, 5, 6]'), vec_f16('[0, 1, 0]')), (3, vec_f16('[7, 8, 9]'), vec_bf16('[1, 1, 0]'));
-- row: 1, 'float16', '[1.000000,2.000000,3.000000]', 'bfloat16', 6
-- row: 2, 'float16', '[4.000000,5.000000,6.000000]', 'bfloat16', 6
-- row: 3, 'float16', '[7.000000,8.000000,9.000000]', 'bfloat16', 6
SELECT rowid, vec_type(a), vec_to_json(a), vec_type(b), length(b) FROM halves;
-- row: 2, 0.0
-- row: 1, 5.196152
SELECT rowid, round(distance, 6) FROM halves WHERE a MATCH '[4, 5, 6]' AND k = 2;
-- row: 2, 0.0
SELECT rowid, distance FROM halves WHERE a MATCH vec_f32('[4, 5, 6]') AND k = 1;
-- row: 1, 0.0
-- row: 3, 0.292893
SELECT rowid, round(distance, 6) FROM halves WHERE b MATCH '[2, 0, 0]' AND k = 2;
-- Plain bytes of the size of the column's vectors are its own: what INSERT ... SELECT needs.
CREATE VIRTUAL TABLE copies USING vec0(a float16[3], b bf16[3]);
INSERT INTO copies(rowid, a, b) SELECT rowid, a, b FROM halves;
SELECT 'copied', count(*) = 3 FROM copies JOIN halves USING (rowid) WHERE copies.a = halves.a AND copies.b = halves.b;
-- error: Inserted vector for the "a" column is invalid: invalid float16 vector: element 2 is Inf
INSERT INTO halves(a, b) VALUES ('[1, 2, 1e6]', '[1, 2, 3]');
-- error: Dimension mismatch for inserted vector for the "a" column. Expected 3 dimensions but received 2.
INSERT INTO halves(a, b) VALUES ('[1, 2]', '[1, 2, 3]');
-- error: Inserted vector for the "a" column is expected to be of type float16, but a int8 vector was provided.
INSERT INTO halves(a, b) VALUES (vec_int8('[1, 2, 3]'), '[1, 2, 3]');

-- Columns under dot and Jaccard.
CREATE VIRTUAL TABLE products USING vec0(v float[2] distance_metric=dot, w int8[2] distance_metric=dot, bits bit[8] distance_metric=jaccard);
INSERT INTO products(rowid, v, w, bits) VALUES (1, '[1, 0]', vec_int8('[1, 0]'), vec_bit(x'0f')), (2, '[10, 0]', vec_int8('[10, 0]'), vec_bit(x'ff')),
  (3, '[-5, 1]', vec_int8('[-5, 1]'), vec_bit(x'00')), (4, '[0, 3]', vec_int8('[0, 3]'), vec_bit(x'03'));
-- row: 2, -10.0
-- row: 1, -1.0
-- row: 4, 0.0
-- row: 3, 5.0
SELECT rowid, distance FROM products WHERE v MATCH '[1, 0]' AND k = 10;
-- row: 2, -10.0
-- row: 1, -1.0
SELECT rowid, distance FROM products WHERE w MATCH vec_int8('[1, 0]') AND distance < 0 ORDER BY distance;
-- row: 4, 0.0
-- row: 3, 5.0
SELECT rowid, distance FROM products WHERE v MATCH '[1, 0]' AND distance > -0.5 LIMIT 5;
-- row: 1, 0.0
-- row: 2, 0.5
-- row: 4, 0.5
-- row: 3, 1.0
SELECT rowid, distance FROM products WHERE bits MATCH vec_bit(x'0f') AND k = 4;
