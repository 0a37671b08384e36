-- jsonpath_each: a row for each node, with its normalized path and its JSON Pointer.
CREATE TABLE document(id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO document VALUES
  (1, '{"a":[1,2.5,"t",true,null,{"k":[7, 8]}],"it''s":{"a/b":{"m~n":3}},"":4,"\u0001\n\\\u000b\"":5,"é":6}'),
  (2, '{"a":[]}'), (3, NULL), (4, '[[[1]]]');
CREATE TABLE expected(row INTEGER PRIMARY KEY, value, type, atom, path, pointer);
INSERT INTO expected(row, value, type, atom, path, pointer) VALUES
  (0, '[1,2.5,"t",true,null,{"k":[7,8]}]', 'array', NULL, '$[''a'']', '/a'),
  (1, '{"a/b":{"m~n":3}}', 'object', NULL, '$[''it\''s'']', '/it''s'),
  (2, 4, 'integer', 4, '$['''']', '/'),
  (3, 5, 'integer', 5, '$[''\u0001\n\\\u000b"'']', '/' || char(1, 10) || '\' || char(11) || '"'),
  (4, 6, 'integer', 6, '$[''é'']', '/é'),
  (5, 1, 'integer', 1, '$[''a''][0]', '/a/0'),
  (6, 2.5, 'real', 2.5, '$[''a''][1]', '/a/1'),
  (7, 't', 'text', 't', '$[''a''][2]', '/a/2'),
  (8, 1, 'true', 1, '$[''a''][3]', '/a/3'),
  (9, NULL, 'null', NULL, '$[''a''][4]', '/a/4'),
  (10, '{"k":[7,8]}', 'object', NULL, '$[''a''][5]', '/a/5'),
  (11, '[7,8]', 'array', NULL, '$[''a''][5][''k'']', '/a/5/k'),
  (12, 7, 'integer', 7, '$[''a''][5][''k''][0]', '/a/5/k/0'),
  (13, 8, 'integer', 8, '$[''a''][5][''k''][1]', '/a/5/k/1'),
  (14, '{"m~n":3}', 'object', NULL, '$[''it\''s''][''a/b'']', '/it''s/a~1b'),
  (15, 3, 'integer', 3, '$[''it\''s''][''a/b''][''m~n'']', '/it''s/a~1b/m~0n');
SELECT 'row ' || row, each.value IS expected.value AND typeof(each.value) = typeof(expected.value)
    AND each.type = expected.type AND each.atom IS expected.atom
    AND each.path = expected.path AND each.pointer = expected.pointer
  FROM expected LEFT JOIN (SELECT jsonpath_each.rowid AS number, jsonpath_each.* FROM document, jsonpath_each(body, '$..*') WHERE id = 1) AS each
    ON each.number = row;
SELECT 'as many rows as nodes', count(*) = jsonpath_count(body, '$..*') FROM document, jsonpath_each(body, '$..*') WHERE id = 1;
SELECT 'the path leads to the node', min(jsonpath_first(body, each.path) IS each.value)
  FROM document, jsonpath_each(body, '$..*') AS each WHERE id = 1;
SELECT 'the pointer leads to the node', min(json_pointer(body, each.pointer) IS each.value)
  FROM document, jsonpath_each(body, '$..*') AS each WHERE id = 1;
SELECT 'the root', path = '$' AND pointer = '' AND value = '[[[1]]]' FROM document, jsonpath_each(body, '$') WHERE id = 4;
SELECT 'containers are JSON', json_array(value) = '[[[1]]]' FROM jsonpath_each('[[[1]]]', '$[0]');
SELECT 'no nodes, no rows', count(*) = 0 FROM document, jsonpath_each(body, '$.a[*]') WHERE id = 2;
SELECT 'NULL gives no rows', count(*) = 0 FROM document, jsonpath_each(body, '$..*') WHERE id = 3;
SELECT 'a NULL path gives no rows', count(*) = 0 FROM jsonpath_each('[1]', NULL);
SELECT 'no arguments, no rows', count(*) = 0 FROM jsonpath_each;
SELECT 'one search after the other', group_concat(id || ':' || n) = '1:16,2:1,4:3'
  FROM (SELECT id, count(*) AS n FROM document, jsonpath_each(body, '$..*') GROUP BY id ORDER BY id);
SELECT 'two at once', count(*) = 9 FROM jsonpath_each('[1,2,3]', '$[*]') AS a, jsonpath_each('[1,2,3]', '$[*]') AS b;
SELECT 'WHERE and LIMIT', group_concat(value) = '2,3' FROM (SELECT value FROM jsonpath_each('[1,2,3,4]', '$[*]') WHERE value > 1 LIMIT 2);
PRAGMA trusted_schema = OFF;
CREATE VIEW leaf AS SELECT id, pointer, atom FROM document, jsonpath_each(body, '$..*') WHERE atom IS NOT NULL;
SELECT 'in a view', count(*) = 1 FROM leaf WHERE pointer = '/a/2' AND atom = 't';

-- error: malformed JSON
SELECT count(*) FROM jsonpath_each('{', '$');
-- error: jsonpath: '$.': position 3: expected a name or '*', got the end
SELECT count(*) FROM document, jsonpath_each(body, '$.');
-- error: may not be modified
DELETE FROM jsonpath_each;
