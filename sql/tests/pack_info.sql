-- edgepack_version() and edgepack_info() tell what is loaded, and into what.

SELECT 'the version has three numbers', edgepack_version() GLOB '[0-9]*.[0-9]*.[0-9]*';
SELECT 'the version is text', typeof(edgepack_version()) = 'text';

SELECT 'info is JSON', json_valid(edgepack_info());
SELECT 'info has the subtype of JSON', json_type(json_array(edgepack_info()), '$[0]') = 'object';
SELECT 'info has the version', edgepack_info() ->> '$.version' = edgepack_version();
SELECT 'info has the host''s SQLite', edgepack_info() ->> '$.sqlite' = sqlite_version();
SELECT 'info has the commit', length(edgepack_info() ->> '$.commit') > 0;
SELECT 'info has the parts', edgepack_info() ->> '$.parts' = '["vec","json","replica"]';
SELECT 'simdjson and xsimd have versions', edgepack_info() ->> '$.simdjson' GLOB '[0-9]*.*'
  AND edgepack_info() ->> '$.xsimd' GLOB '[0-9]*.*';
SELECT 'the scalar kernels are always compiled in',
  EXISTS(SELECT 1 FROM json_each(edgepack_info(), '$.kernels.compiled') WHERE value = 'scalar');
SELECT 'the chosen kernels are compiled in', EXISTS(
  SELECT 1 FROM json_each(edgepack_info(), '$.kernels.compiled')
  WHERE value = edgepack_info() ->> '$.kernels.chosen');

-- error: wrong number of arguments to function edgepack_version()
SELECT edgepack_version(1);

-- Views and triggers of an untrusted schema may ask, too.
PRAGMA trusted_schema = OFF;
CREATE VIEW about AS SELECT edgepack_version() AS version;
SELECT 'works in a view without trust', version = edgepack_version() FROM about;
