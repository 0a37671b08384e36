"""Gives vec0 tables of this pack and of sqlite-vec the same random statements and reports where their answers differ.

usage: compare_vec_tables.py [--module FILE] [--tables N] [--statements N] [--seed N]

`sql/peer/run compare_vec_tables.py` runs it. Rows, their order and the texts of errors must be the
same. What may differ on purpose is in DIFFERENCES below, each with its reason, and in docs/vec.md; reals may differ by
what float32 arithmetic rounds.
"""

import argparse
import json
import math
import random
import re
import struct
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import sqlite_vec

ROOT = Path(__file__).resolve().parent.parent.parent

DIFFERENCES = [
    # (what sqlite-vec says, what ours says, why). A pattern of None is an answer, no error.
    (r"A LIMIT or 'k = \?' constraint is required", None, "without k and LIMIT all rows come, in order"),
    (r"Only LIMIT or 'k =\?' can be provided, not both", None, "k and LIMIT may be given together"),
    (r"k value in knn query too large", None, "k has no limit"),
    (r"Only ascending in ORDER BY distance", None, "a KNN query may be ordered by anything"),
    (r"Only a single 'ORDER BY distance' clause", None, "a KNN query may be ordered by anything"),
    (r"An illegal WHERE constraint was provided on a vec0 auxiliary column", None, "conditions on auxiliary columns choose among the k nearest"),
    (r"An illegal WHERE constraint was provided on a vec0 metadata column", None, "every operator works on metadata"),
    (r"ONLY EQUALS \(=\) or NOT_EQUALS", None, "every operator works on metadata"),
    (r"is only available on INTEGER or TEXT metadata columns", None, "IN works on every metadata column"),
    (r"Illegal WHERE constraint on distance column", None, "every operator works on distance"),
    (r"Could not filter metadata fields", None, "sqlite-vec fails on texts of 12 bytes"),
    (r"UNIQUE constraint failed", None, "INSERT OR REPLACE and OR IGNORE work; 0.1.9 refuses both"),
    (r"UPDATE on partition key columns are not supported", None, "partition keys may be changed"),
    (r"Expected .* for .* metadata column .*, received NULL|Expected 0 or 1 for BOOLEAN", None, "metadata may be NULL"),
    (r"Dimension on vector column too large", None, "up to 16,384 dimensions"),
    (r"Parition key type mismatch", None, "a partition key takes NULL"),
    (r"Dimension on vector column too large", r"Dimension on vector column too large", "up to 16,384 dimensions"),
    (r"could not parse table option|chunk_size must be|Unknown table option|duplicate column name", r"Could not parse|could not parse table option|is reserved", "the argument that is not understood is named"),
    (None, r"must be divisible by 8", "bits come in multiples of eight"),
    (r"Updated vector for .* (is invalid|is expected to be of type)", None, "UPDATE with vec_int8() and vec_bit(): SQLite drops the type on the way, and sqlite-vec takes float32"),
    (r"Dimension mismatch for new updated vector", r"Updated vector for", "the same"),
    (r"Auxiliary column type mismatch.* FLOAT, but INTEGER", None, "a float column takes whole numbers"),
    (r"table t has no column named t", r"unknown vec0 command", "0.1.9 has no commands"),
    (r"only 1 'rowid in", None, "any number of IN conditions"),
    (None, r"UPDATEs on vec0 primary key", "a key that is changed together with a vector is refused, not ignored"),
    (None, r"Auxiliary column type mismatch", "UPDATE checks the types of auxiliary columns as INSERT does"),
    (None, r"vec0: k: must be an integer \(got NULL\)", "k = NULL is an error"),
    (r"Inserted vector for", r"declared with a TEXT primary key", "of two faults the other one is named"),
    (r"Inserted vector for .* is expected to be of type", r"Inserted vector for .* is expected to be of type", "sqlite-vec names the wrong column"),
    (r'for the "" column is expected to be of type ,', r"is expected to be of type", "sqlite-vec names the column after it has forgotten it"),
    (None, r"UPDATEs? .*NULL|Input must have type BLOB .* found NULL", "UPDATE ... SET vector = NULL is an error, not ignored"),
]


