-- fjson_each and fjson_tree: the rows of json_each and json_tree, whatever the version.
CREATE TABLE document(id INTEGER PRIMARY KEY, body, root TEXT);
INSERT INTO document(body, root) VALUES
  ('{"a":[1, 2.5, "t", true, null, {"k" : [7, 8]}], "it''s":{"a/b":{"m~n":3}}, "":4, "é":"\u00e9\n", "a1":[], "_x":{}, "a":9}', '$.a'),
  ('{"a":[1, 2.5, "t", true, null, {"k" : [7, 8]}]}', '$.a[5]'), ('{"a":[1, 2, {"k":[7, 8]}]}', '$.a[#-1].k'),
  ('{"a":[[1, 2], [3, [4]]]}', '$."a"[1]'), ('{"x y":{"b":{"c":1}}, "z":2}', '$."x y".b'), ('{"x":1,"b":{"c":[1]}}', '$.b'),
  ('[1,2,3]', '$'), ('[]', '$'), ('{}', '$'), ('"text"', '$'), ('17', '$'), ('null', '$'), ('[5,[6,[7]]]', '$[1]'), ('[5,[6,[7]]]', '$[1][1][0]'),
  ('{"a":{"b":true}}', '$.a.b'), ('{"a":{"b":true}}', '$.a.c'), ('{"a":1}', '$.b[xx'), ('{"a":1}', NULL), (NULL, '$'), (NULL, 'wrong'),
  (12, '$'), (x'5b312c225d225d', '$[1]'), ('["\u0000x","\ud800",1e400,-0.0,9223372036854775808]', '$'), ('{"\u0061":{"b":1}}', '$'),
  ('[' || replace(hex(zeroblob(200)), '00', '1,') || '"' || replace(hex(zeroblob(40000)), '0', 'x') || '",{"k":[1]},"' ||
   replace(hex(zeroblob(6)), '0', 'y') || '",{"l":"' || replace(hex(zeroblob(100)), '0', 'z') || '"}]', '$[201]'),
  ('{' || replace(hex(zeroblob(100)), '00', '"k":[1],') || '"m":{"n":[2]}}', '$.m');
CREATE VIEW built_in AS
  SELECT 'each' AS of, d.id AS document, v.rowid AS row, key, quote(value) AS value, json_array(value) AS marked, type, quote(atom) AS atom, v.id, parent,
         fullkey, path, json, v.root FROM document AS d, json_each(body) AS v
  UNION ALL SELECT 'each of a root', d.id, v.rowid, key, quote(value), json_array(value), type, quote(atom), v.id, parent, fullkey, path, json, v.root
    FROM document AS d, json_each(body, d.root) AS v
  UNION ALL SELECT 'tree', d.id, v.rowid, key, quote(value), json_array(value), type, quote(atom), v.id, parent, fullkey, path, json, v.root
    FROM document AS d, json_tree(body) AS v
  UNION ALL SELECT 'tree of a root', d.id, v.rowid, key, quote(value), json_array(value), type, quote(atom), v.id, parent, fullkey, path, json, v.root
    FROM document AS d, json_tree(body, d.root) AS v;
CREATE VIEW twin AS
  SELECT 'each' AS of, d.id AS document, v.rowid AS row, key, quote(value) AS value, json_array(value) AS marked, type, quote(atom) AS atom, v.id, parent,
         fullkey, path, json, v.root FROM document AS d, fjson_each(body) AS v
  UNION ALL SELECT 'each of a root', d.id, v.rowid, key, quote(value), json_array(value), type, quote(atom), v.id, parent, fullkey, path, json, v.root
    FROM document AS d, fjson_each(body, d.root) AS v
  UNION ALL SELECT 'tree', d.id, v.rowid, key, quote(value), json_array(value), type, quote(atom), v.id, parent, fullkey, path, json, v.root
    FROM document AS d, fjson_tree(body) AS v
  UNION ALL SELECT 'tree of a root', d.id, v.rowid, key, quote(value), json_array(value), type, quote(atom), v.id, parent, fullkey, path, json, v.root
    FROM document AS d, fjson_tree(body, d.root) AS v;
SELECT 'rows of ' || of, (SELECT group_concat(document || ':' || rows) FROM (SELECT document, count(*) AS rows FROM twin WHERE twin.of = b.of GROUP BY 1))
    = group_concat(document || ':' || rows) AND count(*) > 10
  FROM (SELECT of, document, count(*) AS rows FROM built_in GROUP BY 1, 2) AS b GROUP BY of;
SELECT 'nothing that the built-in tables do not have', count(*) = 0 FROM (SELECT * FROM twin EXCEPT SELECT * FROM built_in);
SELECT 'everything that they have', count(*) = 0 FROM (SELECT * FROM built_in EXCEPT SELECT * FROM twin);

