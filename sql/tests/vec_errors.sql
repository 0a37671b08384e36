-- What vec0 refuses, and in which words. The texts are sqlite-vec's where it has one.

-- CREATE VIRTUAL TABLE.
-- error: vec0 constructor error: At least one vector column is required
CREATE VIRTUAL TABLE e USING vec0();
-- error: vec0 constructor error: At least one vector column is required
CREATE VIRTUAL TABLE e USING vec0(id INTEGER PRIMARY KEY);
-- error: vec0 constructor error: could not parse vector column 'v float[0]'
CREATE VIRTUAL TABLE e USING vec0(v float[0]);
-- error: vec0 constructor error: could not parse vector column 'v float[-1]'
CREATE VIRTUAL TABLE e USING vec0(v float[-1]);

-- error: vec0 constructor error: could not parse vector column 'v double[4]'
CREATE VIRTUAL TABLE e USING vec0(v double[4]);
-- error: vec0 constructor error: could not parse vector column 'v float64[4]'
CREATE VIRTUAL TABLE e USING vec0(v float64[4]);
-- error: vec0 constructor error: could not parse vector column 'v float[4] distance_metric=jaccard'
CREATE VIRTUAL TABLE e USING vec0(v float[4] distance_metric=jaccard);
-- error: vec0 constructor error: could not parse vector column 'v bit[8] distance_metric=dot'
CREATE VIRTUAL TABLE e USING vec0(v bit[8] distance_metric=dot);
-- error: vec0 constructor error: Dimension on vector column too large, provided 16385, maximum 16384
CREATE VIRTUAL TABLE e USING vec0(v float[16385]);
-- error: vec0 constructor error: could not parse vector column 'v float[99999999999999999999]'
CREATE VIRTUAL TABLE e USING vec0(v float[99999999999999999999]);
-- error: the dimensions of a bit vector must be divisible by 8
CREATE VIRTUAL TABLE e USING vec0(v bit[7]);
-- error: vec0 constructor error: could not parse vector column 'v float[4] distance_metric=hamming'
CREATE VIRTUAL TABLE e USING vec0(v float[4] distance_metric=hamming);
-- error: vec0 constructor error: could not parse vector column 'v bit[8] distance_metric=l2'
CREATE VIRTUAL TABLE e USING vec0(v bit[8] distance_metric=l2);
-- error: vec0 constructor error: could not parse vector column 'v float[4] not null'
CREATE VIRTUAL TABLE e USING vec0(v float[4] not null);
-- error: only INDEXED BY flat() is supported
CREATE VIRTUAL TABLE e USING vec0(v float[4] INDEXED BY diskann(neighbor_quantizer=binary));
-- error: vec0 constructor error: Could not parse 'id text not null primary key': unexpected 'not'
CREATE VIRTUAL TABLE e USING vec0(id text not null primary key, v float[4]);
-- error: unexpected 'autoincrement'
CREATE VIRTUAL TABLE e USING vec0(id integer primary key autoincrement, v float[4]);
-- error: vec0 constructor error: Could not parse 'id blob primary key'
CREATE VIRTUAL TABLE e USING vec0(id blob primary key, v float[4]);
-- error: vec0 constructor error: More than one primary key definition was provided, vec0 only suports a single primary key column
CREATE VIRTUAL TABLE e USING vec0(a integer primary key, b text primary key, v float[4]);
-- error: vec0 constructor error: Could not parse '+a boolean'
CREATE VIRTUAL TABLE e USING vec0(v float[4], +a boolean);
-- error: vec0 constructor error: Unknown table option: chunk
CREATE VIRTUAL TABLE e USING vec0(v float[4], chunk=8);
-- error: vec0 constructor error: chunk_size must be divisible by 8
CREATE VIRTUAL TABLE e USING vec0(v float[4], chunk_size=7);
-- error: vec0 constructor error: chunk_size must be a non-zero positive integer
CREATE VIRTUAL TABLE e USING vec0(v float[4], chunk_size=0);
-- error: vec0 constructor error: chunk_size too large
CREATE VIRTUAL TABLE e USING vec0(v float[4], chunk_size=8192);
-- error: vec0 constructor error: could not parse table option 'chunk_size=x'
CREATE VIRTUAL TABLE e USING vec0(v float[4], chunk_size=x);
-- error: vec0 constructor error: column name 'e' conflicts with table name (reserved for command column)
CREATE VIRTUAL TABLE e USING vec0(e float[4]);
-- error: column name 'distance' is reserved
CREATE VIRTUAL TABLE e USING vec0(distance float[4]);
-- error: duplicate column name: V
CREATE VIRTUAL TABLE e USING vec0(v float[4], V float[8]);
-- error: vec0 constructor error: Could not parse 'v'
CREATE VIRTUAL TABLE e USING vec0(v);
-- error: vec0 constructor error: Could not parse 'tag blob'
CREATE VIRTUAL TABLE e USING vec0(v float[4], tag blob);
-- error: vec0 constructor error: Could not parse 'part float partition key'
CREATE VIRTUAL TABLE e USING vec0(v float[4], part float partition key);
-- error: vec0 constructor error: More than 4 partition key columns were provided
CREATE VIRTUAL TABLE e USING vec0(v float[4], a int partition key, b int partition key, c int partition key, d int partition key, x int partition key);
-- error: vec0 constructor error: More than 16 metadata columns were provided
CREATE VIRTUAL TABLE e USING vec0(v float[4], a int, b int, c int, d int, f int, g int, h int, i int, j int, l int, m int, n int, o int, p int, q int, r int, s int);
SELECT 'nothing was left behind', count(*) = 0 FROM sqlite_master WHERE name LIKE 'e%';

