-- Everything around a sync: bookmarks, waiting, verifying, the table, the metrics, and forgetting.
ATTACH '$TMP/primary.db' AS primary_db;
PRAGMA primary_db.journal_mode = WAL;
CREATE TABLE primary_db.note(id INTEGER PRIMARY KEY, text TEXT);
INSERT INTO primary_db.note VALUES (1, 'one'), (2, 'two');
ATTACH '$TMP/replica.db' AS replica_db;

SELECT 'no replica is known', count(*) = 0 FROM replica_status;
SELECT 'a sync that verifies',
  json_extract(r, '$.state') = 'updated' AND json_extract(r, '$.lag_ms') BETWEEN 0 AND 600000
  AND json_extract(r, '$.elapsed_ms') > 0
  FROM (SELECT replica_sync('file:$TMP/primary.db', '{"schema":"replica_db","verify":true}') AS r);
SELECT 'nothing new: it waits, and says so',
  json_extract(r, '$.state') = 'current' AND json_extract(r, '$.elapsed_ms') >= 40
  FROM (SELECT replica_sync(NULL, '{"schema":"replica_db","wait_ms":50}') AS r);

-- Read your writes: the primary's bookmark is what the replica has to reach.
CREATE TEMP TABLE mark(name, bookmark);
INSERT INTO primary_db.note VALUES (3, 'three');
INSERT INTO mark VALUES ('primary', replica_bookmark('{"schema":"primary_db"}')),
                        ('replica before', replica_bookmark('{"schema":"replica_db"}'));
SELECT 'bookmarks of one log sort by time',
  (SELECT bookmark FROM mark WHERE name = 'replica before') < (SELECT bookmark FROM mark WHERE name = 'primary');
SELECT 'without time it is not reached',
  replica_wait((SELECT bookmark FROM mark WHERE name = 'primary'), 0, '{"schema":"replica_db"}') = 0;
SELECT 'waiting syncs',
  replica_wait((SELECT bookmark FROM mark WHERE name = 'primary'), 5000, '{"schema":"replica_db"}') = 1;
SELECT 'the write is there', count(*) = 1 FROM replica_db.note WHERE id = 3;
SELECT 'the bookmark is the replica''s own now',
  replica_bookmark('{"schema":"replica_db"}') = (SELECT bookmark FROM mark WHERE name = 'primary');
SELECT 'older bookmarks are reached at once',
  replica_wait((SELECT bookmark FROM mark WHERE name = 'replica before'), 0, '{"schema":"replica_db"}') = 1;
SELECT 'no bookmark, no answer', replica_wait(NULL, 5, '{"schema":"replica_db"}') IS NULL;
-- error: replica_wait: yesterday: this is no bookmark; replica_bookmark() makes them
SELECT replica_wait('yesterday', 5, '{"schema":"replica_db"}');
-- error: replica_wait: timeout_ms: expected an integer from 0 to 86400000
SELECT replica_wait('change-00000001', 'soon', '{"schema":"replica_db"}');
-- error: it is no replica
SELECT replica_wait('change-00000001', 5, '{"schema":"primary_db"}');

SELECT 'verified against the primary',
  json_extract(v, '$.equal') = 1 AND json_extract(v, '$.intact') = 1
  AND json_extract(v, '$.checksum') = json_extract(v, '$.primary_checksum')
  AND json_extract(v, '$.checksum') = json_extract(v, '$.recorded_checksum')
  FROM (SELECT replica_verify('{"schema":"replica_db"}') AS v);
INSERT INTO primary_db.note VALUES (4, 'four');
SELECT 'a file cannot tell of an older state', json_type(v, '$.equal') = 'null' AND json_extract(v, '$.intact') = 1
  FROM (SELECT replica_verify('{"schema":"replica_db"}') AS v);
-- error: replica_verify: $TMP/primary.db: it is no replica
SELECT replica_verify('{"schema":"primary_db"}');

