-- Settings of the process, and blocks that stay in memory while the table changes.
SELECT 'the budget has a default', vec_config('cache_bytes') = 268435456;
SELECT 'setting it answers the new value', vec_config('cache_bytes', 100000) = 100000;
SELECT 'and it stays', vec_config('CACHE_BYTES') = 100000;
-- error: vec_config: cash: no such setting; there are cache_bytes and threads
SELECT vec_config('cash');
-- error: vec_config: cache_bytes: must be an integer from 0 on (got -1)
SELECT vec_config('cache_bytes', -1);
-- error: vec_config: cache_bytes: must be an integer from 0 on (got TEXT)
SELECT vec_config('cache_bytes', 'much');
CREATE VIEW budget AS SELECT vec_config('cache_bytes', 0) AS bytes;
-- error: unsafe use of vec_config
SELECT bytes FROM budget;
SELECT 'nothing else changed it', vec_config('cache_bytes', 268435456) = 268435456;

CREATE VIRTUAL TABLE t USING vec0(v int8[2]);
INSERT INTO t(rowid, v) VALUES (1, vec_int8('[1,1]')), (2, vec_int8('[9,9]'));
SELECT 'row 1 is nearest', rowid = 1 FROM t WHERE v MATCH vec_int8('[1,1]') AND k = 1;
BEGIN;
UPDATE t SET v = vec_int8('[50,50]') WHERE rowid = 1;
SELECT 'not in the transaction that moved it', rowid = 2 FROM t WHERE v MATCH vec_int8('[1,1]') AND k = 1;
SAVEPOINT s;
DELETE FROM t WHERE rowid = 2;
SELECT 'nor when row 2 is gone', rowid = 1 AND distance > 69 FROM t WHERE v MATCH vec_int8('[1,1]') AND k = 1;
ROLLBACK TO s;
SELECT 'row 2 is back', rowid = 2 FROM t WHERE v MATCH vec_int8('[1,1]') AND k = 1;
ROLLBACK;
SELECT 'row 1 is back', rowid = 1 AND distance = 0 FROM t WHERE v MATCH vec_int8('[1,1]') AND k = 1;

-- A replica whose blocks are in memory when it is synced.
ATTACH '$TMP/vectors.db' AS primary_db;
PRAGMA primary_db.journal_mode = WAL;
CREATE VIRTUAL TABLE primary_db.p USING vec0(v int8[2]);
INSERT INTO primary_db.p(rowid, v) VALUES (1, vec_int8('[1,1]')), (2, vec_int8('[9,9]'));
ATTACH '$TMP/copy.db' AS replica_db;
SELECT 'first sync', json_extract(replica_sync('file:$TMP/vectors.db', '{"schema":"replica_db"}'), '$.state') = 'updated';
SELECT 'the replica answers', rowid = 1 FROM replica_db.p WHERE v MATCH vec_int8('[1,1]') AND k = 1;
UPDATE primary_db.p SET v = vec_int8('[50,50]') WHERE rowid = 1;
SELECT 'the primary shows the change', rowid = 2 FROM primary_db.p WHERE v MATCH vec_int8('[1,1]') AND k = 1;
SELECT 'the replica does not yet', rowid = 1 FROM replica_db.p WHERE v MATCH vec_int8('[1,1]') AND k = 1;
SELECT 'second sync', json_extract(replica_sync(NULL, '{"schema":"replica_db"}'), '$.state') = 'updated';
SELECT 'now it does', rowid = 2 FROM replica_db.p WHERE v MATCH vec_int8('[1,1]') AND k = 1;
