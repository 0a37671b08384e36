-- A primary beside the test's own database, and a replica of it that this connection attaches.
ATTACH '$TMP/primary.db' AS primary_db;
PRAGMA primary_db.journal_mode = WAL;
CREATE TABLE primary_db.note(id INTEGER PRIMARY KEY, text TEXT);
INSERT INTO primary_db.note
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)
  SELECT i, 'note ' || i FROM n;
ATTACH '$TMP/replica.db' AS replica_db;

SELECT 'no replica yet',
  json_extract(replica_status('{"schema":"replica_db"}'), '$.state') = 'none';
SELECT 'first sync is a snapshot',
  json_extract(r, '$.state') = 'updated' AND json_extract(r, '$.snapshot') = 1
  AND json_extract(r, '$.pages') = json_extract(r, '$.page_count')
  FROM (SELECT replica_sync('file:$TMP/primary.db', '{"schema":"replica_db"}') AS r);
SELECT 'the replica has the rows', count(*) = 500 AND max(text) = 'note 99' FROM replica_db.note;
SELECT 'nothing to do', json_extract(replica_sync(NULL, '{"schema":"replica_db"}'), '$.state') = 'current';

UPDATE primary_db.note SET text = 'changed' WHERE id = 250;
SELECT 'the replica still shows the old row', text = 'note 250' FROM replica_db.note WHERE id = 250;
SELECT 'a change is incremental',
  json_extract(r, '$.state') = 'updated' AND json_extract(r, '$.snapshot') = 0
  AND json_extract(r, '$.transactions') = 1 AND json_extract(r, '$.pages') = 1
  FROM (SELECT replica_sync(NULL, '{"schema":"replica_db"}') AS r);
SELECT 'the replica shows the new row', text = 'changed' FROM replica_db.note WHERE id = 250;

-- A new table, and the growth that comes with it.
CREATE TABLE primary_db.extra AS
  WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  SELECT i, hex(zeroblob(100)) AS pad FROM n;
SELECT 'schema change syncs',
  json_extract(replica_sync('file:$TMP/primary.db', '{"path":"$TMP/replica.db"}'), '$.state') = 'updated';
SELECT 'new table is there', count(*) = 3000 FROM replica_db.extra;
SELECT 'replica is sound', integrity_check = 'ok' FROM pragma_integrity_check('extra', 'replica_db');

DROP TABLE primary_db.extra;
VACUUM primary_db;
SELECT 'VACUUM at the primary syncs',
  json_extract(replica_sync(NULL, '{"schema":"replica_db"}'), '$.state') = 'updated';
SELECT 'the dropped table is gone', count(*) = 1 FROM replica_db.sqlite_schema;
SELECT 'sizes agree',
  (SELECT page_count FROM pragma_page_count('primary_db')) = (SELECT page_count FROM pragma_page_count('replica_db'));

SELECT 'status tells',
  json_extract(s, '$.state') = 'replica'
  AND json_extract(s, '$.source') LIKE 'file:%/primary.db'
  AND json_extract(s, '$.path') LIKE '%/replica.db'
  AND json_extract(s, '$.position') LIKE 'wal:________________/________'
  AND json_extract(s, '$.syncs') = 5
  AND json_extract(s, '$.last_contact_age_ms') BETWEEN 0 AND 600000
  AND json_extract(s, '$.sqlite_version') = sqlite_version()
  AND json_type(s, '$.wal_reset_bug') IN ('true', 'false')
  AND json_type(s, '$.last_error') = 'null'
  FROM (SELECT replica_status('{"schema":"replica_db"}') AS s);
SELECT 'the answer is JSON to other JSON functions',
  json_type(json_object('sync', replica_sync(NULL, '{"schema":"replica_db"}')), '$.sync') = 'object';

-- Somebody writes to the replica.
INSERT INTO replica_db.note VALUES (1000, 'not from the primary');
-- error: it has diverged
SELECT replica_sync(NULL, '{"schema":"replica_db"}');
SELECT 'refused, and the row is still there', count(*) = 1 FROM replica_db.note WHERE id = 1000;
SELECT 'the error is kept',
  json_extract(replica_status('{"schema":"replica_db"}'), '$.last_error') LIKE '%it has diverged%';
SELECT 'repair replaces what differs',
  json_extract(replica_sync(NULL, '{"schema":"replica_db","repair":true}'), '$.state') = 'updated';
SELECT 'repaired', count(*) = 0 FROM replica_db.note WHERE id = 1000;

DETACH replica_db;
DETACH primary_db;
