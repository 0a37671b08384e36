-- json_pointer: RFC 6901, with the values of fjson_value.
CREATE TABLE example(body TEXT);
INSERT INTO example VALUES
  ('{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}');
CREATE TABLE expected(pointer TEXT, value);
INSERT INTO expected VALUES
  ('', '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}'),
  ('/foo', '["bar","baz"]'), ('/foo/0', 'bar'), ('/', 0), ('/a~1b', 1), ('/c%d', 2), ('/e^f', 3), ('/g|h', 4),
  ('/i\j', 5), ('/k"l', 6), ('/ ', 7), ('/m~0n', 8),
  -- not there
  ('/foo/2', NULL), ('/foo/-', NULL), ('/foo/00', NULL), ('/foo/01', NULL), ('/foo/+1', NULL), ('/foo/-1', NULL),
  ('/foo/', NULL), ('/foo/1/0', NULL), ('/foo/99999999999999999999', NULL), ('/foo/0x0', NULL), ('/nothing', NULL),
  ('//', NULL), ('/m~01n', NULL), (NULL, NULL);
SELECT 'RFC 6901: ' || coalesce(quote(pointer), 'NULL'), json_pointer(body, pointer) IS value FROM example, expected;

SELECT '~01 is ~1, not /', json_pointer('{"~1":"tilde","/":"slash"}', '/~01') = 'tilde';
SELECT 'the first of equal names', json_pointer('{"a":1,"a":2}', '/a') = 1;
SELECT 'escaped keys are compared by meaning',
       json_pointer('{"\u0061\u00e9\ud83d\ude00":"x"}', '/aé😀') = 'x';
SELECT 'names that are numbers', json_pointer('{"0":"a","00":"b"}', '/00') = 'b';
SELECT 'an empty name in an empty name', json_pointer('{"":{"":5}}', '//') = 5;
SELECT 'SQL values',
       typeof(json_pointer('[1, 2.5, "t", true, null, [ ], 9223372036854775808]', '/' || column1)) = column2
         AND json_pointer('[1, 2.5, "t", true, null, [ ], 9223372036854775808]', '/' || column1)
             IS fjson_value('[1, 2.5, "t", true, null, [ ], 9223372036854775808]', column1)
  FROM (VALUES (0, 'integer'), (1, 'real'), (2, 'text'), (3, 'integer'), (4, 'null'), (5, 'text'), (6, 'real'));
SELECT 'containers are text, not marked as JSON', json_array(json_pointer('{"a":[1, 2]}', '/a')) = '["[1,2]"]';
SELECT 'a number is a document', json_pointer(12, '') = 12 AND json_pointer(12, '/0') IS NULL;
SELECT 'NULL', json_pointer(NULL, '/a') IS NULL AND json_pointer('{', NULL) IS NULL;

CREATE INDEX example_foo ON example(json_pointer(body, '/foo/0'));
SELECT 'in an index', count(*) = 1 FROM example WHERE json_pointer(body, '/foo/0') = 'bar';

-- error: json_pointer: 'foo': position 1: a pointer is empty or starts with '/'
SELECT json_pointer('{}', 'foo');
-- error: json_pointer: '#/foo': position 1
SELECT json_pointer('{}', '#/foo');
-- error: json_pointer: '/é/a~': position 5: '~' must be followed by 0 or 1
SELECT json_pointer('{}', '/é/a~');
-- error: position 2: '~' must be followed by 0 or 1
SELECT json_pointer('{}', '/~2');
-- error: position 2: '~' must be followed by 0 or 1
SELECT json_pointer(NULL, '/~~0');
-- error: malformed JSON
SELECT json_pointer('{"a":1', '/a');
-- error: malformed JSON
SELECT json_pointer('{a:1}', '/a');
-- error: malformed JSON
SELECT json_pointer('', '');
