-- Nearest neighbours.

CREATE VIRTUAL TABLE t USING vec0(v float[2]);
INSERT INTO t(rowid, v) VALUES (1, '[0,0]'), (2, '[1,0]'), (3, '[0,2]'), (4, '[3,0]'), (5, '[0,4]'), (6, '[-1,0]');

-- k, in ascending order of distance without ORDER BY; rows at the same distance by rowid.
-- row: 1, 0.0
-- row: 2, 1.0
-- row: 6, 1.0
-- row: 3, 2.0
SELECT rowid, distance FROM t WHERE v MATCH '[0,0]' AND k = 4;
SELECT 'a blob as query', group_concat(rowid) = '1,2' FROM (SELECT rowid FROM t WHERE v MATCH vec_f32('[0,0]') AND k = 2);
SELECT 'more than there are', count(*) = 6 FROM t WHERE v MATCH '[0,0]' AND k = 100000;
SELECT 'k has no cap', count(*) = 6 FROM t WHERE v MATCH '[0,0]' AND k = 9223372036854775807;
SELECT 'k = 0', count(*) = 0 FROM t WHERE v MATCH '[0,0]' AND k = 0;

-- LIMIT in the place of k, and none of both: rows come in order until nobody asks for more.
SELECT 'LIMIT', group_concat(rowid) = '1,2,6' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' LIMIT 3);
SELECT 'ORDER BY and LIMIT', group_concat(rowid) = '1,2,6' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' ORDER BY distance LIMIT 3);
SELECT 'OFFSET', group_concat(rowid) = '6,3' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' ORDER BY distance LIMIT 2 OFFSET 2);
SELECT 'all in order', group_concat(rowid) = '1,2,6,3,4,5' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]');
SELECT 'the farthest', rowid = 5 FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' ORDER BY distance DESC LIMIT 1);
SELECT 'conditions on the rows that come', group_concat(rowid) = '2,6' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND rowid % 2 = 0 LIMIT 2);
SELECT 'k and LIMIT', group_concat(rowid) = '1,2' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 4 LIMIT 2);
SELECT 'another order of the k nearest', group_concat(rowid) = '6,2,1' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 3 ORDER BY rowid DESC);

-- Only some rows.
SELECT 'rowid IN', group_concat(rowid) = '6,5' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 2 AND rowid IN (5, 6, 77));
SELECT 'rowid IN (SELECT)', group_concat(rowid) = '2,4' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 2 AND rowid IN (SELECT value FROM json_each('[2,4,5]')));
SELECT 'an empty list', count(*) = 0 FROM t WHERE v MATCH '[0,0]' AND k = 2 AND rowid IN (SELECT 1 WHERE 0);
SELECT 'no rowid in the list', count(*) = 0 FROM t WHERE v MATCH '[0,0]' AND k = 2 AND rowid IN ('x', NULL, 0.5);

-- Only some distances: the k nearest of those.
SELECT 'at most', group_concat(rowid) = '1,2,6' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 9 AND distance <= 1);
SELECT 'less', group_concat(rowid) = '1' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 9 AND distance < 1);
SELECT 'the next page', group_concat(rowid) = '3,4' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 2 AND distance > 1);
SELECT 'BETWEEN', group_concat(rowid) = '2,6,3' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND k = 9 AND distance BETWEEN 1 AND 2);
SELECT 'without k', group_concat(rowid) = '1,2,6,3' FROM (SELECT rowid FROM t WHERE v MATCH '[0,0]' AND distance < 2.5);
SELECT 'NULL', count(*) = 0 FROM t WHERE v MATCH '[0,0]' AND k = 9 AND distance < NULL;

