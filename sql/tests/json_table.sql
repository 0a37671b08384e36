-- fjson_table and fjson_rows: a row for each node of a path, a column for each of several paths.
CREATE TABLE docs(id INTEGER PRIMARY KEY, doc TEXT);
INSERT INTO docs VALUES
  (1, '{"orders": [{"id": 1, "user": {"name": "Ada"}, "items": [{"sku": "a", "n": 2}, {"sku": "b"}], "note": null},
                   {"id": "7", "user": {}, "items": []},
                   {"id": 2.5, "total": "12.50", "tags": ["x", "y"], "items": [{"sku": "\u00e9"}]}]}'),
  (2, '{"orders": []}'), (3, NULL);
CREATE VIRTUAL TABLE temp.orders USING fjson_table('$.orders[*]',
  number FOR ORDINALITY,
  id INTEGER PATH '$.id' DEFAULT -1 ON ERROR, -- comments are SQL's
  name TEXT PATH '$.user.name' DEFAULT 'nobody' ON EMPTY,
  has_note EXISTS PATH '$.note',
  total REAL,
  "user" JSON,
  NESTED PATH '$.items[*]' COLUMNS (item FOR ORDINALITY, sku VARCHAR(20), n INT DEFAULT 1 ON EMPTY),
  NESTED '$.tags[*]' COLUMNS (tag TEXT PATH '$'));
-- row: 1, 1, 1, 'Ada', 1, NULL, '{"name":"Ada"}', 1, 'a', 2, NULL
-- row: 1, 1, 1, 'Ada', 1, NULL, '{"name":"Ada"}', 2, 'b', 1, NULL
-- row: 1, 2, 7, 'nobody', 0, NULL, '{}', NULL, NULL, NULL, NULL
-- row: 1, 3, -1, 'nobody', 0, 12.5, NULL, 1, 'é', 1, NULL
-- row: 1, 3, -1, 'nobody', 0, 12.5, NULL, NULL, NULL, NULL, 'x'
-- row: 1, 3, -1, 'nobody', 0, 12.5, NULL, NULL, NULL, NULL, 'y'
SELECT docs.id, o.* FROM docs, orders(docs.doc) AS o;
SELECT 'types', group_concat(DISTINCT typeof(o.id)) = 'integer' AND group_concat(DISTINCT typeof(total)) IN ('null,real')
  AND json_array("user") = '[{"name":"Ada"}]' FROM docs, orders(docs.doc) AS o WHERE docs.id = 1;
SELECT 'LIMIT leaves nothing behind', group_concat(tag) = 'x,y' AND count(*) = 6
  FROM docs AS d, (SELECT count(*) FROM (SELECT 1 FROM docs, orders(doc) LIMIT 5)), orders(d.doc);
SELECT 'no rows: an empty array, NULL, no document', count(*) = 0 FROM (
  SELECT 1 FROM docs, orders(doc) WHERE docs.id > 1 UNION ALL SELECT 1 FROM orders);
SELECT 'the document', count(*) = 6 FROM docs, orders(doc) AS o WHERE o.document = docs.doc;
SELECT 'LEFT JOIN', count(*) = 8 FROM docs LEFT JOIN orders(docs.doc);
SELECT 'a join the other way round', count(*) = 6 FROM orders(d.doc) JOIN docs AS d;

-- As json_each and json_extract have it, which read each order again for each column.
SELECT 'the same as json_each and json_extract', count(*) = 3 AND min(r.c1 IS json_extract(e.value, '$.id') AND r.c2 IS json_extract(e.value, '$.user.name')
    AND r.c3 IS json_extract(e.value, '$.items[0].sku') AND r.number = e.key + 1)
  FROM docs, fjson_rows(doc, '$.orders[*]', '$.id', '$.user.name', '$.items[0].sku') AS r, json_each(doc, '$.orders') AS e
 WHERE e.key = r.number - 1 AND docs.id = 1;
