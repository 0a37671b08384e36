-- Creating, writing and reading vec0 tables.

CREATE VIRTUAL TABLE items USING vec0(embedding float[4], +note text);

-- Rowids are given or chosen.
INSERT INTO items(rowid, embedding, note) VALUES (10, '[1, 2, 3, 4]', 'ten');
INSERT INTO items(embedding) VALUES ('[5, 6, 7, 8]');
SELECT 'the chosen rowid is known to the connection', last_insert_rowid() = 11;
INSERT INTO items(rowid, embedding) VALUES (-3, vec_f32('[0, 0, 0, 1]')), (9223372036854775806, x'0000803f000000000000000000000000');

-- row: -3, NULL
-- row: 10, 'ten'
-- row: 11, NULL
-- row: 9223372036854775806, NULL
SELECT rowid, note FROM items;
SELECT 'a point look-up', vec_to_json(embedding) = '[1.000000,2.000000,3.000000,4.000000]' FROM items WHERE rowid = 10;
SELECT 'a vector is read as a packed blob', embedding = vec_f32('[5,6,7,8]') AND length(embedding) = 16 FROM items WHERE rowid = 11;
SELECT 'a stored vector keeps its type', vec_type(embedding) = 'float32' FROM items WHERE rowid = 11;
SELECT 'no such row', count(*) = 0 FROM items WHERE rowid = 12;
SELECT 'several rows', count(*) = 2 FROM items WHERE rowid IN (10, 11, 12);
SELECT 'rowids may be real numbers that are integers', count(*) = 1 FROM items WHERE rowid = 10.0;
SELECT 'but no others', count(*) = 0 FROM items WHERE rowid = 10.5;
SELECT 'conditions on any column', count(*) = 1 FROM items WHERE note = 'ten';
SELECT 'rows in descending order', group_concat(rowid) = '9223372036854775806,11,10,-3' FROM (SELECT rowid FROM items ORDER BY rowid DESC);
SELECT 'distance and k are NULL outside of a KNN query', distance IS NULL AND k IS NULL FROM items WHERE rowid = 10;

-- Updates.
UPDATE items SET embedding = '[4, 3, 2, 1]' WHERE rowid = 10;
SELECT 'the vector changed, the note did not', embedding = vec_f32('[4,3,2,1]') AND note = 'ten' FROM items WHERE rowid = 10;
UPDATE items SET note = 'eleven' WHERE rowid = 11;
SELECT 'the note changed, the vector did not', embedding = vec_f32('[5,6,7,8]') AND note = 'eleven' FROM items WHERE rowid = 11;
SELECT 'a query sees the new vector', rowid = 10 AND distance = 0 FROM items WHERE embedding MATCH '[4,3,2,1]' AND k = 1;

-- Rows that were inserted in a transaction and are not yet in blocks.
CREATE VIRTUAL TABLE waiting USING vec0(embedding float[2], kind integer partition key, tag text);
CREATE TABLE waiting_beside(x);
BEGIN;
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (1, '[1,1]', 1, 'a');
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (2, '[1,2]', 2, 'b');
SELECT 'a query sees them', group_concat(rowid) = '1,2' FROM (SELECT rowid FROM waiting WHERE embedding MATCH '[1,1]' AND k = 9);
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (3, '[1,3]', 1, 'c');
ALTER TABLE waiting_beside RENAME TO waiting_still;
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (4, '[1,4]', 1, 'd');
SAVEPOINT outer_one;
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (5, '[1,5]', 3, 'e');
SAVEPOINT inner_one;
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (6, '[1,6]', 3, 'f');
RELEASE inner_one;
SELECT 'one by one', group_concat(rowid) = '1,3,4' FROM (SELECT rowid FROM waiting WHERE embedding MATCH '[1,1]' AND k = 9 AND kind = 1);
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (7, '[1,7]', 1, 'g');
ROLLBACK TO outer_one;
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (8, '[1,8]', 1, 'h');
INSERT OR IGNORE INTO waiting(rowid, embedding, kind, tag) VALUES (8, '[1,9]', 1, 'i');
INSERT OR REPLACE INTO waiting(rowid, embedding, kind, tag) VALUES (4, '[1,9]', 2, 'j');
-- error: UNIQUE constraint failed on waiting primary key
INSERT INTO waiting(rowid, embedding, kind, tag) VALUES (9, '[1,9]', 1, 'k'), (8, '[1,9]', 1, 'l');
COMMIT;
SELECT 'what was rolled back is gone', group_concat(rowid || tag) = '1a,2b,3c,8h,4j' FROM (SELECT rowid, tag FROM waiting WHERE embedding MATCH '[1,1]' AND k = 9);
SELECT 'and the table is sound', vec_check('waiting') = 'ok';

