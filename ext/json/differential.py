#!/usr/bin/env python3
"""Compares the fjson_* functions with the built-in ones of the SQLite that this Python has.

    differential.py MODULE [--host sqlite3|apsw] [--override] [--pairs N] [--seed S]

Runs generated calls through both: the value, its type, its subtype (seen by json_array) and the text of
an error must be the same, byte for byte; of the table-valued functions all columns of all rows (an error in a row may come earlier, though). Prints each
difference (at most 20) and exits with 1 if there is one. With --override MODULE is json_override.so, and the same
calls are run on a connection that has it and on one that has not.
"""
import argparse
import importlib
import sys

from json_generator import KEYS, Generator, binary_positions, positions

# The twin, the built-in, and how many arguments behind the document a call gets.
TWINS = [
    ("fjson_extract({})", "json_extract({})", (0, 1, 1, 1, 1, 2, 3)),
    ("fjson_get({})", "({})", (1,)),
    ("fjson_value({})", "({})", (1,)),
    ("fjson_type({})", "json_type({})", (0, 1)),
    ("fjson_array_length({})", "json_array_length({})", (0, 1)),
    ("fjson_valid({})", "json_valid({})", (0,)),
    ("fjson({})", "json({})", (0,)),
    ("fjson_quote({})", "json_quote({})", (0,)),
]
TABLES = [("fjson_each({})", "json_each({})", (0, 1, 1)), ("fjson_tree({})", "json_tree({})", (0, 1, 1))]
COLUMNS = """rowid hex(quote(key)) hex(json_array(key)) hex(quote(value)) typeof(value) hex(json_array(value)) type hex(quote(atom))
id parent hex(fullkey) hex(path) hex(json) hex(root)""".split()
SINCE_3_42 = [("fjson_error_position({})", "json_error_position({})", (0,))]
SINCE_3_45 = [(f"fjson_valid({{}},{flags})", f"json_valid({{}},{flags})", (0,)) for flags in (-1, 1, 2, 3, 4, 6, 8, 15, 16, 'NULL')]
OPERATORS = {"fjson_get({})": "->", "fjson_value({})": "->>"}

class Host:
    """A connection of either of Python's two SQLite packages; with the module, if one is named."""

    def __init__(self, package, module=None):
        library = importlib.import_module(package)
        if package == 'apsw':
            self.connection = library.Connection(':memory:')
            self.run = lambda sql, values: list(self.connection.cursor().execute(sql, values))
        else:
            self.connection = library.connect(':memory:', isolation_level=None)
            self.run = lambda sql, values: self.connection.execute(sql, values).fetchall()
        if module:
            self.connection.enable_load_extension(True)
            self.connection.load_extension(module)
        self.version = self.run('SELECT sqlite_version()', ())[0][0]
        # Never through a materialised column: that would drop the subtype.
        self.sql = 'SELECT typeof({0}), hex(quote({0})), hex(json_array({0}))'

    def answer(self, call, values, columns=None, where=''):
        """What a call answers; with `columns`, what they are in the rows of a table-valued function."""
        try:
            if columns:
                return self.run(f'SELECT {",".join(columns)} FROM {call}{where}', values)
            return self.run(self.sql.format(call), values)[0]
        except Exception as failure:  # what it is differs between the packages; what it says must not
            return f'{type(failure).__name__}: {failure}'


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument('module')
    arguments.add_argument('--host', choices=['sqlite3', 'apsw'], default='sqlite3')
    arguments.add_argument('--override', action='store_true', help='compare under the built-in names')
    arguments.add_argument('--pairs', type=int, default=20000, help='generated calls besides the fixed ones')
    arguments.add_argument('--seed', type=int, default=1)
    options = arguments.parse_args()
    host = Host(options.host, options.module)
    reference = Host(options.host) if options.override else host
    version = tuple(map(int, host.version.split('.')))
    twins = TWINS + TABLES + (SINCE_3_42 if version >= (3, 42) else []) + (SINCE_3_45 if version >= (3, 45) else [])
    generator = Generator(options.seed)

    def made_by_host(text):
        try:
            return reference.run('SELECT jsonb(CAST(? AS TEXT))', (text,))[0][0]
        except Exception:  # not well-formed, or a SQLite without JSONB
            return None

    different = errors = compared = 0

    def compare(twin, document, paths):
        nonlocal different, errors, compared
        values = [document[0]] + [value for value, _ in paths]
        # Numbered parameters: each expression stands in the statement three times.
        terms = [form.format(f'?{i + 1}') for i, (_, form) in enumerate([document] + paths)]
        built_in = twin[1].format((OPERATORS.get(twin[0], ',')).join(terms))
        columns, where = None, ''
        if twin in TABLES and generator.chance(0.3):
            where = " WHERE key = '" + generator.random.choice(KEYS).replace("'", "''") + "'"
        if twin in TABLES:  # all columns, or those that a query happens to need
            columns = COLUMNS if generator.chance(0.7) else generator.random.sample(COLUMNS, 3)
        expected = reference.answer(built_in, values, columns, where)
        actual = host.answer(built_in if options.override else twin[0].format(','.join(terms)), values, columns, where)
        compared += 1
        errors += isinstance(expected, str)
        if actual != expected and columns:
            # Rows with a value that is an error are read with all that the query may ask of them, so that an error comes earlier.
            if 'malformed JSON' in actual and actual == reference.answer(built_in, values, COLUMNS):
                return
        if actual != expected:
            different += 1
            if different <= 20:
                print(f'{built_in} with {values}\n  built-in: {expected}\n  twin:     {actual}')

    for _ in range(options.pairs):
        twin = generator.random.choice(twins)
        document = generator.document_argument(made_by_host)
        count = generator.random.choice(twin[2])
        compare(twin, document, [generator.path_argument(document[0]) for _ in range(count)])
    for document in positions():
        for twin in twins:
            path = [(b'$.a[2]', 'CAST({} AS TEXT)')] if twin[2][-1] else []
            compare(twin, (document, 'CAST({} AS TEXT)'), path)
    for document in binary_positions(made_by_host):
        twin = generator.random.choice(twins)
        path = [(generator.random.choice([b'$.a[2]', b'$.a', b'$[1]', b'$[#-1]', b'$']), 'CAST({} AS TEXT)')] if twin[2][-1] else []
        compare(twin, (document, '{}'), path)
    print(f'SQLite {host.version}: {compared} calls compared, {errors} of them errors, {different} different')
    return 1 if different else 0


if __name__ == '__main__':
    sys.exit(main())