-- Tables that sqlite-vec made.
CREATE TABLE old_chunks(chunk_id INTEGER PRIMARY KEY);
-- error: made by sqlite-vec
CREATE VIRTUAL TABLE old USING vec0(v float[4]);
SELECT 'they are left alone', count(*) = 1 FROM sqlite_master WHERE name LIKE 'old%';
CREATE TABLE taken_rows(a);
-- error: create shadow table: taken:
CREATE VIRTUAL TABLE taken USING vec0(v float[4]);
SELECT 'a failed CREATE takes its tables back', count(*) = 1 FROM sqlite_master WHERE name LIKE 'taken%';

-- INSERT.
CREATE VIRTUAL TABLE t USING vec0(v float[3], i int8[3], b bit[8], +n integer);
-- error: Inserted vector for the "v" column is invalid: Input must have type BLOB (compact format) or TEXT (JSON), found NULL
INSERT INTO t(i, b) VALUES (vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Inserted vector for the "v" column is invalid: Input must have type BLOB (compact format) or TEXT (JSON), found INTEGER
INSERT INTO t(v, i, b) VALUES (5, vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Inserted vector for the "v" column is invalid: invalid float32 vector BLOB length. Must be divisible by 4, found 5
INSERT INTO t(v, i, b) VALUES (x'0102030405', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Inserted vector for the "v" column is invalid: zero-length vectors are not supported.
INSERT INTO t(v, i, b) VALUES (x'', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Inserted vector for the "v" column is invalid: JSON array parsing error: Input does not start with '['
INSERT INTO t(v, i, b) VALUES ('text', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Dimension mismatch for inserted vector for the "v" column. Expected 3 dimensions but received 2.
INSERT INTO t(v, i, b) VALUES ('[1,2]', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Dimension mismatch for inserted vector for the "v" column. Expected 3 dimensions but received 250000.
INSERT INTO t(v, i, b) VALUES (zeroblob(1000000), vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Inserted vector for the "i" column is expected to be of type int8, but a float32 vector was provided.
INSERT INTO t(v, i, b) VALUES ('[1,2,3]', '[1,2,3]', vec_bit(x'00'));
-- error: Inserted vector for the "b" column is expected to be of type bit, but a int8 vector was provided.
INSERT INTO t(v, i, b) VALUES ('[1,2,3]', vec_int8('[1,2,3]'), vec_int8('[1]'));
-- error: Inserted vector for the "v" column is invalid: invalid float32 vector: element 1 is
INSERT INTO t(v, i, b) VALUES (x'0000803f0000c07f0000803f', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Inserted vector for the "v" column is invalid: invalid float32 vector: element 2 is
INSERT INTO t(v, i, b) VALUES (x'0000803f0000803f0000807f', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Auxiliary column type mismatch: The auxiliary column n has type INTEGER, but TEXT was provided.
INSERT INTO t(v, i, b, n) VALUES ('[1,2,3]', vec_int8('[1,2,3]'), vec_bit(x'00'), 'text');
-- error: Only integers are allows for primary key values on t
INSERT INTO t(rowid, v, i, b) VALUES ('text', '[1,2,3]', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: A value was provided for the hidden "distance" column.
INSERT INTO t(v, i, b, distance) VALUES ('[1,2,3]', vec_int8('[1,2,3]'), vec_bit(x'00'), 1);
-- error: A value was provided for the hidden "k" column.
INSERT INTO t(v, i, b, k) VALUES ('[1,2,3]', vec_int8('[1,2,3]'), vec_bit(x'00'), 1);
-- error: unknown vec0 command: 'optimise'
INSERT INTO t(t) VALUES ('optimise');
SELECT 'nothing was inserted', count(*) = 0 FROM t;
SELECT 'nor is anything left of it', (SELECT count(*) FROM t_blocks) = 0 AND (SELECT count(*) FROM t_codes) = 0;
INSERT INTO t(v, i, b) VALUES ('[1,2,3]', vec_int8('[1,2,3]'), vec_bit(x'00'));

-- Several rows in one statement: all or nothing.
-- error: Dimension mismatch for inserted vector
INSERT INTO t(v, i, b) SELECT value, vec_int8('[1,2,3]'), vec_bit(x'00') FROM json_each('["[1,2,3]", "[4,5,6]", "[7]"]');
SELECT 'all or nothing', count(*) = 1 FROM t;
BEGIN;
INSERT INTO t(v, i, b) VALUES ('[7,7,7]', vec_int8('[1,2,3]'), vec_bit(x'00'));
-- error: Dimension mismatch for inserted vector
INSERT INTO t(v, i, b) SELECT value, vec_int8('[1,2,3]'), vec_bit(x'00') FROM json_each('["[1,2,3]", "[4,5,6]", "[7]"]');
COMMIT;
SELECT 'also inside a transaction', count(*) = 2 FROM t WHERE v MATCH '[0,0,0]' AND k = 10;

-- UPDATE.
-- error: UPDATEs on vec0 primary key values are not allowed.
UPDATE t SET rowid = 5 WHERE rowid = 1;
-- error: Dimension mismatch for new updated vector for the "v" column. Expected 3 dimensions but received 1.
UPDATE t SET v = '[1]' WHERE rowid = 1;
-- error: Updated vector for the "v" column is invalid: Input must have type BLOB (compact format) or TEXT (JSON), found NULL
UPDATE t SET v = NULL WHERE rowid = 1;
-- error: Updated vector for the "i" column is expected to be of type int8, but a float32 vector was provided.
UPDATE t SET i = '[1,2,3]' WHERE rowid = 1;
-- error: Auxiliary column type mismatch: The auxiliary column n has type INTEGER, but BLOB was provided.
UPDATE t SET n = x'00' WHERE rowid = 1;
SELECT 'the row is as it was', vec_to_json(v) = '[1.000000,2.000000,3.000000]' FROM t WHERE rowid = 1;

-- Queries.
-- error: only 1 MATCH operator is allowed in a single vec0 query
SELECT rowid FROM t WHERE v MATCH '[1,2,3]' AND i MATCH vec_int8('[1,2,3]') AND k = 1;
-- error: Query vector on the "v" column is invalid: Input must have type BLOB (compact format) or TEXT (JSON), found NULL
SELECT rowid FROM t WHERE v MATCH NULL AND k = 1;
-- error: Query vector on the "v" column is invalid: JSON array parsing error: Input does not start with '['
SELECT rowid FROM t WHERE v MATCH 'x' AND k = 1;
-- error: Query vector for the "v" column is expected to be of type float32, but a int8 vector was provided.
SELECT rowid FROM t WHERE v MATCH vec_int8('[1,2,3]') AND k = 1;
-- error: Dimension mismatch for query vector for the "v" column. Expected 3 dimensions but received 4.
SELECT rowid FROM t WHERE v MATCH '[1,2,3,4]' AND k = 1;
-- error: k value in knn queries must be greater than or equal to 0.
SELECT rowid FROM t WHERE v MATCH '[1,2,3]' AND k = -1;
-- error: k: must be an integer (got TEXT)
SELECT rowid FROM t WHERE v MATCH '[1,2,3]' AND k = 'ten';
-- error: k: must be an integer (got REAL)
SELECT rowid FROM t WHERE v MATCH '[1,2,3]' AND k = 1.5;
-- error: k: must be an integer (got NULL)
SELECT rowid FROM t WHERE v MATCH '[1,2,3]' AND k = NULL;
-- error: Illegal WHERE constraint on distance column in a KNN query. Only one of GT, GE, LT, LE constraints are allowed.
SELECT rowid FROM t WHERE v MATCH '[1,2,3]' AND k = 1 AND distance = 5;
-- error: no such column: missing
SELECT missing FROM t WHERE v MATCH '[1,2,3]' AND k = 1;