-- Conflicts.
-- error: UNIQUE constraint failed on items primary key
INSERT INTO items(rowid, embedding) VALUES (10, '[1,1,1,1]');
INSERT OR IGNORE INTO items(rowid, embedding) VALUES (10, '[1,1,1,1]');
SELECT 'IGNORE kept the row', embedding = vec_f32('[4,3,2,1]') FROM items WHERE rowid = 10;
INSERT OR REPLACE INTO items(rowid, embedding, note) VALUES (10, '[1,1,1,1]', 'replaced');
SELECT 'REPLACE replaced it', embedding = vec_f32('[1,1,1,1]') AND note = 'replaced' FROM items WHERE rowid = 10;
SELECT 'and there is one of it', count(*) = 1 FROM items WHERE rowid = 10;

-- Deletes.
DELETE FROM items WHERE rowid = 10;
SELECT 'the row is gone', count(*) = 3 AND sum(rowid = 10) = 0 FROM items;
SELECT 'also from queries', sum(rowid = 10) = 0 FROM items WHERE embedding MATCH '[1,1,1,1]' AND k = 10;

-- Transactions.
BEGIN;
DELETE FROM items;
INSERT INTO items(rowid, embedding) VALUES (1, '[9,9,9,9]');
SAVEPOINT inner_savepoint;
INSERT INTO items(rowid, embedding) VALUES (2, '[8,8,8,8]');
SELECT 'a query sees what the transaction wrote', group_concat(rowid) = '1,2' FROM (SELECT rowid FROM items WHERE embedding MATCH '[9,9,9,9]' AND k = 5);
ROLLBACK TO inner_savepoint;
SELECT 'and not what was rolled back', group_concat(rowid) = '1' FROM (SELECT rowid FROM items WHERE embedding MATCH '[9,9,9,9]' AND k = 5);
ROLLBACK;
SELECT 'a rollback restores the rows', count(*) = 3 FROM items;
SELECT 'and the answers', count(*) = 3 FROM items WHERE embedding MATCH '[9,9,9,9]' AND k = 5;

-- Many rows: blocks fill up, grow, and give their place back.
CREATE VIRTUAL TABLE many USING vec0(v float[3]);
INSERT INTO many(v) WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 3000) SELECT vec_f32(json_array(x, x % 17, 1)) FROM c;
SELECT 'all rows are there', count(*) = 3000 AND max(rowid) = 3000 FROM many;
SELECT 'the nearest is right', rowid = 1234 AND distance = 0 FROM many WHERE v MATCH json_array(1234, 1234 % 17, 1) AND k = 1;
DELETE FROM many WHERE rowid % 10 <> 0;
SELECT 'a tenth is left', count(*) = 300 FROM many;
SELECT 'and found', count(*) = 300 FROM many WHERE v MATCH '[0,0,0]' AND k = 3000;
DELETE FROM many;
SELECT 'an empty table has no blocks', count(*) = 0 FROM many_blocks;
SELECT 'and no codes', count(*) = 0 FROM many_codes;

