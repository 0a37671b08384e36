-- Partition keys, metadata and auxiliary columns: what they take, and conditions on them.
CREATE VIRTUAL TABLE movies USING vec0(
  movie_id INTEGER PRIMARY KEY,
  owner TEXT PARTITION KEY,
  synopsis float[1],
  is_favorited boolean,
  genre text,
  num_reviews int,
  mean_rating float,
  +title text,
  +minutes integer,
  chunk_size=8
);
INSERT INTO movies(movie_id, owner, synopsis, is_favorited, genre, num_reviews, mean_rating, title, minutes) VALUES
  (1, 'ann', '[1]', 0, 'horror', 153, 4.6, 'The Conjuring', 112),
  (2, 'bob', '[2]', 0, 'comedy', 382, 2.6, 'Dumb and Dumber', 107),
  (3, 'ann', '[3]', 0, 'scifi', 53, 5.0, 'Interstellar', 169),
  (4, 'bob', '[4]', 0, 'fantasy', 210, 4.2, 'The Lord of the Rings', 178),
  (5, 'ann', '[5]', 1, 'documentary', 93, 3.4, 'An Inconvenient Truth', 96),
  (6, 'bob', '[6]', 1, 'horror', 167, 4.7, 'Hereditary', NULL),
  (7, 'ann', '[7]', 1, 'comedy', 482, 2.9, 'Anchorman', 94),
  (8, 'bob', '[8]', 0, 'scifi', 301, 5.0, 'Blade Runner 2049', 164),
  (9, NULL, '[9]', NULL, NULL, NULL, NULL, NULL, NULL),
  (10, 'ann', '[10]', 0, 'twelve bytes', 9223372036854775807, -0.0, 'Free Solo', 100);

-- Types.
-- row: 'integer', 'text', 'integer', 'real', 'text', 'integer'
SELECT typeof(is_favorited), typeof(genre), typeof(num_reviews), typeof(mean_rating), typeof(title), typeof(minutes) FROM movies WHERE movie_id = 1;
SELECT 'everything but the vector may be NULL', owner IS NULL AND is_favorited IS NULL AND genre IS NULL AND num_reviews IS NULL AND mean_rating IS NULL AND title IS NULL FROM movies WHERE movie_id = 9;
-- error: Expected 0 or 1 for BOOLEAN metadata column is_favorited
INSERT INTO movies(synopsis, is_favorited) VALUES ('[1]', 2);
-- error: Expected 0 or 1 for BOOLEAN metadata column is_favorited
INSERT INTO movies(synopsis, is_favorited) VALUES ('[1]', 'yes');
-- error: Expected integer for INTEGER metadata column num_reviews, received TEXT
INSERT INTO movies(synopsis, num_reviews) VALUES ('[1]', '12');
-- error: Expected float for FLOAT metadata column mean_rating, received INTEGER
INSERT INTO movies(synopsis, mean_rating) VALUES ('[1]', 4);
-- error: Expected text for TEXT metadata column genre, received BLOB
INSERT INTO movies(synopsis, genre) VALUES ('[1]', x'00');
-- error: Parition key type mismatch: The partition key column owner has type TEXT, but INTEGER was provided.
INSERT INTO movies(synopsis, owner) VALUES ('[1]', 5);
-- error: Expected integer for INTEGER metadata column num_reviews, received
UPDATE movies SET num_reviews = 1.5 WHERE movie_id = 1;
SELECT 'nothing was written', count(*) = 10 FROM movies;

-- Conditions on metadata choose before k rows are counted.
-- row: 3
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre = 'scifi';
-- row: 1
-- row: 3
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND mean_rating BETWEEN 4.5 AND 5;
-- row: 4
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND num_reviews >= 200 AND num_reviews < 350.5;
-- row: 5
-- row: 6
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND is_favorited = TRUE;
-- row: 1
-- row: 2
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND is_favorited < 1;
-- row: 9
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre IS NULL;
-- row: 9
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND is_favorited IS NULL AND num_reviews IS NULL AND mean_rating IS NULL;
-- row: 10
-- row: 9
SELECT movie_id FROM movies WHERE synopsis MATCH '[10]' AND k = 2 AND genre IS NOT 'scifi';
-- row: 10
-- row: 7
SELECT movie_id FROM movies WHERE synopsis MATCH '[10]' AND k = 2 AND genre <> 'scifi';
-- row: 10
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre >= 'twelve bytes';
-- row: 10
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND mean_rating = 0 AND num_reviews > 9223372036854775806;
-- row: 2
-- row: 3
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre IN ('comedy', 'scifi', 'nothing', NULL, 5);
-- row: 3
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND mean_rating IN (5, 'x');
-- row: 1
-- row: 6
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre LIKE 'HOR%';
-- row: 2
-- row: 7
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre GLOB 'c*y';
-- row: 1
-- row: 6
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre = 'HORROR' COLLATE NOCASE;
-- row: 1
-- row: 6
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND num_reviews LIKE '1%' AND genre = 'horror';
-- row: 3
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND num_reviews = '53';
SELECT 'nothing equals NULL', count(*) = 0 FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND genre = NULL;
PRAGMA case_sensitive_like = ON;
SELECT 'LIKE is what the connection says', count(*) = 0 FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND genre LIKE 'HOR%';
PRAGMA case_sensitive_like = OFF;

