-- The scalar functions on vectors.

-- A vector is written as a JSON array or as a blob of its elements.
-- row: x'0000803f00002040', x'80ff7f', x'f0'
SELECT vec_f32('[1, 2.5]'), vec_int8('[-128, -1, 127]'), vec_bit(x'f0');

-- row: 2, 'float32', 3, 'int8', 8, 'bit'
SELECT vec_length('[1, 2.5]'), vec_type('[1, 2.5]'),
       vec_length(vec_int8(x'010203')), vec_type(vec_int8(x'010203')),
       vec_length(vec_bit(x'f0')), vec_type(vec_bit(x'f0'));

-- row: '[1.000000,2.500000,0.100000]', '[-128,-1,127]', '[1,1,1,1,0,0,0,0]'
SELECT vec_to_json('[1, 2.5, 0.1]'), vec_to_json(vec_int8(x'80ff7f')), vec_to_json(vec_bit(x'0f'));

SELECT 'what vec_to_json answers is JSON to other functions', json_extract(vec_to_json('[1, 2.5]'), '$[1]') = 2.5;
SELECT 'and reads as a float32 vector again', vec_f32(vec_to_json('[1, 2.5]')) = vec_f32('[1, 2.5]');

-- Distances.
SELECT 'L2', abs(vec_distance_l2('[1, 2, 3]', '[4, 5, 6]') - 5.196152422706632) < 1e-6;
SELECT 'L2 of int8', vec_distance_l2(vec_int8('[-128]'), vec_int8('[127]')) = 255;
SELECT 'L1', vec_distance_l1('[1, 2, 3]', '[-9, -8, -7]') = 30;
-- row: 30
SELECT vec_distance_l1(vec_int8('[1, 2, 3]'), vec_int8('[-9, -8, -7]'));
SELECT 'cosine of one direction', vec_distance_cosine('[1, 2, 3]', '[1, 2, 3]') = 0;
SELECT 'cosine of opposite directions', abs(vec_distance_cosine('[1, 2]', '[-2, -4]') - 2) < 1e-6;
SELECT 'cosine of a right angle', abs(vec_distance_cosine(vec_int8('[1, 0]'), vec_int8('[0, 7]')) - 1) < 1e-6;
SELECT 'a zero vector has no direction', vec_distance_cosine('[0, 0]', '[1, 2]') IS NULL;
-- row: 12.0
SELECT vec_distance_hamming(vec_bit(x'00ff'), vec_bit(x'ff0f'));
SELECT 'squares beyond the range of float32', abs(vec_distance_l2('[3e38]', '[-1e37]') / 3.1e38 - 1) < 1e-6;

-- Arithmetic and quantization.
-- row: '[1.500000,3.000000]', '[-128]', '[2.000000,3.000000]', '[0.600000,0.800000]'
SELECT vec_to_json(vec_add('[1, 2]', '[0.5, 1]')), vec_to_json(vec_add(vec_int8('[127]'), vec_int8('[1]'))),
       vec_to_json(vec_slice('[1, 2, 3]', 1, 3)), vec_to_json(vec_normalize('[3, 4]'));
SELECT 'a zero vector cannot be normalized', vec_normalize('[0, 0]') IS NULL;
-- row: x'd9', '[-128,-13,0,12,37,126,127]'
SELECT vec_quantize_binary('[1, -1, 0, 2, 3, -0.0, 5, 6]'),
       vec_to_json(vec_quantize_int8('[-1, -0.1, 0, 0.1, 0.3, 1, 2]', 'unit'));

-- Over the rows of a table.
CREATE TABLE passages(name TEXT, embedding BLOB);
INSERT INTO passages VALUES ('north', vec_f32('[0, 1]')), ('east', vec_f32('[1, 0]')), ('north-east', '[1, 1]');
-- row: 'north'
-- row: 'north-east'
-- row: 'east'
SELECT name FROM passages ORDER BY vec_distance_cosine(embedding, '[0.1, 1]');
CREATE INDEX passages_length ON passages(vec_length(embedding));
SELECT 'in an index', count(*) = 3 FROM passages WHERE vec_length(embedding) = 2;

-- What is no vector is refused with what is wrong about it.
-- error: Input must have type BLOB (compact format) or TEXT (JSON), found NULL
SELECT vec_f32(NULL);
-- error: zero-length vectors are not supported.
SELECT vec_f32('[]');
-- error: invalid float32 vector BLOB length. Must be divisible by 4, found 3
SELECT vec_f32(x'010203');
-- error: JSON array parsing error: Input does not start with '['
SELECT vec_f32('1, 2');
-- error: JSON parsing error
SELECT vec_f32('[1, 2');
-- error: JSON parsing error
SELECT vec_f32('[1 2]');
-- error: JSON parsing error
SELECT vec_f32('[1] or so');
-- error: JSON parsing error
SELECT vec_f32('[1e999]');
-- error: invalid float32 vector: element 1 is Inf
SELECT vec_f32('[0, 1e39]');
-- error: invalid float32 vector: element 0 is NaN
SELECT vec_f32(x'0000c07f');
-- error: JSON parsing error: value out of range for int8
SELECT vec_int8('[128]');
-- error: Unknown type for bitvector.
SELECT vec_bit('[1]');
-- error: Error reading 2nd vector: Input must have type BLOB (compact format) or TEXT (JSON), found INTEGER
SELECT vec_distance_l2('[1]', 1);
-- error: Vector dimension mistmatch. First vector has 1 dimensions, while the second has 2 dimensions.
SELECT vec_distance_l2('[1]', '[1, 2]');
-- error: Vector type mistmatch. First vector has type float32, while the second has type int8.
SELECT vec_distance_l2('[1]', vec_int8('[1]'));
-- error: Cannot calculate cosine distance between two bitvectors.
SELECT vec_distance_cosine(vec_bit(x'00'), vec_bit(x'ff'));
-- error: Cannot calculate hamming distance between two float32 vectors.
SELECT vec_distance_hamming('[1]', '[1]');
-- error: slice 'end' index is greater than the number of dimensions
SELECT vec_slice('[1]', 0, 2);
-- error: Binary quantization requires vectors with a length divisible by 8
SELECT vec_quantize_binary('[1, 2]');
-- error: 2nd argument to vec_quantize_int8() must be 'unit'.
SELECT vec_quantize_int8('[1]', 'other');
