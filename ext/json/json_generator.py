"""Random JSON, JSON5 and JSONB documents and SQLite paths, good and bad."""
import json
import random

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
JSON5_SPACES = [' ', '\n', '\t', '\r', '/**/', '/* a * / b */', '/*/*/', '//c\n', '//c\r', '//c\u2028', '//\u2029', '\x0b', '\x0c', '\xa0',
                '\u1680', '\u2000', '\u200a', '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\ufeff']
JSON5_NUMBERS = """.5 5. -.5 -5. +.5 +5. +1 +0 +1.5 -1 0 00 .0 0. -0. 0x0 -0x0 0x1f 0XfF -0x7fffffffffffffff 0x8000000000000000 1.e3 .5e3 5.e-2
+1e3 1E+2 123456789012345. .123456789012345 1234567890123456. .1234567890123456 + - . +. 0x -.e1 1.5.5 1e5.5""".split()
JSON5_STRINGS = ['', 'a', 'abc def', "'", '"', "it\\'s", '\\"', '\\x41', '\\xe9', '\\x00', '\\xg1', '\\u0041', '\\ud83d\\ude00', '\\ud83d', '\\n', '\\/',
                 '\\b\\f\\r\\t', '\\\\', '\\v', '\\0', '\\01', '\\a', '\\\n', '\\\r\n', '\\\r', '\\\u2028', '\t', '\n', '\x01', '\x7f', 'é', '😀', '\u2028', '\xff',
                 'long ' * 20, '//', '/*', '{', ']']