-- row: 1, 'a', NULL, 2
-- row: 2, 'b', 'b', NULL
-- row: 3, 'é', 'é', NULL
SELECT number, c1, c2, c3 FROM docs, fjson_rows(doc, '$..items[*]', '$.sku', '$.*', '$.n') WHERE c1 IS NOT NULL;
SELECT 'an unused column, containers are JSON', c2 IS NULL AND json_array(c1) = '[[1]]' FROM fjson_rows('{"a":[1]}', '$', '$.a');
SELECT 'the row itself, filters', group_concat(c1) = '3,5' FROM fjson_rows('[1,3,5]', '$[?@ > 2]', '$');
SELECT 'paths that change', group_concat(c1) = '1,2' FROM (SELECT c1 FROM (VALUES ('$.a'), ('$.b')) AS p, fjson_rows('{"a":1,"b":2}', '$', p.column1));
SELECT 'NULL, no arguments', count(*) = 0 FROM (SELECT 1 FROM fjson_rows(NULL, '$', '$') UNION ALL SELECT 1 FROM fjson_rows('[1]', NULL)
  UNION ALL SELECT 1 FROM fjson_rows);
SELECT 'only rows', count(*) = 3 AND max(number) = 3 FROM fjson_rows('[1,2,3]', '$[*]');

CREATE VIRTUAL TABLE kept USING fjson_table('$[*]', a INTEGER PATH '$.a' ERROR ON EMPTY ERROR ON ERROR, b JSON PATH '$..b' NULL ON ERROR, [c d] ANY, e REAL);
CREATE VIEW first AS SELECT a FROM kept('[{"a": 5}]');
PRAGMA trusted_schema = OFF;
SELECT 'in a view', a = 5 FROM first;
SELECT 'several nodes, names in quotes', b IS NULL AND "c d" = 'x' AND typeof(e) = 'real' FROM kept('[{"a":1, "b":{"b":2}, "c d":"x", "e":3}]');
SELECT 'limits of INTEGER', group_concat(a) = '9223372036854775807,-9223372036854775808,1000,1'
  FROM kept('[{"a":9223372036854775807},{"a":"-9223372036854775808"},{"a":1e3},{"a":true}]');
ALTER TABLE kept RENAME TO renamed;
SELECT 'renamed', a = 1 FROM renamed('[{"a":1}]');
DROP VIEW first;
DROP TABLE renamed;

CREATE VIRTUAL TABLE strict USING fjson_table('$[*]', a INTEGER PATH '$.a' ERROR ON EMPTY ERROR ON ERROR);
-- error: fjson_table: a: the path selects nothing
SELECT a FROM strict('[{}]');
-- error: fjson_table: a: the value is no INTEGER
SELECT a FROM strict('[{"a":1.5}]');
-- error: fjson_table: a: the value is no INTEGER
SELECT a FROM strict('[{"a":9223372036854775808}]');
-- error: malformed JSON
SELECT * FROM strict('[');
-- error: jsonpath: '$[': position 3
SELECT * FROM fjson_rows('[1]', '$[');
-- error: fjson_rows: a path is NULL
SELECT * FROM fjson_rows('[1]', '$', NULL);
-- error: fjson_table: a: unknown type INTEGR; types are INTEGER, REAL, TEXT, JSON and ANY
CREATE VIRTUAL TABLE x USING fjson_table('$[*]', a INTEGR);
-- error: fjson_table: expected the row path as a string, got 'a'
CREATE VIRTUAL TABLE x USING fjson_table(a INTEGER);
-- error: fjson_table: x: no columns
CREATE VIRTUAL TABLE x USING fjson_table('$[*]');
-- error: fjson_table: expected ORDINALITY, got 'EACH'
CREATE VIRTUAL TABLE x USING fjson_table('$[*]', a FOR EACH);
-- error: fjson_table: expected COLUMNS, got the end
CREATE VIRTUAL TABLE x USING fjson_table('$[*]', NESTED PATH '$.a');
-- error: fjson_table: expected a number or a string, got 'x'
CREATE VIRTUAL TABLE x USING fjson_table('$[*]', a INT DEFAULT x ON EMPTY);
-- error: duplicate column name
CREATE VIRTUAL TABLE x USING fjson_table('$[*]', a INT, a TEXT);
-- error: jsonpath: '$.': position 3
CREATE VIRTUAL TABLE x USING fjson_table('$[*]', a INT PATH '$.');
-- error: may not be modified
DELETE FROM strict;
