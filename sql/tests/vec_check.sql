-- vec_check looks at everything that belongs to a table.
CREATE VIRTUAL TABLE sound USING vec0(id text primary key, p text partition key, f float[3] distance_metric=cosine, b bit[8], m integer, s text, +n text);
SELECT 'an empty table is sound', vec_check('sound') = 'ok';
INSERT INTO sound(id, p, f, b, m, s, n) VALUES ('a', 'x', '[1,2,3]', vec_bit(x'01'), 1, 'short', 'one'), ('b', 'y', '[3,2,1]', vec_bit(x'02'), NULL, 'a text of some length', NULL), ('c', 'x', '[0,0,1]', vec_bit(x'03'), 3, NULL, 'three');
SELECT 'a filled one as well', vec_check('sound') = 'ok';
UPDATE sound SET f = '[4,5,6]', m = 7, s = 'changed' WHERE id = 'b';
DELETE FROM sound WHERE id = 'a';
SELECT 'after changes', vec_check('sound') = 'ok';
BEGIN;
INSERT INTO sound(id, p, f, b) VALUES ('d', 'z', '[1,0,0]', vec_bit(x'04'));
SELECT 'inside a transaction', vec_check('sound') = 'ok';
ROLLBACK;
SELECT 'after it was rolled back', vec_check('sound') = 'ok';
SELECT 'the schema may be named', vec_check('SOUND', 'Main') = 'ok';
ALTER TABLE sound RENAME TO renamed;
SELECT 'under a new name', vec_check('renamed') = 'ok';
-- error: vec_check: sound: there is no vec0 table of this name
SELECT vec_check('sound');
CREATE TABLE plain(x);
-- error: vec_check: plain: there is no vec0 table of this name
SELECT vec_check('plain');
-- error: vec_check: renamed: there is no vec0 table of this name
SELECT vec_check('renamed', 'temp');
-- row: 'ok'
PRAGMA integrity_check;
-- row: 'ok'
PRAGMA quick_check;
DROP TABLE renamed;
