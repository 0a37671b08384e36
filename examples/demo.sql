-- 1. One file brings it all: vector search, JSON paths, replication.
.load dist/edgepack
SELECT edgepack_version();

-- 2. The application's database: passages from the documentation of Python's standard library, a JSON
--    document about each of them, and a vec0 table with their embeddings (384 floats each).
PRAGMA journal_mode = wal;
ATTACH 'passages.db' AS shipped;
CREATE TABLE passages(id INTEGER PRIMARY KEY, text TEXT, document TEXT);
CREATE TABLE questions(id INTEGER PRIMARY KEY, text TEXT, embedding BLOB);
CREATE VIRTUAL TABLE embeddings USING vec0(embedding float[384] distance_metric=cosine);
BEGIN;
INSERT INTO passages SELECT id, text, document FROM shipped.passages;
INSERT INTO questions SELECT id, text, embedding FROM shipped.questions;
INSERT INTO embeddings(rowid, embedding) SELECT id, embedding FROM shipped.passages;
COMMIT;
DETACH shipped;
SELECT count(*) AS passages, vec_length(embedding) AS dimensions, vec_type(embedding) AS type
  FROM embeddings;
SELECT document FROM passages WHERE id = 1000;

-- 3. Three questions, each answered by the passages that are nearest in meaning. A question's embedding
--    was made by the same model; examples/rag.py does that live for a question that you type.
CREATE VIEW answers AS
SELECT q.id AS question, round(e.distance, 3) AS distance,
       fjson_value(p.document, '$.name') AS name, substr(replace(p.text, char(10), ' '), 1, 64) AS text
  FROM questions AS q
  JOIN embeddings AS e ON e.embedding MATCH q.embedding AND e.k = 3
  JOIN passages AS p ON p.id = e.rowid
 ORDER BY q.id, e.distance;
SELECT text AS question FROM questions WHERE id = 1;
SELECT distance, name, text FROM answers WHERE question = 1;
SELECT text AS question FROM questions WHERE id = 2;
SELECT distance, name, text FROM answers WHERE question = 2;
SELECT text AS question FROM questions WHERE id = 3;
SELECT distance, name, text FROM answers WHERE question = 3;
