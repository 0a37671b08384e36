-- fjson_index: tables of array elements, kept by triggers.
CREATE TABLE docs(id INTEGER PRIMARY KEY, "the doc" TEXT, name TEXT UNIQUE);
INSERT INTO docs VALUES
  (1, '{"tags":["a","b","a",null,{"x": 1},2,2.5,true],"items":[{"sku":"s1","p":[1,2]},{"sku":"s2"},5,{"sku":null}]}', 'one'),
  (2, '{"tags":"a","items":{"k":{"sku":"no"}}}', 'two'), (3, NULL, 'three'), (4, 'no JSON', 'four'), (5, x'00ff', 'five'), (6, '{"tags":[]}', 'six');
SELECT 'the name', fjson_index('docs', 'the doc', '$.tags[*]') = 'docs_tags';
-- row: 1, 1
-- row: 2, 1
-- row: 2.5, 1
-- row: 'a', 1
-- row: 'b', 1
-- row: '{"x":1}', 1
SELECT value, row_id FROM docs_tags ORDER BY typeof(value) = 'text', value;
SELECT 'an element of a member', fjson_index('main.docs', 'THE DOC', '$.items[*].sku') = 'docs_items_sku';
SELECT 'its values', group_concat(value) = 's1,s2' FROM docs_items_sku;
SELECT 'elements of elements, a name', fjson_index('docs', 'the doc', '$.items[*].p[*]', 'parts') = 'parts';
SELECT 'their values', group_concat(value) = '1,2' FROM parts;

CREATE TABLE log(note);
INSERT INTO docs VALUES (7, '{"tags":["c", "\u00e9"]}', 'seven'), (8, '[', 'eight'), (9, '{"tags":["old"]}', 'nine');
SELECT 'INSERT', group_concat(value) = 'c,é' FROM docs_tags WHERE row_id = 7;
UPDATE docs SET "the doc" = '{"tags":["d"],"items":[{"sku":"s7"}]}' WHERE id = 7;
SELECT 'UPDATE', (SELECT group_concat(value) FROM docs_tags WHERE row_id = 7) = 'd'
  AND (SELECT group_concat(value) FROM docs_items_sku WHERE row_id = 7) = 's7';
UPDATE docs SET id = 70 WHERE id = 7;
UPDATE docs SET rowid = 71 WHERE id = 70;
SELECT 'UPDATE of the key', group_concat(row_id) = '71' FROM docs_tags WHERE value = 'd';
UPDATE docs SET "the doc" = 'D' WHERE id = 71;
SELECT 'UPDATE to what is no JSON', count(*) = 0 FROM docs_tags WHERE row_id = 71;
INSERT OR REPLACE INTO docs VALUES (1, '{"tags":["z"]}', 'one');
SELECT 'REPLACE', group_concat(value) = 'z' FROM docs_tags WHERE row_id = 1;
INSERT OR REPLACE INTO docs VALUES (10, '{"tags":["new"]}', 'nine'); -- row 9 goes, and no trigger hears of it
SELECT 'the join finds rows that are there', group_concat(docs.id) = '10' FROM docs JOIN docs_tags ON docs.id = row_id WHERE value IN ('old', 'new');
INSERT INTO docs VALUES (9, '{"tags":["again"]}', 'another');
SELECT 'a key that comes again', group_concat(value) = 'again' FROM docs_tags WHERE row_id = 9;
INSERT OR IGNORE INTO docs VALUES (10, '{"tags":["ignored"]}', 'x');
INSERT INTO docs VALUES (10, '{"tags":["up"]}', 'x') ON CONFLICT(id) DO UPDATE SET "the doc" = excluded."the doc";
SELECT 'IGNORE and upsert', group_concat(value) = 'up' FROM docs_tags WHERE row_id = 10;
DELETE FROM docs WHERE id = 10;
SELECT 'DELETE', count(*) = 0 FROM docs_tags WHERE row_id = 10;
PRAGMA recursive_triggers = ON;
INSERT OR REPLACE INTO docs VALUES (11, '{"tags":["r"]}', 'another');
PRAGMA recursive_triggers = OFF;
SELECT 'recursive triggers', group_concat(row_id) = '11' FROM docs_tags WHERE row_id IN (9, 11);
BEGIN;
DELETE FROM docs;
ROLLBACK;
SELECT 'ROLLBACK', count(*) > 0 FROM docs_tags;
SELECT 'the same as looking into each document', count(*) = 0 FROM (
  SELECT e.value, docs.id FROM docs, fjson_each(CASE WHEN fjson_valid("the doc") THEN "the doc" END, '$.tags') AS e
   WHERE typeof(e.key) = 'integer' AND e.value IS NOT NULL EXCEPT SELECT value, row_id FROM docs_tags);

CREATE TABLE plan(detail);
SELECT 'again, and with the same answer', fjson_index('docs', 'the doc', '$.tags[*]') = 'docs_tags';
SELECT 'and nothing twice', count(*) = 5 FROM sqlite_schema WHERE name LIKE 'docs\_tags%' ESCAPE '\';
ALTER TABLE docs RENAME TO papers;
ALTER TABLE papers RENAME COLUMN "the doc" TO body;
INSERT INTO papers VALUES (20, '{"tags":["renamed"]}', 'r');
SELECT 'a table that was renamed', group_concat(papers.id) = '20' FROM papers JOIN docs_tags ON papers.id = row_id WHERE value = 'renamed';

