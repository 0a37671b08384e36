CREATE TABLE own(a);
INSERT INTO own VALUES (1);
ATTACH '$TMP/errors_primary.db' AS primary_db;
CREATE TABLE primary_db.t(a);
DETACH primary_db;

-- error: replica_sync: $TMP/main.db: it has no source yet; name the source: replica_sync('file:PATH')
SELECT replica_sync();
-- error: it holds data of its own; sync into an empty file
SELECT replica_sync('file:$TMP/errors_primary.db');
-- error: cannot open the source: No such file or directory
SELECT replica_sync('file:$TMP/missing.db');
-- error: the source is a directory
SELECT replica_sync('file:$TMP');
-- error: source and replica are the same file
SELECT replica_sync('file:$TMP/main.db');
-- error: replica_sync: ftp://example.org/a.db: unknown kind of source; write file:PATH
SELECT replica_sync('ftp://example.org/a.db');
-- error: unknown kind of source
SELECT replica_sync('');
-- error: replica_sync: file:: no path
SELECT replica_sync('file:');
-- error: a file on another host cannot be read
SELECT replica_sync('file://example.org/a.db');
-- error: replica_sync: source: got INTEGER, expected text
SELECT replica_sync(1);
-- error: replica_sync: source: got BLOB, expected text
SELECT replica_sync(x'00');
-- error: replica_sync: options: got no valid JSON, expected a JSON object
SELECT replica_sync(NULL, '{');
-- error: replica_sync: options: got array, expected a JSON object
SELECT replica_sync(NULL, '[]');
-- error: replica_sync: options: got INTEGER, expected a JSON object
SELECT replica_sync(NULL, 5);
-- error: replica_sync: options.speed: unknown option; known are schema, path, wait_ms, timeout_ms, max_bytes, repair, verify, token_file, ca_file
SELECT replica_sync(NULL, '{"speed":1}');
-- error: options.repair: got integer, expected true or false
SELECT replica_sync(NULL, '{"repair":1}');
-- error: options.timeout_ms: got text, expected an integer from 0 to 86400000
SELECT replica_sync(NULL, '{"timeout_ms":"5"}');
-- error: options.timeout_ms: got integer, expected an integer from 0 to 86400000
SELECT replica_sync(NULL, '{"timeout_ms":-1}');
-- error: options.path: got text, expected the path of a file
SELECT replica_sync(NULL, '{"path":""}');
-- error: replica_sync: nosuch: no such database is attached
SELECT replica_sync(NULL, '{"schema":"nosuch"}');
-- error: replica_sync: temp: the database is in memory or temporary
SELECT replica_sync('file:$TMP/errors_primary.db', '{"schema":"temp"}');
ATTACH ':memory:' AS memory_db;
-- error: replica_sync: memory_db: the database is in memory or temporary
SELECT replica_sync('file:$TMP/errors_primary.db', '{"schema":"memory_db"}');
-- error: its folder must exist and be writable
SELECT replica_sync('file:$TMP/errors_primary.db', '{"path":"$TMP/no/such/folder/r.db"}');
-- error: replica_status: options.repair: unknown option
SELECT replica_status('{"repair":true}');

BEGIN IMMEDIATE;
-- error: this connection is writing to the replica; commit or roll back first
SELECT replica_sync('file:$TMP/errors_primary.db', '{"repair":true}');
ROLLBACK;

SELECT 'nothing was touched', count(*) = 1 FROM own;
SELECT 'no replica came to be', json_extract(replica_status(), '$.state') = 'none';

-- Never from a schema.
CREATE VIEW sneaky AS SELECT replica_sync('file:$TMP/errors_primary.db') AS r;
-- error: unsafe use of replica_sync
SELECT r FROM sneaky;

-- Sources on the network and the past.
-- error: no database; write https://HOST/NAME
SELECT replica_sync('https://example.org', '{"path":"$TMP/net.db"}');
-- error: a source has no parameters
SELECT replica_sync('https://example.org/a.db?version=1', '{"path":"$TMP/net.db"}');
-- error: a URL has no blanks, control characters or backslashes
SELECT replica_sync('https://example.org/a b.db', '{"path":"$TMP/net.db"}');
-- error: a URL has no blanks, control characters or backslashes
SELECT replica_sync('https://example.org/a.db' || char(9), '{"path":"$TMP/net.db"}');
-- error: secrets do not belong into a URL
SELECT replica_sync('https://user:password@example.org/a.db', '{"path":"$TMP/net.db"}');
-- error: cannot read a token from this file
SELECT replica_sync('https://127.0.0.1:1/a.db', '{"path":"$TMP/net.db","token_file":"$TMP/no-token"}');
-- error: is the server running? Nothing was changed
SELECT replica_sync('http://127.0.0.1:1/a.db', '{"path":"$TMP/net.db","timeout_ms":20}');
-- error: replica_restore: options: a timestamp or a bookmark is needed, not both
SELECT replica_restore('http://127.0.0.1:1/a.db', '$TMP/past.db', '{}');
-- error: only edgepack-serve keeps a history
SELECT replica_restore('file:$TMP/main.db', '$TMP/past.db', '{"bookmark":"x"}');
-- error: main.db: the file exists; restore into a new file
SELECT replica_restore('http://127.0.0.1:1/a.db', '$TMP/main.db', '{"bookmark":"x"}');