-- error: the changes have more than 100 bytes, the limit of max_bytes; raise max_bytes
SELECT replica_sync(NULL, '{"schema":"replica_db","max_bytes":100}');
SELECT 'nothing was taken', count(*) = 0 FROM replica_db.note WHERE id = 4;
SELECT 'within the limit', json_extract(replica_sync(NULL, '{"schema":"replica_db","max_bytes":100000}'), '$.state') = 'updated';

SELECT 'the table has the facts of the function',
  schema = 'replica_db' AND state = 'replica' AND path LIKE '%/replica.db' AND source LIKE 'file:%/primary.db'
  AND position = primary_position AND lag_ms BETWEEN 0 AND 600000 AND last_contact_age_ms BETWEEN 0 AND 600000
  AND pages >= 4 AND bytes >= 4096 AND transactions = 2 AND snapshots = 1 AND retries = 0 AND errors = 1
  AND last_error LIKE '%max_bytes%' AND last_error_ms > 1700000000000
  AND replica_status.sqlite_version = sqlite_version() AND wal_reset_bug IN (0, 1)
  FROM replica_status;
SELECT 'the metrics have it, too',
  instr(m, 'litefs_db_count 1') > 0 AND instr(m, '# TYPE replica_syncs_total counter') > 0
  AND instr(m, 'replica_snapshots_total{db="') > 0 AND instr(m, '/replica.db"} 1') > 0
  AND instr(m, 'litefs_db_lag_seconds{db="') > 0
  FROM (SELECT replica_metrics() AS m);

CREATE VIEW known AS SELECT * FROM replica_status;
-- error: unsafe use of virtual table "replica_status"
SELECT * FROM known;
CREATE VIEW sneaky AS SELECT replica_bookmark() AS b;
-- error: unsafe use of replica_bookmark
SELECT b FROM sneaky;

SELECT 'forgotten', replica_reset('{"schema":"replica_db"}') = 1;
SELECT 'once', replica_reset('{"schema":"replica_db"}') = 0;
SELECT 'the data stays', count(*) = 4 FROM replica_db.note;
SELECT 'it is no replica', json_extract(replica_status('{"schema":"replica_db"}'), '$.state') = 'none';
SELECT 'nor a known one', count(*) = 0 FROM replica_status;
INSERT INTO replica_db.note VALUES (5, 'its own');
-- error: it has no source yet
SELECT replica_sync(NULL, '{"schema":"replica_db"}');
-- error: it holds data of its own
SELECT replica_sync('file:$TMP/primary.db', '{"schema":"replica_db"}');

-- A primary outside of WAL mode: its change counter is its position.
ATTACH '$TMP/rollback.db' AS rollback_db;
CREATE TABLE rollback_db.t(a);
SELECT 'first sync', json_extract(replica_sync('file:$TMP/rollback.db', '{"path":"$TMP/copy.db"}'), '$.snapshot') = 1;
SELECT 'unchanged: no page is read',
  json_extract(r, '$.state') = 'current' AND json_extract(r, '$.snapshot') = 0 AND json_extract(r, '$.bytes') = 0
  AND json_extract(r, '$.to') LIKE 'change:%'
  FROM (SELECT replica_sync(NULL, '{"path":"$TMP/copy.db"}') AS r);
INSERT INTO rollback_db.t VALUES (1);
SELECT 'bookmark of the counter', replica_bookmark('{"schema":"rollback_db"}') LIKE 'change-________';
SELECT 'reached', replica_wait(replica_bookmark('{"schema":"rollback_db"}'), 5000, '{"path":"$TMP/copy.db"}') = 1;
SELECT 'both are one', replica_bookmark('{"schema":"rollback_db"}') = replica_bookmark('{"path":"$TMP/copy.db"}');
SELECT 'known by its path', schema IS NULL AND path LIKE '%/copy.db' AND state = 'replica' FROM replica_status;
