-- The twins fail where the built-in functions fail, with their words.
-- error: malformed JSON
SELECT fjson_extract('{"a":1', '$.a');
-- error: malformed JSON
SELECT fjson_get('{"a":1} x', '$.a');
-- error: malformed JSON
SELECT fjson_value('', '$.a');
-- error: malformed JSON
SELECT fjson_extract('{"a":1,"b":[1,2}', '$.a');
-- error: malformed JSON
SELECT fjson_extract('["\ud8"]', '$');
-- error: malformed JSON
SELECT fjson_extract('[1]]', '$', '$');
-- The document is judged first, the path after it.
-- error: malformed JSON
SELECT fjson_extract('{', 'no path');
-- error: path
SELECT fjson_extract('{"a":1}', 'a');
-- error: path
SELECT fjson_extract('{"a":1}', '$.');
-- error: path
SELECT fjson_extract('{"a":1}', '$.a', '$b');
-- error: wrong number of arguments to function fjson_get()
SELECT fjson_get('{"a":1}');
-- error: wrong number of arguments to function fjson_value()
SELECT fjson_value('{"a":1}', '$.a', '$.b');

SELECT 'what the path never reaches is no error', fjson_extract('{"a":1}', '$.b[xx') IS NULL;
SELECT 'NULL in, NULL out', fjson_extract(NULL, '$.a') IS NULL AND fjson_get(NULL, '$.a') IS NULL
       AND fjson_value('{"a":1}', NULL) IS NULL AND fjson_extract(NULL, 'no path', '$') IS NULL;

-- A failed statement writes nothing.
CREATE TABLE t(body TEXT, a AS (fjson_extract(body, '$.a')));
CREATE INDEX t_a ON t(a);
INSERT INTO t(body) VALUES ('{"a":1}');
-- error: malformed JSON
INSERT INTO t(body) VALUES ('{"a":2}'), ('{"a":');
SELECT 'only the good row is there', count(*) = 1 AND max(a) = 1 FROM t;
