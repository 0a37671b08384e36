-- SQL written for libSQL and Turso: their functions, on BLOBs in their format. The bytes are what libSQL 0.5.29 (npm) writes.

-- row: x'0000803f00002040', x'0000803f00002040', x'000000000000f03f02', x'003c00bc05', x'803f80bf06'
SELECT vector('[1, 2.5]'), vector32('[1, 2.5]'), vector64('[1]'), vector16('[1, -1]'), vectorb16('[1, -1]');
-- row: x'00407fbfff0000008180803c00000000000304', x'050d03', x''
SELECT vector8('[0, 1, 2, 3, 4]'), vector1bit('[1, -1, 3]'), vector32('[]');
-- row: '[1,-2.5,1e+10]', '[0,1.00392,1.99216,2.99608,4]', '[1,-1,1]', '[0.0999756]', '[]'
SELECT vector_extract('[1, -2.5, 1e10]'), vector_extract(vector8('[0, 1, 2, 3, 4]')), vector_extract(vector1bit('[1, -1, 3]')), vector_extract(vector16('[0.1]')), vector_extract(x'');
SELECT 'from one to another', vector_extract(vector32(vector1bit(vector64('[3, -4]')))) = '[1,-1]';

-- row: 1.0, 0.0, 2.0, 5.0, 5.0
SELECT vector_distance_cos('[1, 0]', '[0, 1]'), vector_distance_cos(vector64('[1, 2]'), vector64('[2, 4]')),
       vector_distance_cos(vector1bit('[1, 1, 1]'), vector1bit('[1, -1, -1]')), vector_distance_l2('[1, 2]', '[4, 6]'), vector_distance_l2(vector16('[1, 2]'), vector16('[4, 6]'));
SELECT 'of float8', abs(vector_distance_l2(vector8('[1, 2]'), vector8('[4, 6]')) - 5) < 0.1;
SELECT 'no direction', vector_distance_cos('[0, 0]', '[1, 2]') IS NULL;

-- Turso's own.
-- row: -11.0, 1.0, 0.5, '[2,3]', '[1,2,3]'
SELECT vector_distance_dot('[1, 2]', '[3, 4]'), vector_distance_dot(vector1bit('[1, 1, 1]'), vector1bit('[1, -1, -1]')),
       vector_distance_jaccard('[1, 2]', '[2, 1]'), vector_extract(vector_slice('[1, 2, 3, 4]', 1, 3)), vector_extract(vector_concat('[1]', '[2, 3]'));
SELECT 'nothing in either', vector_distance_jaccard(vector1bit('[-1]'), vector1bit('[-1]')) IS NULL;

-- A table as libSQL's documents have it. Column types such as F32_BLOB(4) are BLOB to SQLite.
CREATE TABLE movies(title TEXT, year INT, embedding F32_BLOB(4));
INSERT INTO movies(title, year, embedding) VALUES
  ('Napoleon', 2023, vector32('[0.800, 0.579, 0.481, 0.229]')),
  ('Black Hawk Down', 2001, vector32('[0.406, 0.027, 0.378, 0.056]')),
  ('Gladiator', 2000, vector32('[0.698, 0.140, 0.073, 0.125]')),
  ('Blade Runner', 1982, vector32('[0.379, 0.637, 0.011, 0.647]'));
-- row: 'Napoleon', '[0.8,0.579,0.481,0.229]', 0.0
-- row: 'Blade Runner', '[0.379,0.637,0.011,0.647]', 0.252
SELECT title, vector_extract(embedding), round(vector_distance_cos(embedding, '[0.800, 0.579, 0.481, 0.229]'), 3) AS distance
  FROM movies WHERE title IN ('Napoleon', 'Blade Runner') ORDER BY distance ASC;
SELECT 'float32 of both worlds', vec_distance_cosine(embedding, '[1, 0, 0, 0]') = vector_distance_cos(embedding, vector32('[1, 0, 0, 0]')) FROM movies LIMIT 1;
-- Its rows go into a vec0 table as they are.
CREATE VIRTUAL TABLE nearest USING vec0(embedding float[4] distance_metric=cosine);
INSERT INTO nearest(rowid, embedding) SELECT rowid, embedding FROM movies;
-- row: 'Napoleon'
-- row: 'Blade Runner'
SELECT title FROM nearest JOIN movies ON movies.rowid = nearest.rowid WHERE nearest.embedding MATCH vector32('[0.6, 0.6, 0.2, 0.4]') AND k = 2 ORDER BY nearest.distance;

-- What is no vector.
-- error: vector: unexpected value type: got NULL, expected TEXT or BLOB
SELECT vector32(NULL);
-- error: vector: must start with '['
SELECT vector32('1, 2');
-- error: vector: must end with ']'
SELECT vector32('[1, 2');
-- error: vector: invalid float at position 1: 'x'
SELECT vector32('[1, x]');
-- error: vector: non-space symbols after closing ']' are forbidden
SELECT vector32('[1] 2');
-- error: vector: unexpected binary type: 7
SELECT vector_extract(x'07');
-- error: vector: unexpected data part size: type=2, dims=0, 2 != 0
SELECT vector_extract(x'000002');
-- error: vector: unexpected data part size
SELECT vector_extract(x'0000000004');
-- error: vector: float1bit vector blob of 2 bytes has no end
SELECT vector_extract(x'010203');
-- error: vector_distance: vectors must have the same type: 1 != 2
SELECT vector_distance_cos(vector32('[1]'), vector64('[1]'));
-- error: vector_distance: vectors must have the same length: 1 != 2
SELECT vector_distance_l2('[1]', '[1, 2]');
-- error: vector_distance: l2 distance is not supported for float1bit vectors
SELECT vector_distance_l2(vector1bit('[1]'), vector1bit('[1]'));
-- error: vector_slice range out of bounds
SELECT vector_slice('[1, 2]', 0, 3);
-- error: vector_concat is not supported for float1bit/float8 vectors
SELECT vector_concat(vector8('[1]'), vector8('[1]'));
