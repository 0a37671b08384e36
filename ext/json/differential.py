#!/usr/bin/env python3
"""Compares the fjson_* functions with the built-in ones of the SQLite that this Python has.

    differential.py MODULE [--host sqlite3|apsw] [--override] [--pairs N] [--seed S]

Runs generated calls through both: the value, its type, its subtype (seen by json_array) and the text of
an error must be the same, byte for byte; of the table-valued functions all columns of all rows. Prints each
difference (at most 20) and exits with 1 if there is one. With --override MODULE is json_override.so, and the same
calls are run on a connection that has it and on one that has not.
"""
import argparse
import importlib
import json
import random
import sys

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

NUMBERS = """0 -0 1 -1 12 0.5 -0.0 1.0 1e5 1E+5 2.50e+1 1e-7 0.1 0.30000000000000004 123456789012345678
9223372036854775807 -9223372036854775808 9223372036854775808 -9223372036854775809 18446744073709551615
18446744073709551616 99999999999999999999999999 1e400 -1e400 1e-400 4.9e-324 2.2250738585072011e-308
1.7976931348623157e308 179769313486231580793e289 0.1234567890123456789012345678901234567890 9007199254740993
9007199254740993.0 5e-1 1e0 1e00 1e+00 100000000000000000000000e-23""".split()
ODD_NUMBERS = """+1 01 -01 1. .5 -.5 1e 1e+ - 0x1F -0x1F 0xFFFFFFFFFFFFFFFF 0x NaN nan Infinity -Infinity +Infinity
inf QNaN snan 1.e5 00 0e 0x1g 1_000 truE tru nul nulls true1 falsey TRUE None undefined 1.2.3 --1 1-1 0b1""".split()
STRINGS = ['', 'a', 'abc', 'x y', 'caf\\u00e9', 'é', '日本', '😀', '\\ud83d\\ude00', '\\u0041', '\\n\\t\\r\\b\\f', '\\/', '\\\\',
           '\\"', 'a\\\\', "it's", '{"a":1}', '[1,2]', ' ', 'null', '\\u00e9\\u4e2d', '1', '\x7f', '\u2028', 'a.b', 'a[0]',
           '$', '$.a', '#', '\\u000A', '\\u001f', '\\uFFFF', '\\uFEFF', 'long ' * 30]
ODD_STRINGS = ['\\u0000', 'a\\u0000b', '\\ud800', '\\udc00', '\\ud800\\u0041', '\\ud800\\ud800', '\\u12', '\\u12g4', '\\x41', '\\v',
               '\\0', '\\01', '\\a', "\\'", '\\\n', '\\\r\n', '\n', '\t', '\x01', '\x1f', '\x00', '\\', '\\u', '\\U0041',
               '\\u2028', '\\\u2028']
KEYS = ['a', 'b', 'c', 'ab', '', '_x', 'a1', '1', '0', 'x y', 'a.b', 'a[0]', 'é', 'k\\u0061', '\\u0061', 'a\\"b', '$', '#', '-1',
        'A', 'true', 'null', 'a]', "it's", 'x\\ny', 'abcdefghijklmnopqrstuvwxyz' * 3, '\x7f', '😀', '/', '*', '@']
SPACES = ['', '', '', '', ' ', '\n', '\t', '\r\n', '  ']
ODD_SPACES = ['/**/', '//x\n', '/*', '\x0b', '\x0c', '\xa0', '\u2003', '\ufeff', '\x00', '/* * /*/', '#', '\u180e', '\u3000']
ODD_PATHS = ['', '$', '$.', '$..a', '$a', 'a', '.a', '[0]', '$[', '$[]', '$[0', '$[ 0]', '$[0 ]', '$[-1]', '$[#]', '$[#-1]', '$[#-2]', '$[#-0]',
             '$[#-]', '$[#-99]', '$[#1]', '$[#+1]', '$[##]', '$[99]', '$[00]', '$[01]', '$[4294967295]', '$[4294967296]', '$[4294967297]',
             '$[99999999999999999999]', '$[#-4294967295]', '$[#-4294967297]', '$."a"', '$."a', '$.a"', '$."', '$.""', '$."a".b', '$."a"b',
             '$."a"[0]', '$.a.b', '$.a..b', '$.a[0]', '$.a[0].b', '$.a[xx', '$.b[xx', '$.zz[xx', '$[0][xx', '$[0].', '$.a.', '$ .a', '$. a',
             ' $.a', '$.a ', '$.*', '$[*]', '$..', '@', '$.a\x00', '$\x00', '\x00', '$.a\x00.b', '$."\\u0061"', '$.\\u0061', '$."a\\"b"',
             '$.k\\u0061', '$.ka', '$."x\\ny"', '$.a]', '$.a]b', '$]', '$$', '$.$', '$."$"', '$.#', '$."a.b"', '$."a[0]"', 'a.b', 'a[0]', '1', '0',
             '-1', '01', '1a', '_x', 'x y', 'é', '$.é', '"a"', '"a', 'a"b', 'it\'s', '$.1', '$."1"', 'true', '#', '#-1', '[#-1]', '[0][0]',
             '[0', '[', ']', '*', '$.' + 'a' * 200, '$' + '.a' * 150, '$' + '[0]' * 150, '$' + '[0]' * 1200, '\\', '$\\', 'a\\b', '$.abc\xff',
             '1.0', '1e0', ' 1', '+1', '99999999999999999999', '$."é"', '$."a" ', '$.a b', '$."x y"', "$.'a'", "$['a']", '$.a\n', '$\n']