def connect(module):
    connection = apsw.Connection(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(str(module), "sqlite3_vec_init")
    return connection


@dataclass(frozen=True)
class Vector:
    """A vector column of a random table."""

    name: str
    type: str  # float, int8, bit
    dimensions: int
    metric: str

    @property
    def declaration(self):
        metric = "" if self.type == "bit" or self.metric == "default" else f" distance_metric={self.metric}"
        return f"{self.name} {self.type}[{self.dimensions}]{metric}"


@dataclass(frozen=True)
class Value:
    """An auxiliary, metadata or partition column."""

    name: str
    type: str
    kind: str  # auxiliary, metadata, partition

    @property
    def declaration(self):
        return {"auxiliary": f"+{self.name} {self.type}", "metadata": f"{self.name} {self.type}", "partition": f"{self.name} {self.type} partition key"}[self.kind]


@dataclass
class Table:
    key: str  # none, integer, text
    vectors: list
    values: list
    rowids: list = field(default_factory=list)
    keys: list = field(default_factory=list)
    greatest: int = 0  # the greatest rowid that there ever was

    @property
    def key_name(self):
        return "rowid" if self.key == "none" else "id"


class Statements:
    """Random statements on one random table, `t`."""

    def __init__(self, source, kinds):
        self.random = source
        self.kinds = kinds
        self.table = self.any_table()
        self.faultless = False

    def chance(self, share):
        return self.random.random() < share

    def fault(self, share):
        """Like chance(), for what makes a statement fail: at most one of these in each, since which is named first does not matter."""
        if self.faultless or not self.chance(share):
            return False
        self.faultless = True
        return True

    def any_table(self):
        vectors = []
        for number in range(self.random.choice([1, 1, 1, 2, 3])):
            type_ = self.random.choice(["float", "float", "int8", "bit"])
            dimensions = self.random.choice([1, 2, 3, 8, 16, 31]) * (8 if type_ == "bit" else 1)
            vectors.append(Vector(f"v{number}", type_, dimensions, self.random.choice(["default", "l2", "cosine", "l1"])))
        values = []
        types = {"auxiliary": ["text", "integer", "float", "blob"], "metadata": ["text", "integer", "float", "boolean"], "partition": ["text", "integer"]}
        for kind in self.kinds:
            for number in range(self.random.choice([0, 0, 1, 2])):
                values.append(Value(f"{kind[0]}{number}", self.random.choice(types[kind]), kind))
        return Table(self.random.choice(["none", "integer", "text"]), vectors, values)

    def create(self):
        parts = {"none": [], "integer": ["id integer primary key"], "text": ["id text primary key"]}[self.table.key]
        parts = parts + [column.declaration for column in self.table.vectors + self.table.values]
        self.random.shuffle(parts)
        if self.chance(0.3):
            parts.append(f"chunk_size={self.random.choice([8, 16, 1024])}")
        return f"CREATE VIRTUAL TABLE t USING vec0({', '.join(parts)})"

    # Values

    def numbers(self, column):
        if column.type == "bit":
            return list(self.random.randbytes(column.dimensions // 8))
        if column.type == "int8":
            return [self.random.choice([-1, 1]) * self.random.randint(1, 9) for _ in range(column.dimensions)]
        return [self.random.gauss(0, 1) or 1.0 for _ in range(column.dimensions)]

    def vector(self, column):
        """SQL and a parameter of a vector of the column."""
        numbers = self.numbers(column)
        if column.type == "bit":
            return "vec_bit(?)", bytes(numbers)
        if column.type == "int8":
            return "vec_int8(?)", self.random.choice([json.dumps(numbers), struct.pack(f"{len(numbers)}b", *numbers)])
        return self.random.choice(["?", "vec_f32(?)"]), self.random.choice([json.dumps(numbers), struct.pack(f"{len(numbers)}f", *numbers)])

    def wrong_vector(self, column):
        other = Vector("x", self.random.choice(["float", "int8", "bit"]), column.dimensions + 8, "l2")
        return self.random.choice([("?", None), ("?", 1), ("?", 2.5), ("?", ""), ("?", "[]"), ("?", "[x]"), ("?", b""), self.vector(other)])

    def maybe_wrong(self, column):
        return self.wrong_vector(column) if self.fault(0.04) else self.vector(column)

    def value(self, column):
        """A parameter for a column of values; mostly of its type, and often one of a few."""
        if self.fault(0.02):
            return self.random.choice([None, 1, 1.5, "text", b"blob"])
        if column.kind == "auxiliary" and self.chance(0.1):
            return None
        if column.type == "text":
            return self.random.choice(["", "a", "b", "ab", "twelve bytes", "longer than twelve bytes", "longer than twelve words", "Ab", "é"])
        if column.type == "integer":
            return self.random.choice([0, 1, 2, -1, 7, 2**40, -(2**62)])
        if column.type == "float":
            return self.random.choice([0.0, 1.5, -2.25, 1e30, -0.0])
        if column.type == "boolean":
            return self.random.choice([0, 1])
        return self.random.choice([b"", b"x", b"\0\1"])

    def rowid(self):
        if self.table.rowids and self.chance(0.8):
            return self.random.choice(self.table.rowids)
        return self.random.choice([0, -3, 12, 500, 2**31 + 7])

    def key(self):
        if self.table.key != "text":
            return self.rowid()
        return self.random.choice(self.table.keys) if self.table.keys and self.chance(0.8) else f"k{self.random.randrange(40)}"

    # Writes

    def insert(self):
        names, expressions, parameters = [], [], []
        if self.table.key == "text" or self.chance(0.5) or self.table.greatest not in self.table.rowids:
            names.append(self.table.key_name)
            expressions.append("?")
            parameters.append(f"k{self.random.randrange(10**6)}" if self.table.key == "text" else self.random.randrange(1, 10**6))
            if self.fault(0.05):
                parameters[-1] = self.random.choice([self.key(), "text", 1.5, None if self.table.key == "text" else "1"])
        for column in self.table.vectors:
            if self.fault(0.01):
                continue
            expression, parameter = self.maybe_wrong(column)
            names.append(column.name)
            expressions.append(expression)
            parameters.append(parameter)
        for column in self.table.values:
            if self.chance(0.1) and column.kind == "auxiliary":
                continue
            names.append(column.name)
            expressions.append("?")
            parameters.append(self.value(column))
        conflict = self.random.choice(["", "", "", "", "", " OR REPLACE", " OR IGNORE"])
        hidden = self.random.choice(["distance", "k"]) if self.fault(0.01) else None
        if hidden:
            names.append(hidden)
            expressions.append("1")
        return f"INSERT{conflict} INTO t({', '.join(names)}) VALUES ({', '.join(expressions)})", parameters

    def update(self):
        sets, parameters = [], []
        columns = self.random.sample(self.table.vectors + self.table.values, self.random.choice([1, 1, 2]) if len(self.table.vectors + self.table.values) > 1 else 1)
        for column in columns:
            expression, parameter = self.maybe_wrong(column) if isinstance(column, Vector) else ("?", self.value(column))
            sets.append(f"{column.name} = {expression}")
            parameters.append(parameter)
        if self.fault(0.03):
            sets.append(f"{self.table.key_name} = ?")
            parameters.append(self.key())
        return f"UPDATE t SET {', '.join(sets)} WHERE {self.table.key_name} = ?", parameters + [self.key()]

    def delete(self):
        if self.chance(0.02):
            return "DELETE FROM t", []
        if self.chance(0.2):
            keys = [self.key() for _ in range(self.random.randrange(5))]
            return f"DELETE FROM t WHERE {self.table.key_name} IN ({', '.join('?' * len(keys))})", keys
        return f"DELETE FROM t WHERE {self.table.key_name} = ?", [self.key()]

    # Queries

    def columns(self):
        return ", ".join([self.table.key_name] + [column.name for column in self.table.vectors + self.table.values])

    def knn(self):
        column = self.random.choice(self.table.vectors)
        expression, query = self.maybe_wrong(column)
        where, parameters = [f"{column.name} MATCH {expression}"], [query]
        bound = self.random.choice(["k"] * 10 + ["limit"] * 10 + ["both", "none"])
        if bound in ("k", "both"):
            where.append("k = ?")
            parameters.append(self.random.choice([0, -1, 5000, None, "3", 3.0] if self.fault(0.1) else [1, 2, 3, 5, 10, 50]))
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            condition, more = self.condition(column)
            where.append(condition)
            parameters += more
        order = self.random.choice(["", " ORDER BY distance", " ORDER BY distance", " ORDER BY distance DESC" if self.chance(0.1) else ""])
        limit = f" LIMIT {self.random.choice([1, 2, 5, 10, 60])}" if bound in ("limit", "both") else ""
        return f"SELECT {self.table.key_name}, distance FROM t WHERE {' AND '.join(where)}{order}{limit}", parameters

    def condition(self, column):
        """A condition beside MATCH and its parameters."""
        kind = self.random.choice(["key", "distance", "distance", "value", "value"])
        if kind == "key":
            keys = [self.key() for _ in range(self.random.choice([0, 2, 3, 10]))]
            return f"{self.table.key_name} IN ({', '.join('?' * len(keys))})", keys
        if kind == "value" and self.table.values:
            self.faultless = True  # sqlite-vec takes values of another type as 0 or ''
            value = self.random.choice(self.table.values)
            operator = self.random.choice(["=", "!=", "<", "<=", ">", ">=", "IN", "IS", "LIKE"] if self.chance(0.5) else ["=", "!=", "<", ">="])
            if operator == "IN":
                return f"{value.name} IN (?, ?)", [self.value(value), self.value(value)]
            return f"{value.name} {operator} ?", [self.value(value)]
        # Between whole numbers, so that what float32 rounds decides nothing.
        middle = {"float": 1.0, "int8": 8.5, "bit": column.dimensions / 2 + 0.5}[column.type]
        return f"distance {self.random.choice(['<', '<=', '>', '>=', '='] if self.chance(0.1) else ['<', '<=', '>', '>='])} ?", [middle * self.random.choice([0.0137, 0.53, 1.013, 1.51, 1.99, 1e9])]

    def point(self):
        return f"SELECT {self.columns()} FROM t WHERE {self.table.key_name} = ?", [self.key()]

    def scan(self):
        what = self.random.choice([self.columns(), "count(*)", f"min({self.table.key_name}), count(*)"])
        where, parameters = "", []
        if self.table.values and self.chance(0.5):
            value = self.random.choice(self.table.values)
            self.faultless = True
            where, parameters = f" WHERE {value.name} {self.random.choice(['=', '<', '>=', 'IS', 'IN'])} (?)", [self.value(value)]
        return f"SELECT {what} FROM t{where} ORDER BY 1", parameters

    def wrong(self):
        first, last = self.table.vectors[0], self.table.vectors[-1]
        query, parameter = self.vector(first)
        return self.random.choice([
            (f"SELECT {self.table.key_name} FROM t WHERE {first.name} MATCH {query} AND {last.name} MATCH {query} AND k = 1", [parameter, parameter]),
            (f"SELECT {self.table.key_name} FROM t WHERE {first.name} MATCH {query} AND k = 1 AND {self.table.key_name} IN (1, 2) AND {self.table.key_name} IN (2, 3)", [parameter]),
            ("SELECT * FROM t WHERE nothing = 1", []),
            ("INSERT INTO t(t) VALUES ('no such command')", []),
            (f"INSERT INTO t({self.table.key_name}, {first.name}) VALUES ({'1' if self.table.key != 'text' else chr(39) + 'x' + chr(39)}, 1)", []),
        ])

    def next(self):
        self.faultless = False
        return self.random.choices(
            [self.insert, self.update, self.delete, self.knn, self.point, self.scan, self.wrong], [30, 8, 6, 40, 6, 6, 1]
        )[0]()


CREATES = [
    "", "v float[2]", "v float[0]", "v float[-1]", "v float[x]", "v float", "v int8[3]", "v bit[7]", "v bit[8]", "v f32[4]", "v i8[4]", "v float[2] distance_metric=l3",
    "v float[2] distance_metric=cosine", "v bit[8] distance_metric=cosine", "v float[2] distance_metric", "v float[10000]", "v float[100000]", "a float[2], a float[2]",
    "v float[2], id integer primary key, other integer primary key", "v float[2], id text primary key", "v float[2], id blob primary key", "id integer primary key",
    "v float[2], +x text", "v float[2], +x", "v float[2], +x nonsense", "v float[2], chunk_size=0", "v float[2], chunk_size=7", "v float[2], chunk_size=8000", "v float[2], chunk_size=abc",
    "v float[2], what=8", "v float[2], p text partition key", "v float[2], m integer", "v float[2], m blob", "v float[2],", "v float[2], ,", ", ".join(f"v{i} float[1]" for i in range(17)),
    "v float[1], " + ", ".join(f"+a{i} text" for i in range(17)), "v float[1], " + ", ".join(f"m{i} text" for i in range(17)), "v float[1], " + ", ".join(f"p{i} text partition key" for i in range(5)),
    "V FLOAT[3]", "v float[3] DISTANCE_METRIC=L2", "distance float[2]", "k float[2]", "rowid integer primary key, v float[2]",
]


def run(connection, sql, parameters=()):
    """Rows, or the text of the error."""
    try:
        return connection.execute(sql, parameters).fetchall()
    except (apsw.Error, OverflowError) as error:
        return f"{error}"


def same_value(ours, theirs):
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=2e-5, abs_tol=2e-6)
    return type(ours) is type(theirs) and ours == theirs


def same_rows(ours, theirs):
    return len(ours) == len(theirs) and all(len(a) == len(b) and all(map(same_value, a, b)) for a, b in zip(ours, theirs))


def same_neighbors(ours, theirs):
    """The same (key, distance) in the same order. Rows at the same distance come in order of rowid here and in another order there, so the order of these does
    not count, nor which of the rows at the last distance are among the answers."""
    if len(ours) != len(theirs) or not all(same_value(a[1], b[1]) for a, b in zip(ours, theirs)):
        return False
    start = 0
    for end in range(1, len(ours) + 1):
        if end < len(ours) and same_value(ours[end][1], ours[start][1]):
            continue
        if end < len(ours) and Counter(key for key, _ in ours[start:end]) != Counter(key for key, _ in theirs[start:end]):
            return False
        start = end
    return True


def text_of(answer):
    return re.sub(r"^(SQLError|ConstraintError|MisuseError|ThreadingViolationError): ", "", answer) if isinstance(answer, str) else None


def allowed(ours, theirs):
    """Why the answers may differ, or None."""
    for their_pattern, our_pattern, reason in DIFFERENCES:
        pairs = [(their_pattern, theirs), (our_pattern, ours)]
        if all((text_of(answer) is None) if pattern is None else (text_of(answer) is not None and re.search(pattern, text_of(answer))) for pattern, answer in pairs):
            return reason
    if isinstance(ours, str) and any(our is None and re.search(their, text_of(theirs) or "") for their, our, _ in DIFFERENCES if their):
        return "of two faults of a statement ours names the other one, because the first is none here"
    return None


class Comparison:
    def __init__(self, module):
        self.module = module
        self.passed = 0
        self.failed = 0
        self.reasons = Counter()

    def connections(self):
        return connect(self.module), connect(sqlite_vec.loadable_path())

    def judge(self, sql, parameters, ours, theirs, compare=same_rows):
        """True when both did the same."""
        if isinstance(ours, str) or isinstance(theirs, str):
            same = text_of(ours) == text_of(theirs)
        else:
            same = compare(ours, theirs)
        if same:
            self.passed += 1
            return True
        reason = allowed(ours, theirs) or self.missing_key(sql, ours, theirs) or self.partitions(sql, ours, theirs)
        if reason:
            self.reasons[reason] += 1
            return False
        self.failed += 1
        if self.failed <= 20:
            print(f"{sql}\n  with {str(parameters)[:300]}\n  ours:   {str(ours)[:400]}\n  theirs: {str(theirs)[:400]}")
        return False

    @staticmethod
    def missing_key(sql, ours, theirs):
        """sqlite-vec finds nothing when a TEXT key of `id IN (...)` is not there."""
        if "id text primary key" in sql and " id IN (" in sql and isinstance(ours, list) and theirs == []:
            return "id IN (...) finds the keys that are there, whether or not all are"
        return None

    @staticmethod
    def partitions(sql, ours, theirs):
        """sqlite-vec searches each partition of `p IN (...)` on its own, and filters by other operators than comparisons after k rows are found."""
        if re.search(r" AND p\d (IN|IS|LIKE) ", sql) and isinstance(ours, list) and isinstance(theirs, list):
            return "every condition on partition keys chooses before the k nearest are counted, over all partitions together"
        return None

    def creates(self):
        for arguments in CREATES:
            sql = f"CREATE VIRTUAL TABLE t USING vec0({arguments})"
            self.judge(sql, [], *(run(connection, sql) for connection in self.connections()))

    def table(self, source, kinds, count):
        statements = Statements(source, kinds)
        ours, theirs = self.connections()
        create = statements.create()
        if not self.judge(create, [], run(ours, create), run(theirs, create)):
            return
        table = statements.table
        for _ in range(count):
            sql, parameters = statements.next()
            writes = not sql.startswith("SELECT")
            if not writes:
                compare = same_neighbors if " MATCH " in sql else same_rows
                self.judge(f"{create}; {sql}", parameters, run(ours, sql, parameters), run(theirs, sql, parameters), compare)
                continue
            for connection in (ours, theirs):
                connection.execute("SAVEPOINT write")
            ours_did = run(ours, sql, parameters)
            done = self.judge(f"{create}; {sql}", parameters, ours_did, run(theirs, sql, parameters))
            for connection in (ours, theirs):
                # A refused write leaves parts of itself in sqlite-vec's tables (auxiliary columns are checked after the vector is written).
                connection.execute("RELEASE write" if done and isinstance(ours_did, list) else "ROLLBACK TO write; RELEASE write")
            if table.key == "text":
                table.keys = [row[0] for row in theirs.execute("SELECT id FROM t")]
            else:
                table.rowids = [row[0] for row in theirs.execute(f"SELECT {table.key_name} FROM t")]
            table.greatest = max([table.greatest, *table.rowids])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", type=Path, default=ROOT / "dist/vec0.so", help="our module")
    parser.add_argument("--tables", type=int, default=100)
    parser.add_argument("--statements", type=int, default=200, help="on each table (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", default=["auxiliary", "metadata", "partition"], help="kinds of columns beside vectors")
    options = parser.parse_args()
    comparison = Comparison(options.module.resolve())
    comparison.creates()
    for number in range(options.tables):
        comparison.table(random.Random(options.seed * 1_000_003 + number), options.kinds, options.statements)
    for reason, count in sorted(comparison.reasons.items()):
        print(f"differs on purpose {count} times: {reason}")
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    sys.exit(comparison.failed > 0)


if __name__ == "__main__":
    main()
