#!/usr/bin/env python3
"""Compares what vec0 answers under conditions with what SQLite answers on an ordinary table of the same rows.

    filter_differential.py MODULE [--host sqlite3|apsw] [--queries N] [--seed S]

Two tables get the same random inserts, updates and deletes. Random conditions on partition keys, metadata and
auxiliary columns are then asked of both: nearest neighbours with k, with LIMIT, with OFFSET, and full scans. The
vectors have one element, a whole number, so that the ordinary table can order by the same distances. Prints each
difference (at most 10); the last line is `N passed, M failed`.
"""
import argparse
import random
import sys

COLUMNS = {
    "tenant": "TEXT", "region": "INTEGER",                                      # partition keys
    "year": "INTEGER", "genre": "TEXT", "rating": "FLOAT", "seen": "BOOLEAN", "code": "TEXT",  # metadata
    "note": "TEXT", "size": "INTEGER", "weight": "FLOAT", "body": "BLOB",       # auxiliary
}
PARTITION_KEYS = ("tenant", "region")
AUXILIARY = ("note", "size", "weight", "body")
INTEGERS = [0, 1, -1, 2, 3, 5, 7, 10, 1990, 2000, 2**31, -2**31, 2**53, 2**53 + 1, -2**53 - 1, 2**63 - 1, 2**63 - 2, -2**63, -2**63 + 1]
FLOATS = [0.0, -0.0, 0.5, -0.5, 1.0, 2.0, 3.5, 1e-300, 5e-324, 1e300, float("inf"), float("-inf"), 2.0**53, 2.0**53 + 2, 2.0**63, -2.0**63, 1e19, 0.1]
TEXTS = ["", "a", "A", "ab", "abc", "abcdefg", "abcdefgh", "abcdefghi", "abcdefgh\x01", "abcdefghijk", "abcdefghijkl", "abcdefghijklm", "ABCDEFGHIJKL",
         "abcdefghijkL", "horror", "Horror", "science fiction", "é", "É", "日本語", "5", "5.0", " 5", "-1", "1e0", "0", "%", "_", "a_c", "a%c", "*", "x" * 300,
         "x" * 299 + "y", "\x7f", "\U0001F600", "a\x00b", "a\x00c", "abcdefgh\x00", "zz"]
PATTERNS = ["%", "a%", "A%", "%c", "%b%", "_", "a_c", "abc%l", "%é%", "%É%", "x%y", "", "horror", "HORROR", "%fiction", "%\U0001F600%", "5%", "abcdefghijkl"]
GLOBS = ["*", "a*", "A*", "*c", "?", "[a-c]*", "abc*l", "*é*", "", "horror", "[^a]*", "x*y", "5*"]


class Sqlite3:
    def __init__(self, module):
        import sqlite3
        self.version = sqlite3.sqlite_version
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.enable_load_extension(True)
        self.database.load_extension(module)

    def rows(self, sql, values=()):
        return self.database.execute(sql, values).fetchall()


class Apsw:
    def __init__(self, module):
        import apsw
        self.version = apsw.sqlite_lib_version()
        self.database = apsw.Connection(":memory:")
        self.database.enable_load_extension(True)
        self.database.load_extension(module)

    def rows(self, sql, values=()):
        return self.database.execute(sql, values).fetchall()


