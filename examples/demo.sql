-- 1. One file brings it all: vector search, JSON paths, replication.
.load dist/edgepack
SELECT edgepack_version();

-- 2. An application's database: passages from the documentation of Python's standard library, a JSON
--    document about each of them, and a vec0 table with their embeddings (384 floats each).
PRAGMA journal_mode = wal;
ATTACH 'build/demo/passages.db' AS shipped;
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

-- 3. Three questions, answered by the three passages nearest in meaning. The same model made their
--    embeddings; examples/rag.py embeds a question that you type.
CREATE VIEW answers AS
SELECT q.id AS question, round(e.distance, 3) AS distance, fjson_value(p.document, '$.module') AS module,
       substr(replace(p.text, char(10), ' '), 1, 80) AS text
  FROM questions AS q
  JOIN embeddings AS e ON e.embedding MATCH q.embedding AND e.k = 3
  JOIN passages AS p ON p.id = e.rowid
 ORDER BY q.id, e.distance;
SELECT text AS question FROM questions WHERE id = 1;
SELECT distance, module, text FROM answers WHERE question = 1;
SELECT text AS question FROM questions WHERE id = 4;
SELECT distance, module, text FROM answers WHERE question = 4;
SELECT text AS question FROM questions WHERE id = 13;
SELECT distance, module, text FROM answers WHERE question = 13;

-- 4. The first question again, only among the passages whose JSON document says that they describe a
--    method in at least five lines. One of the documents:
SELECT document FROM passages WHERE id = 1000;
SELECT round(e.distance, 3) AS distance, fjson_value(p.document, '$.module') AS module,
       fjson_value(p.document, '$.name') AS name, fjson_value(p.document, '$.size.lines') AS lines
  FROM embeddings AS e JOIN passages AS p ON p.id = e.rowid
 WHERE e.embedding MATCH (SELECT embedding FROM questions WHERE id = 1) AND k = 200
   AND fjson_value(p.document, '$.kind') = 'method' AND fjson_value(p.document, '$.size.lines') >= 5
 ORDER BY e.distance
 LIMIT 3;

-- 5. Another connection, to an empty file: one call makes the file a replica, and the same question has
--    the same answer there.
.connection 1
.open build/demo/replica.db
.load dist/edgepack
SELECT fjson_value(replica_sync('file:build/demo/app.db'), '$.state') AS state;
SELECT distance, module, text FROM answers WHERE question = 13;

-- 6. Back at the primary a row changes.
.connection 0
UPDATE passages SET text = 'THE MEDIAN IS ' || text
 WHERE id = (SELECT rowid FROM embeddings WHERE k = 1
                AND embedding MATCH (SELECT embedding FROM questions WHERE id = 13));

-- 7. The replica pulls the pages that changed, and nothing else.
.connection 1
SELECT fjson_value(sync, '$.pages') AS pages, fjson_value(sync, '$.bytes') AS bytes,
       fjson_value(sync, '$.snapshot') AS snapshot, fjson_value(sync, '$.elapsed_ms') AS milliseconds
  FROM (SELECT replica_sync() AS sync);
SELECT distance, module, text FROM answers WHERE question = 13;
SELECT fjson_value(status, '$.state') AS state, fjson_value(status, '$.source') AS source,
       fjson_value(status, '$.page_count') AS pages, fjson_value(status, '$.syncs') AS syncs,
       fjson_value(status, '$.last_contact_age_ms') AS age_ms
  FROM (SELECT replica_status() AS status);