-- So do those on partition keys, with any operator.
-- row: 2
-- row: 4
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND owner = 'bob';
-- row: 1
-- row: 2
-- row: 3
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 3 AND owner IN ('ann', 'bob');
-- row: 9
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 3 AND owner IS NULL;
-- row: 2
-- row: 4
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND owner > 'ann';
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND owner LIKE 'B%' AND genre = 'scifi';
-- row: 1
-- row: 2
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND owner IS NOT 'nobody';
SELECT 'a partition that is not there', count(*) = 0 FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND owner = 'eve';

-- And on auxiliary columns.
-- row: 3
-- row: 4
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND minutes > 150;
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 1 AND title LIKE '%runner%';
-- row: 6
-- row: 9
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND minutes IS NULL;
-- row: 7
-- row: 10
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND title IN ('Free Solo', 'Anchorman');

-- Keys.
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 1 AND movie_id = 8;
-- row: 4
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 2 AND movie_id IN (8, 4, 9, 77) AND owner = 'bob';

-- Without k rows come until LIMIT is satisfied, whatever the conditions are.
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND (genre = 'scifi' OR minutes = 94) AND NOT is_favorited ORDER BY distance LIMIT 1 OFFSET 1;
-- row: 10
-- row: 8
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND genre NOT IN ('comedy') ORDER BY distance DESC LIMIT 2;
-- row: 4
-- row: 6
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND owner = 'bob' AND distance > 2 AND distance < 7;

-- Changes.
UPDATE movies SET owner = 'cat', genre = 'a genre with a name that is longer than the old one' WHERE movie_id = 3;
-- row: 3, 'a genre with a name that is longer than the old one', 53
SELECT movie_id, genre, num_reviews FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND owner = 'cat';
SELECT 'it left its old partition', count(*) = 0 FROM movies WHERE synopsis MATCH '[3]' AND k = 5 AND owner = 'ann' AND movie_id = 3;
UPDATE movies SET genre = NULL, mean_rating = NULL WHERE movie_id = 3;
-- row: 3
-- row: 9
SELECT movie_id FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND genre IS NULL AND mean_rating IS NULL;
UPDATE movies SET owner = NULL WHERE owner = 'bob';
SELECT 'partition keys of many rows', count(*) = 5 FROM movies WHERE synopsis MATCH '[0]' AND k = 50 AND owner IS NULL;
DELETE FROM movies WHERE genre = 'horror';
SELECT 'rows are deleted by their metadata', count(*) = 8 FROM movies;
DELETE FROM movies WHERE owner = 'cat';
SELECT 'an empty list goes', count(*) = 2 FROM movies_lists;
INSERT OR REPLACE INTO movies(movie_id, owner, synopsis, genre) VALUES (5, 'bob', '[5]', 'new');
-- row: 5, NULL, 'new'
SELECT movie_id, num_reviews, genre FROM movies WHERE synopsis MATCH '[0]' AND k = 5 AND owner = 'bob';

-- Two vector columns share a row's metadata.
CREATE VIRTUAL TABLE two USING vec0(a float[2], b int8[2] distance_metric=l1, tag text, chunk_size=8);
INSERT INTO two(rowid, a, b, tag) VALUES (1, '[1,0]', vec_int8('[9,0]'), 'x'), (2, '[2,0]', vec_int8('[8,0]'), 'y'), (3, '[3,0]', vec_int8('[7,0]'), 'x');
-- row: 1
-- row: 3
SELECT rowid FROM two WHERE a MATCH '[0,0]' AND k = 2 AND tag = 'x';
-- row: 3
-- row: 1
SELECT rowid FROM two WHERE b MATCH vec_int8('[0,0]') AND k = 2 AND tag = 'x';

-- A join runs the nearest-neighbour query once.
CREATE TABLE tags(tag TEXT PRIMARY KEY, label TEXT);
INSERT INTO tags VALUES ('x', 'ex'), ('y', 'why');
-- row: 1, 'ex'
-- row: 2, 'why'
SELECT two.rowid, label FROM two JOIN tags ON tags.tag = two.tag WHERE a MATCH '[0,0]' ORDER BY distance LIMIT 2;
-- row: 3, 'ex'
SELECT two.rowid, label FROM tags JOIN two USING (tag) WHERE a MATCH '[9,0]' AND k = 1;

-- Names in quotes.
CREATE VIRTUAL TABLE "odd names" USING vec0("the vector" float[1], "the tenant" text partition key, "a ""quoted"" tag" text, +"the note" text);
INSERT INTO "odd names"("the vector", "the tenant", "a ""quoted"" tag", "the note") VALUES ('[1]', 't', 'a', 'n');
-- row: 1, 'n'
SELECT rowid, "the note" FROM "odd names" WHERE "the vector" MATCH '[0]' AND k = 1 AND "the tenant" = 't' AND "a ""quoted"" tag" = 'a' AND "the note" = 'n';
ALTER TABLE "odd names" RENAME TO plain;
INSERT INTO plain("the vector", "the tenant", "a ""quoted"" tag") VALUES ('[2]', 'u', 'b');
-- row: 2
SELECT rowid FROM plain WHERE "the vector" MATCH '[0]' AND k = 1 AND "the tenant" = 'u';
-- error: UPSERT not implemented for virtual table
INSERT INTO plain(rowid, "the vector") VALUES (1, '[1]') ON CONFLICT (rowid) DO UPDATE SET "the note" = 'x';
DROP TABLE plain;
SELECT 'nothing is left', count(*) = 0 FROM sqlite_master WHERE name LIKE 'plain%';