class Comparison:
    def __init__(self, host, seed):
        self.host = host
        self.random = random.Random(seed)
        self.passed = 0
        self.failed = 0
        kinds = ", ".join(f"{name} {kind} partition key" if name in PARTITION_KEYS else f"+{name} {kind}" if name in AUXILIARY else f"{name} {kind}"
                          for name, kind in COLUMNS.items())
        host.rows(f"CREATE VIRTUAL TABLE t USING vec0(v float[1], {kinds})")
        host.rows("CREATE TABLE o(id INTEGER PRIMARY KEY, x REAL, " + ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items()) + ")")
        self.next_x = 0

    def value(self, name):
        kind = COLUMNS[name]
        if self.random.random() < 0.15:
            return None
        if name in PARTITION_KEYS:
            return self.random.choice(["a", "b", "abcdefghijkl"] if kind == "TEXT" else [1, 2, 3])
        if kind == "BOOLEAN":
            return self.random.randrange(2)
        if kind == "INTEGER":
            return self.random.choice(INTEGERS) if self.random.random() < 0.5 else self.random.randrange(20)
        if kind == "FLOAT":
            return self.random.choice(FLOATS)
        if kind == "BLOB":
            return self.random.choice([b"", b"a", b"\x00", b"abcdefghijkl", b"\xff"])
        return self.random.choice(TEXTS)

    def operand(self, name):
        if self.random.random() < 0.75:
            return self.value(name)
        return self.random.choice([None, self.random.choice(INTEGERS), self.random.choice(FLOATS), self.random.choice(TEXTS), b"abc"])

    def write(self):
        draw = self.random.random()
        ids = [row[0] for row in self.host.rows("SELECT id FROM o ORDER BY random() LIMIT 3")]
        if draw < 0.45 or not ids:
            self.next_x += 1
            x = self.next_x * (1 if self.next_x % 2 else -1)
            values = [self.value(name) for name in COLUMNS]
            names = ", ".join(COLUMNS)
            marks = ", ".join("?" for _ in COLUMNS)
            row = [self.next_x, x] + values
            self.host.rows(f"INSERT INTO o(id, x, {names}) VALUES (?, ?, {marks})", row)
            self.host.rows(f"INSERT INTO t(rowid, v, {names}) VALUES (?, vec_f32('[' || ? || ']'), {marks})", row)
        elif draw < 0.8:
            names = self.random.sample(list(COLUMNS), self.random.randrange(1, 4))
            values = [self.value(name) for name in names] + [ids[0]]
            assignments = ", ".join(f"{name} = ?" for name in names)
            self.host.rows(f"UPDATE o SET {assignments} WHERE id = ?", values)
            self.host.rows(f"UPDATE t SET {assignments} WHERE rowid = ?", values)
        else:
            for row in ids:
                self.host.rows("DELETE FROM o WHERE id = ?", [row])
                self.host.rows("DELETE FROM t WHERE rowid = ?", [row])

    def condition(self, any_form):
        """A condition and its values. Without any_form, only what vec0 decides before it counts k rows."""
        name = self.random.choice(list(COLUMNS))
        form = self.random.randrange(12)
        if form < 5:
            operator = self.random.choice(["=", "<>", "<", "<=", ">", ">=", "IS", "IS NOT", "==", "!="])
            collation = " COLLATE NOCASE" if COLUMNS[name] == "TEXT" and self.random.random() < 0.1 else ""
            return f"{name} {operator} ?{collation}", [self.operand(name)]
        if form == 5:
            return f"{name} IS NULL", []
        if form == 6:
            return f"{name} IS NOT NULL", []
        if form == 7:
            return f"{name} BETWEEN ? AND ?", [self.operand(name), self.operand(name)]
        if form == 8:
            count = self.random.choice([0, 1, 2, 3, 10, 200])
            return f"{name} IN ({', '.join('?' for _ in range(count))})", [self.operand(name) for _ in range(count)]
        if form == 9:
            return f"{name} LIKE ?", [self.random.choice(PATTERNS) if self.random.random() < 0.9 else self.operand(name)]
        if form == 10:
            return f"{name} GLOB ?", [self.random.choice(GLOBS)]
        if any_form:
            other, values = self.condition(False)
            return self.random.choice([f"NOT ({other})", f"({other} OR {name} IS NULL)", f"coalesce({other}, 1)"]), values
        return f"{name} = ?", [self.operand(name)]

    def compare(self, of_vec0, of_sqlite, values_vec0, values_sqlite):
        try:
            found = self.host.rows(of_vec0, values_vec0)
            expected = self.host.rows(of_sqlite, values_sqlite)
        except Exception as error:
            found, expected = f"{type(error).__name__}: {error}", "no error"
        if found == expected:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= 10:
            print(f"{of_vec0}\n  {values_vec0}\n  vec0:   {str(found)[:300]}\n  SQLite: {str(expected)[:300]}")

    def query(self):
        form = self.random.randrange(5)
        conditions = [self.condition(any_form=form >= 2) for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3]))]
        where = "".join(f" AND {text}" for text, _ in conditions)
        values = [value for _, some in conditions for value in some]
        if self.random.random() < 0.15:
            chosen = [self.random.randrange(self.next_x + 10) for _ in range(self.random.choice([1, 3, 50]))]
            where_t, where_o = (f" AND {key} IN ({', '.join(map(str, chosen))})" for key in ("rowid", "id"))
        else:
            where_t = where_o = ""
        if form == 4:
            columns = ", ".join(COLUMNS)
            return self.compare(f"SELECT rowid, {columns} FROM t WHERE 1{where}{where_t} ORDER BY rowid",
                                f"SELECT id, {columns} FROM o WHERE 1{where}{where_o} ORDER BY id", values, values)
        q = self.random.randrange(-self.next_x - 5, self.next_x + 5)
        k = self.random.choice([0, 1, 2, 5, 10, 100, 10000])
        distance = " AND distance <= 40" if self.random.random() < 0.15 else ""
        expected = f"SELECT id, abs(x - {q}) AS distance FROM o WHERE 1{where}{where_o}{distance} ORDER BY distance, id"
        nearest = f"SELECT rowid, distance FROM t WHERE v MATCH '[{q}]'{where}{where_t}{distance}"
        if form <= 1:
            self.compare(f"{nearest} AND k = {k}", f"{expected} LIMIT {k}", values, values)
        elif form == 2:
            self.compare(f"{nearest} ORDER BY distance LIMIT {k}", f"{expected} LIMIT {k}", values, values)
        else:
            self.compare(f"{nearest} LIMIT {k} OFFSET 3", f"{expected} LIMIT {k} OFFSET 3", values, values)

    def run(self, queries):
        for _ in range(300):
            self.write()
        for _ in range(queries // 20):
            choice = self.random.random()
            if choice < 0.2:
                self.host.rows("SAVEPOINT s")
            for _ in range(self.random.randrange(6)):
                self.write()
            for _ in range(20):
                self.query()
            if choice < 0.2:
                self.host.rows(self.random.choice(["ROLLBACK TO s", "RELEASE s"]) if choice < 0.1 else "RELEASE s")
                if choice < 0.1:
                    try:
                        self.host.rows("RELEASE s")
                    except Exception:
                        pass  # already released


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("module")
    parser.add_argument("--host", choices=["sqlite3", "apsw"], default="sqlite3")
    parser.add_argument("--queries", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    host = (Sqlite3 if options.host == "sqlite3" else Apsw)(options.module)
    comparison = Comparison(host, options.seed)
    comparison.run(options.queries)
    print(f"SQLite {host.version}, seed {options.seed}")
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
