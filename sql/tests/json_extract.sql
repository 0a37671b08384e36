-- fjson_extract, fjson_get and fjson_value answer what json_extract, -> and ->> answer.
CREATE TABLE documents(id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO documents(body) VALUES
  ('{"name":"Ada","age":36,"tags":["x","y"],"address":{"city":"London","zip":null},"score":99.5,"ok":true}'),
  (' { "name" : "Gr\u00e9ta \ud83d\ude00" , "age" : 9223372036854775808 , "tags" : [ ] , "ok" : false } '),
  ('{"name":"first","name":"second","a.b":1,"":2,"tags":[[1, 2],{"k" : "v"}]}'),
  ('[1, 2.50e+1, "three", null, true, [ ], { }]'),
  ('"just a string"'), ('-0'), ('null'), ('[]'), ('{}'),
  ('{"caf\u00e9":1,"a\"b":2,"\u0061":3}'),
  (NULL);
CREATE TABLE paths(path TEXT);
INSERT INTO paths VALUES
  ('$'), ('$.name'), ('$.age'), ('$.tags'), ('$.tags[0]'), ('$.tags[#-1]'), ('$.tags[#]'), ('$.tags[#-3]'),
  ('$.address.city'), ('$.address.zip'), ('$.address'), ('$.score'), ('$.ok'), ('$."a.b"'), ('$.""'), ('$.missing'),
  ('$[1]'), ('$[2]'), ('$[99]'), ('$[0].x'), ('$.tags[1].k'), ('$.a'), ('$."name"'), (NULL);

SELECT 'fjson_extract: ' || coalesce(path, 'NULL'),
       min(fjson_extract(body, path) IS json_extract(body, path)
           AND typeof(fjson_extract(body, path)) = typeof(json_extract(body, path))
           AND json_array(fjson_extract(body, path)) = json_array(json_extract(body, path)))
  FROM documents, paths GROUP BY path;
SELECT 'fjson_get: ' || coalesce(path, 'NULL'),
       min(fjson_get(body, path) IS body -> path
           AND typeof(fjson_get(body, path)) = typeof(body -> path)
           AND json_array(fjson_get(body, path)) = json_array(body -> path))
  FROM documents, paths GROUP BY path;
SELECT 'fjson_value: ' || coalesce(path, 'NULL'),
       min(fjson_value(body, path) IS body ->> path
           AND typeof(fjson_value(body, path)) = typeof(body ->> path)
           AND json_array(fjson_value(body, path)) = json_array(body ->> path))
  FROM documents, paths GROUP BY path;
SELECT 'several paths make an array: ' || p.path || ' ' || q.path,
       min(fjson_extract(body, p.path, q.path) IS json_extract(body, p.path, q.path)
           AND json_array(fjson_extract(body, p.path, q.path)) = json_array(json_extract(body, p.path, q.path)))
  FROM documents, paths AS p, paths AS q
  WHERE p.path IN ('$', '$.name', '$.tags', '$.missing') AND q.path IN ('$.age', '$[1]', '$.tags[0]', '$.score')
  GROUP BY p.path, q.path;
SELECT 'four paths and one twice',
       fjson_extract(body, '$.age', '$.tags', '$.none', '$.age') = '[36,["x","y"],null,36]' FROM documents WHERE id = 1;
SELECT 'no path is NULL', fjson_extract() IS NULL AND fjson_extract('{') IS NULL;

-- Short right sides, as -> and ->> take them.
SELECT 'a label alone', fjson_value(body, 'name') = 'Ada' AND fjson_get(body, 'name') = '"Ada"' FROM documents WHERE id = 1;
SELECT 'an index alone', fjson_value('[7,8,9]', 1) = 8 AND fjson_get('[7,[8]]', 1) = '[8]';
SELECT 'a label of digits as the host reads it',
       fjson_get('{"1":5}', '1') IS '{"1":5}' -> '1' AND fjson_get('[7,8]', '1') IS '[7,8]' -> '1';
SELECT 'a label with a dot as the host reads it',
       fjson_get('{"a.b":5,"a":{"b":6}}', 'a.b') IS '{"a.b":5,"a":{"b":6}}' -> 'a.b';

-- Values.
SELECT 'text keeps its tokens without the space between them',
       fjson_get('{ "a" : [ 1 , 2.50e+1 , "x\u0041\/" ] }', '$.a') = '[1,2.50e+1,"x\u0041\/"]';
SELECT 'an integer is exact to its last digit',
       fjson_value('[9223372036854775807,-9223372036854775808]', 0) = 9223372036854775807
       AND fjson_value('[9223372036854775807,-9223372036854775808]', '$[1]') = -9223372036854775808;
SELECT 'a greater one is a REAL', typeof(fjson_value('9223372036854775808', '$')) = 'real';
SELECT 'infinity', fjson_value('1e999', '$') = 1e999;
SELECT 'a REAL', abs(fjson_value('[0.1]', 0) - 0.1) < 1e-6 AND typeof(fjson_value('[0.1]', 0)) = 'real';
SELECT 'the first of two equal names counts', fjson_value('{"a":1,"a":2}', '$.a') = 1;
SELECT 'escapes and surrogate pairs', hex(fjson_value('"\u00e9\ud83d\ude00\n"', '$')) = 'C3A9F09F98800A';
SELECT 'bytes that are no UTF-8 pass through',
       hex(fjson_value(CAST(x'5b22ff225d' AS TEXT), '$[0]')) = 'FF';
SELECT 'a BLOB is read as the host reads it',
       quote(fjson_extract(x'7b2261223a317d', '$.a')) = quote(json_extract(x'7b2261223a317d', '$.a'));
SELECT 'a number is a document', fjson_extract(12, '$') = 12 AND fjson_value(1.5, '$') = 1.5;

-- Where only a function may stand that is deterministic and innocent.
CREATE TABLE people(body TEXT, name TEXT AS (fjson_value(body, '$.name')) STORED, age AS (fjson_extract(body, '$.age')));
CREATE INDEX people_name ON people(fjson_extract(body, '$.name'));
INSERT INTO people(body) VALUES ('{"name":"Ada","age":36}'), ('{"name":"Bob","age":40}');
SELECT 'generated columns', count(*) = 1 FROM people WHERE name = 'Bob' AND age = 40;
SELECT 'an index on an expression is used',
       count(*) = 1 FROM (SELECT 1 FROM people INDEXED BY people_name WHERE fjson_extract(body, '$.name') = 'Ada');
PRAGMA trusted_schema = OFF;
CREATE VIEW ages AS SELECT fjson_value(body, 'age') AS age FROM people;
SELECT 'a view that is not trusted', sum(age) = 76 FROM ages;
CREATE TABLE log(city TEXT);
CREATE TRIGGER note AFTER INSERT ON people BEGIN INSERT INTO log VALUES (fjson_get(new.body, '$.address')); END;
INSERT INTO people(body) VALUES ('{"name":"Cy","age":1,"address":{"city":"Rome"}}');
SELECT 'a trigger that is not trusted', city = '{"city":"Rome"}' FROM log;
SELECT 'the schema still holds', integrity_check = 'ok' FROM pragma_integrity_check;