def text_bytes(text):
    """UTF-8, except that \\xff stands for the byte that no UTF-8 has."""
    return text.encode('utf-8').replace('\xff'.encode(), b'\xff')


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def space(self, odd):
        pick = self.random.choice
        return pick(ODD_SPACES) if self.chance(odd * 0.1) else pick(SPACES)

    def string(self, odd, pool=STRINGS):
        pick = self.random.choice
        inside = ''.join(pick(ODD_STRINGS if self.chance(odd * 0.3) else pool)
                         for _ in range(1 if self.chance(0.8) else self.random.randint(0, 4)))
        return f"'{inside}'" if self.chance(odd * 0.1) else f'"{inside}"'

    def number(self):
        if self.chance(0.5):
            return self.random.choice(NUMBERS)
        digits = str(self.random.randrange(10 ** self.random.randint(1, 25)))
        fraction = '' if self.chance(0.4) else '.' + ''.join(
            self.random.choice('0123456789') for _ in range(self.random.randint(1, 22)))
        exponent = '' if self.chance(0.7) else f"{self.random.choice('eE')}{self.random.choice(['', '+', '-'])}{self.random.randint(0, 330)}"
        return ('-' if self.chance(0.3) else '') + digits + fraction + exponent

    def scalar(self, odd):
        kind = self.random.random()
        if kind < 0.35:
            return self.random.choice(ODD_NUMBERS) if self.chance(odd * 0.3) else self.number()
        if kind < 0.75:
            return self.string(odd)
        return self.random.choice(['null', 'true', 'false'])

    def key(self, odd):
        if self.chance(odd * 0.1):
            return self.random.choice(['a', 'b', '_x', '$', 'a-b', '1', 'é', 'k\\u0061'])
        return self.string(odd * 0.2, KEYS)

    def value(self, depth, odd):
        space = lambda: self.space(odd)
        if depth <= 0 or self.chance(0.25):
            return self.scalar(odd)
        count = self.random.choice([0, 1, 1, 2, 3, 4])
        if self.chance(0.6):
            inside = [f'{space()}{self.key(odd)}{space()}:{space()}{self.value(depth - 1, odd)}{space()}' for _ in range(count)]
            ends = '{}'
        else:
            inside = [f'{space()}{self.value(depth - 1, odd)}{space()}' for _ in range(count)]
            ends = '[]'
        trailing = ',' if self.chance(odd * 0.05) else ''
        return ends[0] + ','.join(inside) + (space() if not inside else '') + trailing + ends[1]

    def document(self):
        kind = self.random.random()
        odd = 0 if kind < 0.6 else 1
        text = self.space(odd) + self.value(self.random.choice([0, 1, 2, 3, 4, 5]), odd) + self.space(odd)
        if kind > 0.97:
            depth = self.random.choice([10, 255, 256, 257, 999, 1000, 1001, 1002, 2001])
            text = self.random.choice(['[', '{"a":']) * depth + text
            text += {'[': ']', '{': '}'}[text[0]] * depth
        data = bytearray(text_bytes(text))
        if kind > 0.85 and data:  # damaged
            for _ in range(self.random.choice([1, 1, 2])):
                at = self.random.randrange(len(data)) if data else 0
                byte = self.random.choice([0, 0x80, 0xc0, 0xff, 0xed, 0xa0] + list(b'{}[],:"\\\'/0123456789eE+-. \ntfnua'))
                how = self.random.randrange(4)
                if how == 0:
                    del data[at:]
                elif how == 1:
                    data[at:at + 1] = bytes([byte])
                elif how == 2:
                    data[at:at] = bytes([byte])
                else:
                    del data[at:at + 1]
        return bytes(data)

    def path(self):
        pick = self.random.choice
        if self.chance(0.3):
            return text_bytes(pick(ODD_PATHS))
        path = '$'
        for _ in range(pick([0, 1, 1, 1, 2, 2, 3])):
            kind = self.random.random()
            if kind < 0.45:
                path += '.' + pick(KEYS[:8])
            elif kind < 0.6:
                path += f'."{pick(KEYS)}"'
            elif kind < 0.85:
                path += f'[{self.random.randint(0, 3)}]'
            else:
                path += f'[#-{self.random.randint(0, 3)}]'
        if self.chance(0.1):
            at = self.random.randrange(len(path) + 1)
            path = path[:at] + pick(['.', '[', ']', '"', '#', '-', '$', ' ', '\\', 'a', '0', '\x00']) + path[at:]
        return text_bytes(path)

    def path_into(self, document):
        """A path to a value of the document, where Python can read it."""
        try:
            value = json.loads(document)
        except (ValueError, RecursionError):
            return self.path()
        path = '$'
        while isinstance(value, (dict, list)) and value and not self.chance(0.2):
            if isinstance(value, dict):
                key, value = self.random.choice(list(value.items()))
                path += f'.{key}' if key.isalnum() and self.chance(0.8) else f'."{key}"'
            else:
                index = self.random.randrange(len(value))
                path += f'[{index}]' if self.chance(0.7) else f'[#-{len(value) - index}]'
                value = value[index]
        return path.encode('utf-8', 'surrogatepass')

    def path_argument(self, document):
        if isinstance(document, bytes) and self.chance(0.6):
            return self.path_into(document), 'CAST({} AS TEXT)'
        if self.chance(0.9):
            return self.path(), 'CAST({} AS TEXT)'
        return self.random.choice([None, 0, 1, 2, -1, -2, 99, 1 << 40, -(1 << 62), 1.0, 0.5, b'$.a', b'a', b'\x00']), '{}'

    def document_argument(self):
        kind = self.random.random()
        if kind < 0.9:
            return self.document(), 'CAST({} AS TEXT)'
        if kind < 0.94:
            return self.document(), '{}'
        return self.random.choice([None, 0, 12, -3, 1.5, 1e300, 1e999, b'', b'\x00', b'\x11', b'\x23\x31\x32']), '{}'


