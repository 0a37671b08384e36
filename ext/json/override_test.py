#!/usr/bin/env python3
"""Checks that json_override.so can be loaded and left out again, for either of Python's two SQLite packages.

    override_test.py MODULE [--host sqlite3|apsw]

What a schema keeps (indexes, generated columns, partial indexes, CHECK constraints) is made with the module over
generated documents and read in a process without it, and the other way round. Every way of loading must work.
The last line is `N passed, M failed`.
"""
import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

from differential import Generator

SCHEMA = """
CREATE TABLE t(id INTEGER PRIMARY KEY, body, kept GENERATED ALWAYS AS (json_extract(body, '$.a', '$[0]')) STORED,
  CHECK (typeof(json_type(body)) <> 'blob'));
CREATE INDEX extracted ON t(json_extract(body, '$.a'));
CREATE INDEX operator ON t(body ->> '$.b', body -> '$[0]');
CREATE INDEX described ON t(json_type(body, '$.a'), json_array_length(body), json(body), json_quote(body ->> 'a'));
CREATE INDEX partial ON t(id) WHERE json_extract(body, '$.c') IS NOT NULL AND json_valid(body);
"""
# What the schema keeps must be what is computed now, without an index.
COMPARED = """
SELECT count(*) FROM t NOT INDEXED WHERE kept IS NOT json_extract(body, '$.a', '$[0]');
SELECT count(*) FROM (SELECT id FROM t NOT INDEXED WHERE json_extract(body, '$.a') = 'a' EXCEPT
                      SELECT id FROM t INDEXED BY extracted WHERE json_extract(body, '$.a') = 'a');
""".strip().split(";\n")[:2]


class Database:
    def __init__(self, package, path, module=None):
        library = importlib.import_module(package)
        self.package = package
        self.error = library.Error
        self.connection = library.Connection(path) if package == 'apsw' else library.connect(path, isolation_level=None)
        self.connection.enable_load_extension(True)
        if module:
            self.connection.load_extension(module)

    def run(self, sql, values=()):
        return list(self.connection.cursor().execute(sql, values))

    def has_override(self):
        counted = "SELECT count(*) FROM pragma_function_list WHERE NOT builtin AND name IN ('json_extract', '->')"
        return self.run(counted)[0][0] > 0


def fill(database, seed):
    """Writes what the schema takes, and answers what it refused."""
    generator = Generator(seed)
    refused = []
    database.run('BEGIN')
    for _ in range(2000):
        document, form = generator.document_argument()
        try:
            database.run(f"INSERT INTO t(body) VALUES({form.format('?1')})", (document,))
        except database.error as error:
            refused.append((document, str(error)))
    database.run('COMMIT')
    return refused


def write(package, path, module):
    database = Database(package, path, module)
    for statement in SCHEMA.strip().split(';\n'):
        database.run(statement)
    return fill(database, 7)


def judge(package, path, module):
    database = Database(package, path, module)
    assert database.run('SELECT count(*) > 500 FROM t') == [(1,)], 'few documents were taken'
    assert database.run('PRAGMA integrity_check') == [('ok',)], database.run('PRAGMA integrity_check')
    for sql in COMPARED:
        assert database.run(sql) == [(0,)], sql
    fill(database, 8)  # the other side goes on writing
    database.run('REINDEX')
    assert database.run('PRAGMA integrity_check') == [('ok',)], 'after REINDEX'


def in_another_process(package, task, path, module):
    subprocess.run([sys.executable, __file__, module or '', '--host', package, '--task', task, '--path', path], check=True)


def check_schemas(package, module):
    """What one side writes, the other reads."""
    with tempfile.TemporaryDirectory() as folder:
        answers = []
        for writer, reader in ((module, None), (None, module)):
            path = f'{folder}/{writer is None}.db'
            answers.append(write(package, path, writer))
            in_another_process(package, 'judge', path, reader)
            in_another_process(package, 'judge', path, writer)
        assert answers[0] == answers[1], 'other documents or other errors were refused'


def check_load_extension_in_a_statement(package, module):
    database = Database(package, ':memory:')
    database.run('SELECT load_extension(?)', (module,))
    assert database.has_override()
    assert database.run("""SELECT json_extract('{"a":[1]}', '$.a'), '{"a":2}' ->> 'a', value FROM json_each('[3]')""") == [('[1]', 2, 3)]


def check_loading_while_statements_run(package, module):
    database = Database(package, ':memory:')
    cursor = database.connection.cursor()
    running = iter(cursor.execute("""SELECT value, json_extract(value, '$.a') FROM json_each('[{"a":1},{"a":2},{"a":3}]')"""))
    assert next(running) == ('{"a":1}', 1)
    database.connection.load_extension(module)
    assert database.has_override()
    assert list(running) == [('{"a":2}', 2), ('{"a":3}', 3)]
    assert database.run("""SELECT json_extract('[4]', '$[0]'), count(*) FROM json_tree('[1]')""") == [(4, 2)]


def check_twice_and_beside_the_pack(package, module):
    database = Database(package, ':memory:', module)
    database.connection.load_extension(module)
    database.connection.load_extension(str(Path(module).with_name('edgepack.so')))
    asked = """SELECT json_extract('{a:1}', '$.a') = fjson_extract('{a:1}', '$.a'), json_extract(12, '$')"""
    try:  # both ask the host
        assert database.run(asked) == [(1, 12)]
    except database.error as error:
        assert 'malformed JSON' in str(error)


def check_errors_are_the_built_in_ones(package, module):
    plain, override = Database(package, ':memory:'), Database(package, ':memory:', module)
    for sql in ("SELECT json_type()", "SELECT json_type('[]', '$', '$')", "SELECT json('[', 1)", "SELECT json_extract('[', '$')",
                "SELECT json_extract('[1]', '$['), 1", "SELECT * FROM json_each('[', 1)", "SELECT \"->\"('[1]')", "SELECT json_valid(1, 2, 3)",
                "SELECT json_error_position('[', 2)", "SELECT json_each.keys FROM json_each", "DELETE FROM json_each"):
        texts = []
        for database in (plain, override):
            try:
                texts.append(database.run(sql))
            except database.error as error:
                texts.append(str(error))
        assert texts[0] == texts[1], (sql, texts)


def check_many_paths(package, module):
    plain, override = Database(package, ':memory:'), Database(package, ':memory:', module)
    for paths in (0, 1, 2, 30, 31, 32, 33, 100):
        sql = f"""SELECT json_extract('[1,2]'{", '$[1]'" * paths})"""
        assert plain.run(sql) == override.run(sql), sql


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument('module')
    arguments.add_argument('--host', choices=['sqlite3', 'apsw'], default='sqlite3')
    arguments.add_argument('--task', help=argparse.SUPPRESS)
    arguments.add_argument('--path', help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.task:
        return judge(options.host, options.path, options.module or None)
    checks = [check for name, check in globals().items() if name.startswith('check_')]
    failed = 0
    for check in checks:
        try:
            check(options.host, str(Path(options.module).resolve()))
        except Exception as problem:  # of any package
            failed += 1
            print(f'{check.__name__}: {type(problem).__name__}: {problem}')
    print(f'{len(checks) - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