BEGIN;
SELECT 'dropped', fjson_drop_index('docs_tags') = 'docs_tags';
SELECT 'nothing is left', count(*) = 0 FROM sqlite_schema WHERE name LIKE 'docs\_tags%' ESCAPE '\';
ROLLBACK;
SELECT 'and not', count(*) = 5 FROM sqlite_schema WHERE name LIKE 'docs\_tags%' ESCAPE '\';
SELECT 'dropped with its table', fjson_drop_index('main."docs_tags"') = 'docs_tags';
INSERT INTO papers VALUES (21, '{"tags":["x"]}', 'after');

-- Other keys, other schemas.
CREATE TABLE pairs(a TEXT COLLATE NOCASE, b, "d.o""c" TEXT, PRIMARY KEY(a, b)) WITHOUT ROWID;
SELECT 'WITHOUT ROWID', fjson_index('pairs', 'd.o"c', '$[*]') = 'pairs_d.o"c';
INSERT INTO pairs VALUES ('x', 1, '[1,2]'), ('y', 2.5, '[2]');
INSERT OR REPLACE INTO pairs VALUES ('X', 1, '[3]');
SELECT 'two columns, and a collation', group_concat(v) = '2y2.5,3X1' FROM (SELECT value || row_a || row_b AS v FROM "pairs_d.o""c" ORDER BY 1);
UPDATE pairs SET a = 'Y' WHERE a = 'y';
SELECT 'another spelling of the key', group_concat(row_a) = 'Y' FROM "pairs_d.o""c" WHERE value = 2;
CREATE TEMP TABLE t(k TEXT NOT NULL PRIMARY KEY, d);
INSERT INTO t VALUES ('k', '[[1],[2,3]]');
SELECT 'a temporary table, nested', fjson_index('temp.t', 'd', '$[*][*]') = 't_d';
SELECT 'is itself temporary', sum(value) = 6 AND (SELECT count(*) FROM main.sqlite_schema WHERE name = 't_d') = 0 FROM temp.t_d;
CREATE TABLE "a.b"(id INTEGER PRIMARY KEY, d);
SELECT 'a quoted name', fjson_index('"a.b"', 'd', '$.x[0][*]."y.z"') = 'a.b_x_y.z';
INSERT INTO "a.b" VALUES (1, '{"x":[[{"y.z":5}]]}');
SELECT 'a path with quotes', value = 5 FROM "a.b_x_y.z";
-- requires: sqlite >= 3.41
PRAGMA trusted_schema = OFF;
INSERT INTO "a.b" VALUES (2, '{"x":[[{"y.z":6},{"y.z":7}]]}');
SELECT 'a schema that is not trusted', count(*) = 3 OR sqlite_version() < '3.41' FROM (SELECT * FROM "a.b_x_y.z" UNION ALL SELECT 1, 2 WHERE sqlite_version() < '3.41');
PRAGMA trusted_schema = ON;

-- error: fjson_index: nothing: no such table
SELECT fjson_index('nothing', 'd', '$[*]');
-- error: fjson_index: papers: no such column: d
SELECT fjson_index('papers', 'd', '$[*]');
-- error: fjson_index: $.tags: selects no elements; write [*], or CREATE INDEX for one value
SELECT fjson_index('papers', 'body', '$.tags');
-- error: fjson_index: $..tags[*]: no path
SELECT fjson_index('papers', 'body', '$..tags[*]');
-- error: fjson_index: plan: has no primary key that is never NULL; VACUUM renumbers
SELECT fjson_index('plan', 'detail', '$[*]');
-- error: fjson_index: log: is a table that fjson_index() did not make; give another name
SELECT fjson_index('papers', 'body', '$[*]', 'log');
-- error: fjson_drop_index: papers: is a table that fjson_index() did not make
SELECT fjson_drop_index('papers');
-- error: fjson_drop_index: nothing: no such table
SELECT fjson_drop_index('nothing');
-- error: fjson_index: a.b.c: no name of a table
SELECT fjson_index('a.b.c', 'd', '$[*]');
CREATE VIEW v AS SELECT * FROM papers;
-- error: fjson_index: v: is no ordinary table
SELECT fjson_index('v', 'body', '$[*]');
CREATE TABLE nullable(k TEXT PRIMARY KEY, d);
-- error: fjson_index: nullable: has no primary key that is never NULL
SELECT fjson_index('nullable', 'd', '$[*]');
-- error: fjson_index: an argument is NULL
SELECT fjson_index('papers', 'body', NULL);
CREATE VIEW unsafe AS SELECT fjson_drop_index('parts');
-- error: unsafe use of fjson_drop_index()
SELECT * FROM unsafe;
SELECT 'a failure leaves nothing behind', count(*) = 0 FROM sqlite_schema WHERE name LIKE 'log\_%' ESCAPE '\' OR name LIKE 'nullable\_%' ESCAPE '\';
