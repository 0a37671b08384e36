-- jsonpath_query, jsonpath_first, jsonpath_exists, jsonpath_count: the examples of RFC 9535, section 1.5, and what is SQL's.
CREATE TABLE store(body TEXT);
INSERT INTO store VALUES ('{ "store": {
  "book": [
    { "category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95 },
    { "category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99 },
    { "category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99 },
    { "category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings", "isbn": "0-395-19395-8", "price": 22.99 }
  ],
  "bicycle": { "color": "red", "price": 399 } } }');
CREATE TABLE expected(path TEXT, nodes TEXT);
INSERT INTO expected VALUES
  ('$.store.book[*].author', '["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"]'),
  ('$..author', '["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"]'),
  ('$.store..price', '[8.95,12.99,8.99,22.99,399]'),
  ('$..book[2].title', '["Moby Dick"]'),
  ('$..book[2].publisher', '[]'),
  ('$..book[-1].title', '["The Lord of the Rings"]'),
  ('$..book[0,1].title', '["Sayings of the Century","Sword of Honour"]'),
  ('$..book[:2].title', '["Sayings of the Century","Sword of Honour"]'),
  ('$..book[?@.isbn].title', '["Moby Dick","The Lord of the Rings"]'),
  ('$..book[?@.price<10].title', '["Sayings of the Century","Moby Dick"]'),
  ('$..book[?match(@.author, "[A-Z].*n")].title', '["The Lord of the Rings"]'),
  ('$..book[?search(@.title, "of|Dick") && @.price > 9].price', '[12.99,22.99]'),
  ('$..book[?!@.isbn || @.price == 22.99].price', '[8.95,12.99,22.99]'),
  ('$.store.book[::-2].price', '[22.99,12.99]'),
  ('$..book[?length(@.title) == 9].price', '[8.99]'),
  ('$[?count(@..price) == 5].bicycle.color', '["red"]'),
  ('$..[?value(@..color) == "red"].price', '[399]');
SELECT 'jsonpath_query: ' || path, jsonpath_query(body, path) = nodes FROM store, expected;
SELECT 'jsonpath_count: ' || path, jsonpath_count(body, path) = json_array_length(nodes) FROM store, expected;
SELECT 'jsonpath_exists: ' || path, jsonpath_exists(body, path) = (nodes <> '[]') FROM store, expected;
SELECT 'jsonpath_first: ' || path, jsonpath_first(body, path) IS json_extract(nodes, '$[0]') FROM store, expected;
SELECT 'all values', jsonpath_count(body, '$..*') = 27 FROM store;

SELECT 'tokens as they were written', jsonpath_query(' { "a" : [ 1.50e+1 , "\u0041\/" , { } ] } ', '$.a') = '[[1.50e+1,"\u0041\/",{}]]';
SELECT 'JSON nests in JSON', json_array(jsonpath_query('[1,[2]]', '$[1]')) = '[[[2]]]';
SELECT 'the first node is an SQL value', typeof(jsonpath_first('[1,2.5,"t",true,null,[3]]', '$[' || column1 || ']')) = column2
  FROM (VALUES (0, 'integer'), (1, 'real'), (2, 'text'), (3, 'integer'), (4, 'null'), (5, 'text'), (6, 'null'));
SELECT 'the first of equal names, and all by a wildcard',
       jsonpath_query('{"a":1,"a":2}', '$.a') = '[1]' AND jsonpath_query('{"a":1,"a":2}', '$.*') = '[1,2]';
SELECT 'names are compared by meaning', jsonpath_query('{"\u0061\ud83d\ude00":1}', '$["a\uD83D\uDE00"]') = '[1]';
SELECT 'integers beyond 53 bits are told apart', jsonpath_query('[9007199254740993,9007199254740992]', '$[?@==9007199254740993]') = '[9007199254740993]';
SELECT 'a scalar is a document', jsonpath_query('7', '$') = '[7]' AND jsonpath_query(7, '$') = '[7]' AND jsonpath_query('7', '$.a') = '[]';
SELECT 'NULL', jsonpath_query(NULL, '$') IS NULL AND jsonpath_query('{', NULL) IS NULL AND jsonpath_first('{}', NULL) IS NULL
  AND jsonpath_exists(NULL, '$') IS NULL AND jsonpath_count(NULL, '$') IS NULL;
SELECT 'paths that change from row to row', group_concat(jsonpath_query('[1,2,3]', column1), ';') = '[1];[3];[1,2,3]'
  FROM (VALUES ('$[0]'), ('$[-1]'), ('$[*]'));

SELECT 'regular expression ' || column1, jsonpath_exists(json_array(column2), '$[?search(@, ' || json_quote(column1) || ')]') = column3
  FROM (VALUES ('^b', 'abc', 0), ('^a', 'abc', 1), ('c$', 'abc', 1), ('b$', 'abc', 0), ('a^b', 'a^b', 1), ('[^a]', 'aaa', 0),
    ('a{2,3}b', 'ab', 0), ('a{2,3}b', 'aaab', 1), ('(ab|cd)+e', 'xabcde', 1), ('\p{Lu}\p{Nd}', 'é7', 0), ('\p{Lu}\p{Nd}', 'É7', 1),
    ('\P{L}', 'aé', 0), ('[\p{L}-]+\.', 'x-é.', 1), ('\d', '1', 0), ('(?:a)', 'a', 0), ('.', char(10), 0), ('', '', 1), ('(a*)*b', 'aaaa', 0));

PRAGMA trusted_schema = OFF;
CREATE INDEX store_red ON store(jsonpath_exists(body, '$..[?@.color == "red"]'));
SELECT 'in an index', count(*) = 1 FROM store WHERE jsonpath_exists(body, '$..[?@.color == "red"]') = 1;
CREATE VIEW cheap AS SELECT jsonpath_query(body, '$..book[?@.price < 10].title') AS titles FROM store;
SELECT 'in a view', titles = '["Sayings of the Century","Moby Dick"]' FROM cheap;