JSON5_NAMES = ['a', 'b', 'c', 'ab', 'a1', '_x', '$', '$a_1', 'A', 'é', 'k\\u0061', 'true', 'nullx', 'null_x', 'NaN', 'nan$', 'inf', 'info', 'Infinity',
               'a-b', '1a', 'qnan', 'abcdefghijklmnopqrstuvwxyz', 'a\u00e9']
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

    def json5_space(self):
        return ''.join(self.random.choice(JSON5_SPACES) for _ in range(self.random.choice([0, 0, 1, 1, 2])))

    def json5_scalar(self):
        kind = self.random.random()
        if kind < 0.3:
            return self.random.choice(JSON5_NUMBERS)
        if kind < 0.4:
            digits = ''.join(self.random.choice('0123456789abcdefABCDEF') for _ in range(self.random.randint(1, 18)))
            return self.random.choice(['', '', '+', '-']) + self.random.choice(['0x', '0X']) + digits
        if kind < 0.55:
            number = self.number()
            return self.random.choice(['', '+']) + self.random.choice([number, number.replace('0.', '.'), number + '.', number.partition('.')[0] + '.'])
        if kind < 0.85:
            return self.json5_string()
        return self.random.choice(['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity', '+Infinity', '-NaN', '+NaN'])

    def json5_string(self):
        quote = self.random.choice('\'"')
        inside = ''.join(self.random.choice(JSON5_STRINGS) for _ in range(self.random.choice([0, 1, 1, 2, 3])))
        if self.chance(0.9):
            inside = inside.replace(quote, '')
        return quote + inside + quote

    def json5_value(self, depth):
        space = self.json5_space
        if depth <= 0 or self.chance(0.25):
            return self.json5_scalar()
        count = self.random.choice([0, 1, 2, 3])
        comma = ',' + space() if count and self.chance(0.3) else ''
        if self.chance(0.6):
            key = lambda: self.random.choice(JSON5_NAMES) if self.chance(0.7) else self.json5_string()
            inside = [f'{space()}{key()}{space()}:{space()}{self.json5_value(depth - 1)}{space()}' for _ in range(count)]
            return '{' + (','.join(inside) or space()) + comma + '}'
        inside = [f'{space()}{self.json5_value(depth - 1)}{space()}' for _ in range(count)]
        return '[' + (','.join(inside) or space()) + comma + ']'

    def json5(self):
        data = bytearray(text_bytes(self.json5_space() + self.json5_value(self.random.randint(0, 4)) + self.json5_space()))
        if data and self.chance(0.15):
            self.damage(data)
        return bytes(data)

    def damage(self, data):
        at = self.random.randrange(len(data))
        how = self.random.randrange(5)
        if how == 0:
            del data[at:]
        elif how == 1:
            data[at] = self.random.randrange(256)
        elif how == 2:
            data[at:at] = bytes([self.random.randrange(256)])
        elif how == 3:
            data[at] ^= 1 << self.random.randrange(8)
        else:
            del data[at]

    def jsonb_node(self, kind, payload):
        """One element, now and then with a longer header than it needs or of a type that it is not."""
        if self.chance(0.02):
            kind = self.random.randrange(16)
        size = len(payload)
        forms = [form for form, limit in enumerate((11, 0xff, 0xffff, 0xffffffff, 1 << 64)) if size <= limit]
        form = forms[0] if self.chance(0.9) else self.random.choice(forms)
        if form == 0:
            return bytes([kind | size << 4]) + payload
        return bytes([kind | (11 + form) << 4]) + size.to_bytes(1 << (form - 1), 'big') + payload

    def jsonb_scalar(self):
        kind = self.random.randrange(11)
        pick = self.random.choice
        if kind <= 2:
            return self.jsonb_node(kind, b'' if self.chance(0.97) else b'x')
        if kind <= 6:
            texts = [['0', '-0', '12', '-7', '007', '9223372036854775808', ''], ['0x1F', '-0xa', '0x', '0xFFFFFFFFFFFFFFFF'],
                     ['1.5', '-0.25', '1e5', '9e999', '5', '1.', ''], ['.5', '-.5', '5.', '5.e3', '.', '1.5']]
            return self.jsonb_node(kind, (self.number() if self.chance(0.3) else pick(texts[kind - 3])).encode())
        pools = [STRINGS[:4] + ['k', "it's"], STRINGS, JSON5_STRINGS, STRINGS + ['\\', '"', '\n', '\x01']]
        return self.jsonb_node(kind, text_bytes(pick(pools[kind - 7] if self.chance(0.95) else ODD_STRINGS)))

    def jsonb_value(self, depth):
        if depth <= 0 or self.chance(0.25):
            return self.jsonb_scalar()
        count = self.random.choice([0, 1, 2, 3, 4])
        if self.chance(0.4):
            return self.jsonb_node(11, b''.join(self.jsonb_value(depth - 1) for _ in range(count)))
        key = lambda: self.jsonb_node(self.random.choice([7, 7, 7, 8, 9, 10]), text_bytes(self.random.choice(KEYS)))
        return self.jsonb_node(12, b''.join(
            (key() if self.chance(0.99) else b'') + self.jsonb_value(depth - 1) for _ in range(count)))

    def jsonb(self, made_by_host):
        """JSONB written here, or by the host (a function from text to JSONB or None); damaged or not."""
        data = None
        if self.chance(0.6):
            data = made_by_host(self.json5() if self.chance(0.4) else self.document())
        data = bytearray(data or self.jsonb_value(self.random.randint(0, 4)))
        if data and self.chance(0.3):
            self.damage(data)
        return bytes(data)

    def document_argument(self, made_by_host=None):
        kind = self.random.random()
        if kind < 0.5:
            return self.document(), 'CAST({} AS TEXT)'
        if kind < 0.7:
            return self.json5(), 'CAST({} AS TEXT)'
        if kind < 0.9:
            return self.jsonb(made_by_host or (lambda text: None)), '{}'
        if kind < 0.96:
            return self.document() if self.chance(0.7) else self.json5(), '{}'
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


def binary_positions(made_by_host):
    """Some JSONB documents cut at every byte and with every byte replaced."""
    texts = ['{"a":[1,-2.5,"x\\u0041\\n",true,false,null,{"b":{}}],"c":[],"long":"%s"}' % ('x' * 30), '[{"k":0.1},[[]],"a b",12345678901234]',
             """{a:[1,'x"y',.5,0x1F],"b":'\\x41'}""", '"%s"' % ('y' * 300)]
    for document in filter(None, (made_by_host(text.encode()) for text in texts)):
        for at in range(len(document) + 1):
            yield document[:at]
            if at < 60:
                for byte in b'\x00\x01\x0b\x0c\x0d\x1b\x1c\x17\x28\x3a\xc7\xcb\xdc\xe3\xf7"\\a{[5\xff':
                    yield document[:at] + bytes([byte]) + document[at + 1:]
                    yield document[:at] + bytes([byte]) + document[at:]