-- An INTEGER PRIMARY KEY has its own name and is the rowid.
CREATE VIRTUAL TABLE keyed USING vec0(movie_id INTEGER PRIMARY KEY, v float[2]);
INSERT INTO keyed(movie_id, v) VALUES (7, '[1,1]'), (9, '[2,2]');
INSERT INTO keyed(v) VALUES ('[3,3]');
SELECT 'the key', group_concat(movie_id) = '7,9,10' FROM keyed;
SELECT 'is the rowid', count(*) = 3 FROM keyed WHERE rowid = movie_id;
SELECT 'look-up by the key', v = vec_f32('[2,2]') FROM keyed WHERE movie_id = 9;
-- error: UPDATEs on vec0 primary key values are not allowed.
UPDATE keyed SET movie_id = 8 WHERE movie_id = 7;

-- A TEXT PRIMARY KEY.
CREATE VIRTUAL TABLE texts USING vec0(id TEXT PRIMARY KEY, v float[2]);
INSERT INTO texts VALUES ('a', '[1,1]'), ('b', '[2,2]');
SELECT 'look-up by a text key', v = vec_f32('[2,2]') FROM texts WHERE id = 'b';
SELECT 'KNN answers the key', group_concat(id) = 'b,a' FROM (SELECT id FROM texts WHERE v MATCH '[3,3]' AND k = 2);
SELECT 'KNN within some keys', group_concat(id) = 'a' FROM (SELECT id FROM texts WHERE v MATCH '[3,3]' AND k = 2 AND id IN ('a', 'missing'));
-- error: UNIQUE constraint failed on texts primary key
INSERT INTO texts VALUES ('a', '[1,1]');
INSERT OR REPLACE INTO texts VALUES ('a', '[5,5]');
DELETE FROM texts WHERE id = 'b';
SELECT 'replaced and deleted', group_concat(id || vec_to_json(v)) = 'a[5.000000,5.000000]' FROM texts;

-- Several vector columns, all types.
CREATE VIRTUAL TABLE mixed USING vec0(f float[2], i int8[3], b bit[16], "a ""quoted"" name" f32[1] distance_metric=cosine);
INSERT INTO mixed(rowid, f, i, b, "a ""quoted"" name") VALUES (1, '[1,2]', vec_int8('[1,2,3]'), vec_bit(x'ff00'), '[1]');
SELECT 'values and types', vec_type(f) = 'float32' AND vec_type(i) = 'int8' AND vec_type(b) = 'bit' AND vec_to_json(i) = '[1,2,3]' AND b = x'ff00' FROM mixed;
INSERT INTO mixed SELECT 2, f, i, b, "a ""quoted"" name" FROM mixed WHERE rowid = 1;
SELECT 'rows may be copied', count(*) = 2 FROM mixed WHERE vec_to_json(i) = '[1,2,3]' AND vec_to_json(b) = '[1,1,1,1,1,1,1,1,0,0,0,0,0,0,0,0]';

-- Renaming and dropping.
ALTER TABLE mixed RENAME TO "other name";
SELECT 'renamed', count(*) = 2 FROM "other name" WHERE i MATCH vec_int8('[1,2,3]') AND k = 5;
INSERT INTO "other name"(f, i, b, "a ""quoted"" name") VALUES ('[1,2]', vec_int8('[1,2,3]'), vec_bit(x'ff00'), '[1]');
DROP TABLE "other name";
SELECT 'nothing is left', count(*) = 0 FROM sqlite_master WHERE name LIKE 'other name%' OR name LIKE 'mixed%';

-- Another database.
ATTACH ':memory:' AS side;
CREATE VIRTUAL TABLE side.items USING vec0(v float[1]);
INSERT INTO side.items(v) VALUES ('[1]'), ('[2]');
SELECT 'tables of the same name in two databases', (SELECT count(*) FROM side.items) = 2 AND (SELECT count(*) FROM main.items) = 3;