def positions():
    """Some documents cut at every byte and with every byte replaced."""
    documents = ['{"a":[1,-2.5e3,"x\\u0041\\n",true,false,null,{"b":{}}],"é":"😀","c":[]}', ' [ "a" , { "k" : 0.1 } ] ',
                 '"\\ud83d\\ude00\\\\"', '-12.50E+07', '{"a":{"a":{"a":[[[]]]}}}', '["%s"]' % ('x' * 70 + '\\"' + 'é' * 30)]
    for document in map(str.encode, documents):
        for at in range(len(document) + 1):
            yield document[:at]
            for byte in b'\x00\x1f "\'\\,:[]{}0-+.eEtn/\x7f\x80\xc3\xed\xff':
                yield document[:at] + bytes([byte]) + document[at + 1:]
                if at % 3 == 0:
                    yield document[:at] + bytes([byte]) + document[at:]


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
        if actual != expected:
            different += 1
            if different <= 20:
                print(f'{built_in} with {values}\n  built-in: {expected}\n  twin:     {actual}')

    for _ in range(options.pairs):
        twin = generator.random.choice(twins)
        document = generator.document_argument()
        count = generator.random.choice(twin[2])
        compare(twin, document, [generator.path_argument(document[0]) for _ in range(count)])
    for document in positions():
        for twin in twins:
            path = [(b'$.a[2]', 'CAST({} AS TEXT)')] if twin[2][-1] else []
            compare(twin, (document, 'CAST({} AS TEXT)'), path)
    print(f'SQLite {host.version}: {compared} calls compared, {errors} of them errors, {different} different')
    return 1 if different else 0


if __name__ == '__main__':
    sys.exit(main())
