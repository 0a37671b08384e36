-- The SQL that known clients of sqlite-vec send, unchanged but for names and sizes.

-- LangChain: a column named rowid, vectors written by a trigger, a join of table and vectors.
CREATE TABLE IF NOT EXISTS state (rowid INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT, metadata BLOB, text_embedding BLOB);
CREATE VIRTUAL TABLE IF NOT EXISTS state_vec USING vec0(rowid INTEGER PRIMARY KEY, text_embedding float[4]);
CREATE TRIGGER IF NOT EXISTS state_insert AFTER INSERT ON state BEGIN INSERT INTO state_vec(rowid, text_embedding) VALUES (new.rowid, new.text_embedding); END;
INSERT INTO state(text, metadata, text_embedding) VALUES ('first', '{}', vec_f32('[1,0,0,0]')), ('second', '{}', vec_f32('[0,1,0,0]')), ('third', '{}', vec_f32('[0,0,1,0]'));
SELECT 'LangChain: similarity search', group_concat(text || ':' || round(distance, 3)) = 'second:0.141,first:1.273' FROM (SELECT text, metadata, distance FROM state AS e INNER JOIN state_vec AS v ON v.rowid = e.rowid WHERE v.text_embedding MATCH vec_f32('[0.1,0.9,0,0]') AND k = 2 ORDER BY distance);
PRAGMA trusted_schema = OFF;
INSERT INTO state(text, text_embedding) VALUES ('fourth', vec_f32('[0,0,0,1]'));
SELECT 'the trigger works where the schema is not trusted', count(*) = 4 FROM state_vec;
PRAGMA trusted_schema = ON;
SELECT 'a statement that exists is not made again', count(*) = 1 FROM sqlite_master WHERE name = 'state_vec';
CREATE VIRTUAL TABLE IF NOT EXISTS state_vec USING vec0(rowid INTEGER PRIMARY KEY, text_embedding float[4]);

-- LlamaIndex: the chosen rowid, an answer in order without ORDER BY, reading raw blobs back, deleting all.
CREATE VIRTUAL TABLE llama_vec USING vec0(embedding float[2] distance_metric=cosine);
CREATE TABLE llama(id TEXT PRIMARY KEY, vec_rowid INTEGER);
INSERT INTO llama_vec(embedding) VALUES (vec_f32('[1,1]'));
INSERT INTO llama VALUES ('a', last_insert_rowid());
INSERT INTO llama_vec(embedding) VALUES (vec_f32('[1,-1]'));
INSERT INTO llama VALUES ('b', last_insert_rowid());
SELECT 'LlamaIndex: query', group_concat(id) = 'b,a' FROM (SELECT n.id, v.distance FROM llama_vec v JOIN llama n ON n.vec_rowid = v.rowid WHERE v.embedding MATCH vec_f32('[1,-0.5]') AND k = 20);
SELECT 'LlamaIndex: nodes with their vectors', group_concat(hex(embedding)) = '0000803F0000803F,0000803F000080BF' FROM (SELECT n.id, v.embedding FROM llama n LEFT JOIN llama_vec v ON v.rowid = n.vec_rowid ORDER BY n.id);
DELETE FROM llama_vec WHERE rowid = 1;
SELECT 'LlamaIndex: one deleted', count(*) = 1 FROM llama_vec;
DELETE FROM llama_vec;
SELECT 'LlamaIndex: all deleted', count(*) = 0 FROM llama_vec;

-- Semantic Kernel: quoted names, keys in a subquery, a bound on the distance, LIMIT and OFFSET.
CREATE VIRTUAL TABLE IF NOT EXISTS "kernel items" USING vec0(key TEXT PRIMARY KEY, embedding FLOAT[2] distance_metric=l2);
CREATE TABLE "kernel"(key TEXT PRIMARY KEY, kind TEXT);
INSERT INTO "kernel" VALUES ('k1', 'x'), ('k2', 'y'), ('k3', 'x'), ('k4', 'x');
INSERT OR REPLACE INTO "kernel items"(key, embedding) VALUES ('k1', '[1,0]'), ('k2', '[2,0]'), ('k3', '[3,0]'), ('k4', '[30,0]');
INSERT OR REPLACE INTO "kernel items"(key, embedding) VALUES ('k1', '[1,1]');
-- row: 'k1', 1
-- row: 'k3', 1
WITH "subquery" AS (SELECT "key" FROM "kernel" WHERE "kind" = 'x') SELECT "v"."key", "v"."distance" < 10 FROM "kernel items" AS "v" WHERE "v"."embedding" MATCH '[0,0]' AND "k" = 10 AND "v"."key" IN (SELECT "key" FROM "subquery") AND "v"."distance" <= 10 ORDER BY "v"."distance" LIMIT 2 OFFSET 0;

-- Llama Stack: an upper-case type, the key as a metadata column, a join on it.
CREATE TABLE IF NOT EXISTS metadata_bank (id TEXT PRIMARY KEY, chunk TEXT);
CREATE VIRTUAL TABLE IF NOT EXISTS vec_bank USING vec0(embedding FLOAT[3], id TEXT);
INSERT OR REPLACE INTO metadata_bank (id, chunk) VALUES ('chunk-1', 'one'), ('chunk-2', 'two'), ('chunk-3', 'three'), ('chunk-4', 'four');
INSERT INTO vec_bank (id, embedding) VALUES ('chunk-1', '[1,0,0]'), ('chunk-2', '[2,0,0]'), ('chunk-3', '[3,0,0]'), ('chunk-4', '[4,0,0]');
-- row: 'chunk-3', 'three', 0.0
-- row: 'chunk-2', 'two', 1.0
SELECT m.id, m.chunk, v.distance FROM vec_bank AS v JOIN metadata_bank AS m ON m.id = v.id WHERE v.embedding MATCH '[3,0,0]' AND k = 2 ORDER BY v.distance;
DELETE FROM vec_bank WHERE id IN ('chunk-3', 'chunk-9');
-- row: 'chunk-2', 1.0
SELECT v.id, v.distance FROM metadata_bank AS m JOIN vec_bank AS v ON m.id = v.id WHERE v.embedding MATCH '[3,0,0]' AND k = 1 ORDER BY v.distance;

-- Applications: a text key, an upper-case type, a delete trigger, a look at the table's SQL, LIMIT 0.
CREATE VIRTUAL TABLE notes USING vec0(id TEXT PRIMARY KEY, embedding FLOAT[3]);
CREATE TABLE note(id TEXT PRIMARY KEY, body TEXT);
CREATE TRIGGER note_delete AFTER DELETE ON note BEGIN DELETE FROM notes WHERE id = old.id; END;
INSERT INTO note VALUES ('n1', 'one'), ('n2', 'two');
INSERT INTO notes(id, embedding) SELECT id, json_array(length(body), 1, 2) FROM note;
DELETE FROM note WHERE id = 'n1';
SELECT 'applications: the trigger deleted the vector', count(*) = 1 FROM notes;
SELECT 'applications: the dimension is read from the schema', sql LIKE '%FLOAT[3]%' FROM sqlite_master WHERE name = 'notes';
INSERT INTO notes SELECT 'n' || value, '[1,2,3]' FROM json_each('[3,4,5]');
SELECT 'applications: a probe', count(*) = 0 FROM (SELECT id FROM notes LIMIT 0);
SELECT 'applications: reading everything', count(*) = 4 FROM (SELECT rowid, embedding FROM notes);