-- Joins run the search once, whatever the order of the tables.
CREATE TABLE names(id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO names VALUES (1, 'one'), (2, 'two'), (3, 'three'), (6, 'six');
SELECT 'join', group_concat(name) = 'one,two,six' FROM (SELECT name FROM names JOIN t ON t.rowid = names.id WHERE v MATCH '[0,0]' AND k = 3 ORDER BY distance);
SELECT 'join with a LIMIT outside', group_concat(name) = 'one,two' FROM (SELECT name FROM t JOIN names ON t.rowid = names.id WHERE v MATCH '[0,0]' AND k = 5 ORDER BY distance LIMIT 2);
SELECT 'a query vector from another table', group_concat(q.value || ':' || t.rowid, ' ') = '[0,0]:1 [3,0]:4' FROM json_each('["[0,0]", "[3,0]"]') q JOIN t WHERE v MATCH q.value AND k = 1;

-- Metrics.
CREATE VIRTUAL TABLE m USING vec0(l1 float[3] distance_metric=l1, cosine float[3] distance_metric=cosine, i int8[2], ic int8[2] distance_metric=cosine, b bit[16]);
INSERT INTO m(rowid, l1, cosine, i, ic, b) VALUES (1, '[1,2,3]', '[1,0,0]', vec_int8('[127,-128]'), vec_int8('[1,0]'), vec_bit(x'ffff')), (2, '[0,0,0]', '[0.5,0.5,0]', vec_int8('[0,0]'), vec_int8('[1,1]'), vec_bit(x'0001'));
SELECT 'L1', group_concat(rowid) = '2,1' AND sum(distance) = 12 FROM (SELECT rowid, distance FROM m WHERE l1 MATCH '[0,-1,-2]' AND k = 2);
SELECT 'cosine', group_concat(rowid) = '1,2' AND abs(max(distance) - 0.292893219) < 1e-6 FROM (SELECT rowid, distance FROM m WHERE cosine MATCH '[9,0,0]' AND k = 2);
SELECT 'int8', group_concat(rowid) = '2,1' AND abs(max(distance) - 180.313615) < 1e-4 FROM (SELECT rowid, distance FROM m WHERE i MATCH vec_int8('[0,0]') AND k = 2);
SELECT 'cosine of int8', group_concat(rowid) = '1,2' AND abs(max(distance) - 0.292893219) < 1e-6 FROM (SELECT rowid, distance FROM m WHERE ic MATCH vec_int8('[2,0]') AND k = 2);
SELECT 'Hamming', group_concat(rowid) = '2,1' AND sum(distance) = 17 FROM (SELECT rowid, distance FROM m WHERE b MATCH vec_bit(x'0000') AND k = 2);

-- The distance is what the function says.
SELECT 'as vec_distance_l2', abs(distance - vec_distance_l2(v, '[0.3,0.7]')) < 1e-6 FROM t WHERE v MATCH '[0.3,0.7]' AND k = 6;

-- A zero vector has no direction: its cosine distance is NULL, and comes last.
INSERT INTO m(rowid, l1, cosine, i, ic, b) VALUES (3, '[0,0,0]', '[0,0,0]', vec_int8('[0,0]'), vec_int8('[0,0]'), vec_bit(x'0000'));
SELECT 'a zero vector under cosine', group_concat(rowid || coalesce(':' || round(distance, 3), ' has none'), ', ') = '1:0.0, 2:0.293, 3 has none' FROM (SELECT rowid, distance FROM m WHERE cosine MATCH '[9,0,0]' AND k = 3);

-- Many rows against the function, row by row.
CREATE VIRTUAL TABLE big USING vec0(v float[8], i int8[8] distance_metric=l1);
INSERT INTO big(v, i) WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 2000), n AS (SELECT x, json_array(x * 7919 % 101, x * 104729 % 97, x * 1299709 % 89, x * 15485863 % 83, x % 79, x % 73, x % 71, x % 67) AS j FROM c) SELECT vec_f32(j), vec_int8(j) FROM n;
SELECT 'as sorting by the function', (SELECT group_concat(rowid) FROM (SELECT rowid FROM big WHERE v MATCH '[50,50,50,50,50,50,50,50]' AND k = 300)) = (SELECT group_concat(rowid) FROM (SELECT rowid FROM big ORDER BY vec_distance_l2(v, '[50,50,50,50,50,50,50,50]'), rowid LIMIT 300));
SELECT 'as sorting by the function, int8 and L1', (SELECT group_concat(rowid) FROM (SELECT rowid FROM big WHERE i MATCH vec_int8('[50,50,50,50,50,50,50,50]') LIMIT 500)) = (SELECT group_concat(rowid) FROM (SELECT rowid FROM big ORDER BY vec_distance_l1(i, vec_int8('[50,50,50,50,50,50,50,50]')), rowid LIMIT 500));