-- What every version answers.
-- row: 'a', 1, 'integer', 1, '$.a', '$'
-- row: 'b c', '[2,"x"]', 'array', NULL, '$."b c"', '$'
SELECT key, value, type, atom, fullkey, path FROM fjson_each('{"a": 1, "b c": [2, "x"]}');
-- row: NULL, '$', NULL
-- row: 'b c', '$."b c"', NULL
-- row: 0, '$."b c"[0]', 2
-- row: 1, '$."b c"[1]', 'x'
SELECT key, fullkey, atom FROM fjson_tree('{"b c": [2, "x"]}');
SELECT 'containers are JSON', json_array(value) = '[[1,2]]' FROM fjson_each('{"a":[1, 2]}');
SELECT 'no arguments, no rows', count(*) = 0 FROM fjson_each;
SELECT 'a NULL document', count(*) = 0 FROM fjson_tree(NULL);
SELECT 'a NULL root', count(*) = 0 FROM fjson_tree('[1]', NULL);
SELECT 'hidden columns as constraints', count(*) = 2 FROM fjson_each WHERE json = '{"a":[1,2]}' AND root = '$.a';
SELECT 'a join, the argument from the outer table', group_concat(v) = '1,2,3'
  FROM (SELECT e.value AS v FROM (SELECT '[[1],[2,3]]' AS j) AS d, fjson_each(d.j) AS o, fjson_each(o.value) AS e ORDER BY 1);
SELECT 'a join written the other way round', sum(e.value) = 6 FROM fjson_each(d.j) AS e JOIN (SELECT '[1,2,3]' AS j) AS d;
SELECT 'LEFT JOIN', group_concat(coalesce(e.value, '-')) = '1,-,2'
  FROM (SELECT column1 AS j FROM (VALUES ('[1]'), ('[]'), ('[2]'))) AS d LEFT JOIN fjson_each(d.j) AS e;
SELECT 'correlated', (SELECT group_concat(value) FROM fjson_each(d.j) WHERE value > 1) = '2,3' FROM (SELECT '[1,2,3]' AS j) AS d;
SELECT 'EXISTS', count(*) = 1 FROM (VALUES ('[1,5]'), ('[2]')) AS d WHERE EXISTS (SELECT 1 FROM fjson_each(d.column1) WHERE value = 5);
SELECT 'two at once', count(*) = 9 FROM fjson_each('[1,2,3]') AS a, fjson_each('[1,2,3]') AS b;
SELECT 'calls of twins in between', sum(fjson_value(e.value, '$.v') = fjson_value(d.j, '$[' || e.key || '].v')) = 3
  FROM (SELECT '[{"v":1},{"v":2},{"v":3}]' AS j) AS d, fjson_each(d.j) AS e;
SELECT 'ORDER BY rowid', group_concat(value) = '3,1,2' FROM (SELECT value FROM fjson_each('[3,1,2]') ORDER BY rowid);
SELECT 'ORDER BY rowid DESC', group_concat(value) = '2,1,3' FROM (SELECT value FROM fjson_each('[3,1,2]') ORDER BY rowid DESC);
SELECT 'LIMIT', group_concat(value) = '2,3' FROM (SELECT value FROM fjson_each('[1,2,3,4]') LIMIT 2 OFFSET 1);
SELECT 'deeper than the strict reader goes', count(*) = 301 FROM fjson_tree(replace(hex(zeroblob(150)), '0', '[') || 1 || replace(hex(zeroblob(150)), '0', ']'));
SELECT 'one key', (SELECT group_concat(d.id || fullkey || e.rowid) FROM document AS d, json_tree(body) AS e WHERE key = 'k')
  = group_concat(d.id || fullkey || e.rowid) AND count(*) > 100 FROM document AS d, fjson_tree(body) AS e WHERE key = 'k';
SELECT 'one key, written with an escape', count(*) = 1 FROM fjson_each('{"\u0061":1}') WHERE key = 'a';
SELECT 'one key, whatever its case', count(*) = 2 FROM fjson_each('{"a":1,"A":2}') WHERE key = 'a' COLLATE NOCASE;
SELECT 'a key that is a number', count(*) = 1 FROM fjson_each('[1,2]') WHERE key = 1;
SELECT 'a key that is no text', count(*) = 0 FROM fjson_each('[1,2]') WHERE key = '1';
SELECT 'one key and LEFT JOIN', count(*) = 3 AND count(e.value) = 1
  FROM (VALUES ('{"x":1}'), ('{"y":1}'), ('[]')) AS d LEFT JOIN fjson_each(d.column1) AS e ON e.key = 'x';
PRAGMA trusted_schema = OFF;
CREATE TABLE seen(value);
CREATE TABLE incoming(body TEXT);
CREATE TRIGGER unpack AFTER INSERT ON incoming BEGIN INSERT INTO seen SELECT value FROM fjson_each(new.body); END;
INSERT INTO incoming VALUES ('[1,"two"]');
SELECT 'in a trigger', group_concat(value) = '1,two' FROM seen;
CREATE VIEW leaf AS SELECT d.id AS id, fullkey, atom FROM document AS d, fjson_tree(body) WHERE atom IS NOT NULL;
SELECT 'in a view', count(*) = 1 FROM leaf WHERE id = 1 AND fullkey = '$.a[5].k[1]' AND atom = 8;
-- requires: sqlite >= 3.45
SELECT 'JSON5 and JSONB', (SELECT group_concat(key || '=' || value) FROM fjson_each('{a:1,''b'':+2,}')) = 'a=1,b=2'
  AND (SELECT group_concat(fullkey) FROM fjson_tree(jsonb('{"a":[1]}'))) = '$,$.a,$.a[0]';

-- error: malformed JSON
SELECT count(*) FROM fjson_each('[1,2');
-- error: malformed JSON
SELECT count(*) FROM fjson_tree('[1,2', NULL);
-- error: JSON
SELECT count(*) FROM fjson_each('[1]', 'a');
-- error: JSON
SELECT count(*) FROM fjson_tree('{"a":1}', '$..a');
-- error: may not be modified
DELETE FROM fjson_each;
-- error: no such column
SELECT keys FROM fjson_each('[1]');
