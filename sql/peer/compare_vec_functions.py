"""Asks the scalar functions of this pack and of sqlite-vec the same random questions and reports where they differ.

usage: compare_vec_functions.py [--module FILE] [--questions N] [--seed N]

`sql/peer/run compare_vec_functions.py` runs it. What docs/vec.md lists
as a difference is not asked. Reals may differ by what float32 arithmetic rounds; all else must be the same, messages too.
"""

import argparse
import math
import random
import re
import struct
import sys
from pathlib import Path

import apsw
import sqlite_vec

ROOT = Path(__file__).resolve().parent.parent.parent


def connect(module):
    connection = apsw.Connection(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(str(module), "sqlite3_vec_init")
    return connection


class Questions:
    """Random SQL expressions with their parameters."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def number(self):
        choice = self.random.randrange(6)
        if choice == 0:
            return float(self.random.randint(-5, 5))
        if choice == 1:
            return self.random.uniform(-1e6, 1e6)
        return self.random.gauss(0, 1)

    def float_vector(self, dimensions):
        values = [self.number() for _ in range(dimensions)]
        if self.random.random() < 0.5:
            return "?", [struct.pack(f"{dimensions}f", *values)]
        separator = self.random.choice([",", ", ", " ,\n"])
        wrap = self.random.choice(["?", "vec_f32(?)"])
        return wrap, ["[" + separator.join(repr(value) for value in values) + "]"]

    def int8_vector(self, dimensions):
        values = [self.random.randint(-128, 127) for _ in range(dimensions)]
        if self.random.random() < 0.5:
            return "vec_int8(?)", [struct.pack(f"{dimensions}b", *values)]
        return "vec_int8(?)", ["[" + ",".join(map(str, values)) + "]"]

    def bit_vector(self, dimensions):
        return "vec_bit(?)", [self.random.randbytes(max(1, dimensions // 8))]

    def vector(self, dimensions):
        return self.random.choice([self.float_vector, self.float_vector, self.int8_vector, self.bit_vector])(dimensions)

    def not_a_vector(self):
        return "?", [self.random.choice([None, 1, 2.5, "", "x", "[]", "[x]", b"", b"123", "{}", "[null]", "[1e999]"])]

    def argument(self, dimensions):
        return self.not_a_vector() if self.random.random() < 0.1 else self.vector(dimensions)

    def next(self):
        """An expression and its parameters. Bytes of another type are not read as float32: they may hold NaN."""
        while True:
            expression, parameters = self.any()
            if not re.match(r"(vec_f32|vec_quantize_int8)\(vec_(int8|bit)", expression):
                return expression, parameters

    def any(self):
        dimensions = self.random.choice([1, 2, 3, 8, 16, 24, 100, 768])
        if self.random.random() < 0.3:
            dimensions *= 8
        first, parameters = self.argument(dimensions)
        one = ["vec_f32", "vec_int8", "vec_bit", "vec_length", "vec_type", "vec_to_json", "vec_normalize", "vec_quantize_binary"]
        two = ["vec_distance_l2", "vec_distance_l1", "vec_distance_cosine", "vec_distance_hamming", "vec_add", "vec_sub"]
        choice = self.random.randrange(10)
        if choice == 0 and not first.startswith("vec_bit"):  # whose bits come in another order
            return f"(SELECT group_concat(rowid || ':' || value) FROM vec_each({first}))", parameters
        if choice < 4:
            return f"{self.random.choice(one)}({first})", parameters
        if choice < 8:
            kinds = {"vec_int8": self.int8_vector, "vec_bit": self.bit_vector}
            other = kinds.get(first.split("(")[0], self.float_vector)  # mostly of the same type
            second, more = other(dimensions) if self.random.random() < 0.9 else self.argument(dimensions + 8)
            return f"{self.random.choice(two)}({first}, {second})", parameters + more
        if choice == 8:
            bounds = [self.random.randint(-1, dimensions + 1) for _ in range(2)]
            if self.random.random() < 0.8:
                bounds.sort()
            return f"vec_slice({first}, ?, ?)", parameters + bounds
        return f"vec_quantize_int8({first}, ?)", parameters + [self.random.choice(["unit", "unit", "UNIT", "x", None, 1])]


def answer(connection, expression, parameters):
    twice = parameters * 2
    try:
        return connection.execute(f"SELECT {expression}, subtype({expression})", twice).fetchone()
    except apsw.Error as error:
        # A number that is neither whole nor in range is refused for either reason.
        return str(error).replace("JSON parsing error: value out of range for int8", "JSON parsing error")


def same_real(ours, theirs, scale):
    return math.isclose(ours, theirs, rel_tol=2e-5, abs_tol=2e-6 * scale)


def same(expression, ours, theirs):
    if ours == theirs or (theirs == "SQL logic error" and isinstance(ours, str)):  # vec_each does not say what is wrong
        return True
    if not isinstance(ours, tuple) or not isinstance(theirs, tuple):
        return False
    if expression.startswith("vec_normalize") and ours[0] is None:
        return isinstance(theirs[0], bytes)  # a vector without a direction: NaN there
    if ours[1] != theirs[1]:
        return False
    if isinstance(ours[0], float) and isinstance(theirs[0], float):
        # sqlite-vec sums in float32: an error of the sum, not of the result.
        return same_real(ours[0], theirs[0], 1 if "cosine" in expression else max(abs(theirs[0]), 1e-3))
    if expression.startswith("vec_normalize") and isinstance(ours[0], bytes) and len(ours[0]) == len(theirs[0]):
        count = len(ours[0]) // 4
        pairs = zip(struct.unpack(f"{count}f", ours[0]), struct.unpack(f"{count}f", theirs[0]))
        return all(same_real(a, b, 1) for a, b in pairs)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", type=Path, default=ROOT / "dist/vec0.so", help="our module")
    parser.add_argument("--questions", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ours, theirs = connect(options.module.resolve()), connect(sqlite_vec.loadable_path())
    questions = Questions(options.seed)
    differ = 0
    for _ in range(options.questions):
        expression, parameters = questions.next()
        answers = answer(ours, expression, parameters), answer(theirs, expression, parameters)
        if not same(expression, *answers):
            differ += 1
            if differ <= 20:
                shown = [value if len(repr(value)) < 200 else f"{repr(value)[:200]}..." for value in parameters]
                print(f"{expression} with {shown}\n  ours:   {str(answers[0])[:300]}\n  theirs: {str(answers[1])[:300]}")
    print(f"{options.questions - differ} passed, {differ} failed")
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
