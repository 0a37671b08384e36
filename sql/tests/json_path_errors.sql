-- Paths that are not valid are errors wherever the document ends, and say where.
CREATE TABLE document(body TEXT);
INSERT INTO document VALUES ('{}');
-- error: jsonpath: '': position 1: expected '$', got the end
SELECT jsonpath_query(body, '') FROM document;
-- error: jsonpath: 'a': position 1: expected '$', got 'a'
SELECT jsonpath_first(body, 'a') FROM document;
-- error: jsonpath: '$.a[': position 5: expected a name in quotes, an index, a slice, '*' or '?', got the end
SELECT jsonpath_exists(body, '$.a[') FROM document;
-- error: position 6: expected ',' or ']', got '.'
SELECT jsonpath_count(body, '$.é[0.5]') FROM document;
-- error: jsonpath: '$ ': position 2: expected '.', '..', '[' or the end
SELECT jsonpath_query(body, '$ ') FROM document;
-- error: position 3: expected a name or '*', got the end
SELECT jsonpath_query(body, '$.') FROM document;
-- error: position 4: expected a name, '*' or '[', got the end
SELECT jsonpath_query(body, '$..') FROM document;
-- error: position 3: an integer has no leading zeros
SELECT jsonpath_query(body, '$[01]') FROM document;
-- error: position 3: -0 is no integer here
SELECT jsonpath_query(body, '$[-0]') FROM document;
-- error: position 3: the integer is outside the range
SELECT jsonpath_query(body, '$[9007199254740992]') FROM document;
-- error: position 3: the string has no closing quote
SELECT jsonpath_query(body, '$["a]') FROM document;
-- error: position 4: there is no such escape
SELECT jsonpath_query(body, '$["\x"]') FROM document;
-- error: position 4: the escape is half of a surrogate pair
SELECT jsonpath_query(body, '$["\ud800"]') FROM document;
-- error: position 4: a control character must be written as an escape
SELECT jsonpath_query(body, '$["' || char(10) || '"]') FROM document;
-- error: position 4: a literal alone is no condition
SELECT jsonpath_query(body, '$[?true]') FROM document;
-- error: position 4: the function's value alone is no condition
SELECT jsonpath_query(body, '$[?length(@.a)]') FROM document;
-- error: position 4: match and search are conditions; they cannot be compared
SELECT jsonpath_query(body, '$[?match(@.a, "b") == true]') FROM document;
-- error: position 4: only a query for one node
SELECT jsonpath_query(body, '$[?@.* == 1]') FROM document;
-- error: position 10: the argument must be a query
SELECT jsonpath_query(body, '$[?count(1) == 1]') FROM document;
-- error: position 4: there is no function 'first'
SELECT jsonpath_query(body, '$[?first(@.a)]') FROM document;
-- error: position 13: expected ',', got ')'
SELECT jsonpath_query(body, '$[?match(@.a)]') FROM document;
-- error: position 11: expected ')', '&&' or '||', got ']'
SELECT jsonpath_query(body, '$[?(@.a==1]') FROM document;
-- error: a number has no leading zeros
SELECT jsonpath_query(body, '$[?@==01]') FROM document;
-- error: position 3: expected
SELECT jsonpath_query(NULL, '$.[0]') FROM document;

-- error: malformed JSON
SELECT jsonpath_query('{"a":1,}', '$.b') FROM document;
-- error: malformed JSON
SELECT jsonpath_exists('', '$') FROM document;
-- error: malformed JSON
SELECT jsonpath_first('{a:1}', '$.a') FROM document;
-- error: malformed JSON
SELECT jsonpath_count('[1] x', '$') FROM document;

-- error: nested deeper than 100
SELECT jsonpath_query(body, '$[?' || replace(hex(zeroblob(200)), '00', '(') || '@') FROM document;
-- error: more than 1000 segments
SELECT jsonpath_query(body, '$' || replace(hex(zeroblob(1001)), '00', '.a')) FROM document;
-- error: needs more than 16384 instructions
SELECT jsonpath_query('["a"]', '$[?match(@, "(a{200}){200}")]') FROM document;
-- error: needs more than 16384 instructions
SELECT jsonpath_query('["a{99999999999999999999}"]', '$[?match(@, @)]') FROM document;
