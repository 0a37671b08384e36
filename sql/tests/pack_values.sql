-- Every type of value reaches the host as it left SQLite, and a failure as its message. What the
-- other test files show rests on this.

-- row: 1, -9223372036854775808, 9223372036854775807
SELECT 1, -9223372036854775807 - 1, 9223372036854775807;

-- row: 0.5, -1.0, 1e300, 9e999, -9e999
SELECT 0.5, -1.0, 1e300, 9e999, -9e999;

-- row: 'a; b -- c', 'it''s', 'größer ∑ 🙂', ''
SELECT 'a; b -- c', 'it''s', 'größer ∑ 🙂', '';

-- row: x'00ff1e0a', x''
SELECT x'00ff1e0a', x'';

-- row: NULL
SELECT NULL;

CREATE TABLE t(a, b);
CREATE TRIGGER copy AFTER INSERT ON t WHEN new.b IS NULL BEGIN
  INSERT INTO t VALUES(new.a || ';', 'copied');
  UPDATE t SET a = upper(a) WHERE b = 'copied';
END;
INSERT INTO t VALUES('one', NULL);

-- row: 'one', NULL
-- row: 'ONE;', 'copied'
SELECT a, b FROM t ORDER BY rowid;

SELECT 'a line end inside a text stays', 'x
y' = 'x' || char(10) || 'y';

-- error: no such table: missing
SELECT * FROM missing;

-- error: integer overflow
SELECT abs(-9223372036854775807 - 1);

CREATE TABLE u(a UNIQUE);
-- error: UNIQUE constraint failed: u.a
INSERT INTO u VALUES(1), (1);
SELECT 'a failed statement changes nothing', count(*) = 0 FROM u;

-- requires: sqlite >= 99
SELECT 'a host that is too old skips this', 0;
