-- fjson_type, fjson_array_length, fjson_valid, fjson_error_position, fjson and fjson_quote.
CREATE TABLE documents(body);
INSERT INTO documents VALUES
  ('{"a":[1,2.5,"x",null,true,false,{},[[]]],"b":-0,"c":1e3}'), (' [ 1 , { "a" : [ ] } ] '), ('"text"'), ('12'), ('-1.5'), ('null'), ('true'),
  (12), (1.5), (NULL), (x'7b7d'), ('{"\u0061":[9]}'), (CAST(x'5b22ff225d' AS TEXT)), ('99999999999999999999');
CREATE TABLE paths(path);
INSERT INTO paths VALUES ('$'), ('$.a'), ('$.a[0]'), ('$.a[1]'), ('$.a[#-1]'), ('$.b'), ('$.c'), ('$[1].a'), ('$[9]'), (NULL);

SELECT 'fjson_type: ' || coalesce(path, 'NULL'), min(fjson_type(body, path) IS json_type(body, path)) FROM documents, paths GROUP BY path;
SELECT 'fjson_type of the whole', min(fjson_type(body) IS json_type(body)) FROM documents;
SELECT 'each type', group_concat(fjson_type('[null,true,false,1,1.0,"",[],{},12345678901234567890]', '$[' || column1 || ']'))
       = 'null,true,false,integer,real,text,array,object,integer' FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8));
SELECT 'fjson_array_length: ' || coalesce(path, 'NULL'),
       min(fjson_array_length(body, path) IS json_array_length(body, path)) FROM documents, paths GROUP BY path;
SELECT 'fjson_array_length of the whole', min(fjson_array_length(body) IS json_array_length(body)) FROM documents;
SELECT 'lengths', fjson_array_length('[]') = 0 AND fjson_array_length('[[1,2],3]') = 2 AND fjson_array_length('{"a":[1,2,3]}', '$.a') = 3
       AND fjson_array_length('{}') = 0 AND fjson_array_length('{}', '$.a') IS NULL;
SELECT 'fjson_valid: row ' || rowid, fjson_valid(body) IS json_valid(body) FROM documents;
SELECT 'fjson_valid of what is not JSON: ' || column1, fjson_valid(column1) = 0
  FROM (VALUES ('{'), ('[1,]'), ('01'), ('{"a":1} x'), ('"\ud8"'), ('{''a'':1}'), (''), ('[1}'));
-- requires: sqlite >= 3.45
SELECT 'fjson_valid with flags: ' || column1, fjson_valid('{a:1}', column1) = json_valid('{a:1}', column1) AND fjson_valid('{"a":1}', column1) = json_valid('{"a":1}', column1)
  FROM (VALUES (1), (2), (3), (4), (6), (8), (15));
-- requires: sqlite >= 3.42
SELECT 'fjson_error_position: ' || column1, fjson_error_position(column1) = json_error_position(column1)
  FROM (VALUES ('{"a":1}'), ('{"a":1'), ('[1,2}'), (''), ('"\ud8"'), ('é:'));
SELECT 'fjson', min(fjson(body) IS json(body) AND json_array(fjson(body)) IS json_array(json(body)))
  FROM documents WHERE typeof(body) <> 'blob';
SELECT 'fjson drops white space only', fjson(' { "a" : [ 1.50 , "\u0041 b" ] } ') = '{"a":[1.50,"\u0041 b"]}';
SELECT 'fjson_quote of ' || typeof(column1),
       fjson_quote(column1) IS json_quote(column1) AND json_array(fjson_quote(column1)) IS json_array(json_quote(column1))
  FROM (VALUES (NULL), (1), (0.1), (1e999), ('a'), (''), ('a"b\c' || char(10, 1, 127)), ('é😀'));
SELECT 'JSON is not quoted again', fjson_quote(fjson('[1]')) = '[1]' AND fjson_quote('[1]') = '"[1]"';
-- error: malformed JSON
SELECT fjson_type('[1');
-- error: malformed JSON
SELECT fjson_array_length('[1', '$[0]');
-- error: malformed JSON
SELECT fjson('{"a"}');
-- error: path
SELECT fjson_type('[1]', 'a');
-- error: JSON cannot hold BLOB values
SELECT fjson_quote(x'0102ff');
