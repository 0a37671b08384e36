#!/usr/bin/env python3
"""Tables that sqlite-vec made are refused by vec0 with a message that says so, and no byte of them changes.

    run refuse_foreign_tables.py

Makes a file with tables of every layout of sqlite-vec, and tries every kind of statement on them with vec0.so in the
place of sqlite-vec. The last line is `N passed, M failed`.
"""
import hashlib
import sqlite3
import sys
import tempfile
from pathlib import Path

import sqlite_vec

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = {
    "plain": "v float[4]",
    "keyed": "id text primary key, v int8[4]",
    "partitioned": "tenant text partition key, v float[4], +note text",
    "filtered": "v bit[8], year integer, genre text, rating float, seen boolean",
}
STATEMENTS = [
    "SELECT * FROM {t}", "SELECT rowid FROM {t} WHERE v MATCH '[1,2,3,4]' AND k = 1", "INSERT INTO {t}(rowid, v) VALUES (9, '[1,2,3,4]')",
    "UPDATE {t} SET v = '[1,2,3,4]'", "DELETE FROM {t}", "DROP TABLE {t}", "ALTER TABLE {t} RENAME TO other",
    "INSERT INTO {t}({t}) VALUES ('optimize')", "SELECT vec_check('{t}')",
]


def connect(path, module):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension(str(module))
    return connection


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "foreign.db"
        connection = connect(path, sqlite_vec.loadable_path())
        for name, columns in TABLES.items():
            connection.execute(f"CREATE VIRTUAL TABLE {name} USING vec0({columns})")
            vector = {"keyed": "vec_int8('[1,2,3,4]')", "filtered": "vec_bit(x'0f')"}.get(name, "'[1,2,3,4]'")
            more = {"keyed": ("id, ", "'k', "), "filtered": ("year, genre, rating, seen, ", "5, 'longer than twelve', 1.5, 1, ")}.get(name, ("", ""))
            connection.execute(f"INSERT INTO {name}({more[0]}v) VALUES ({more[1]}{vector})")
        connection.close()
        before = hashlib.sha256(path.read_bytes()).digest()
        for name in TABLES:
            for statement in STATEMENTS:
                # A connection of its own, so that no table is known already.
                connection = connect(path, ROOT / "dist/vec0.so")
                try:
                    connection.execute(statement.format(t=name)).fetchall()
                    message = "no error"
                except sqlite3.Error as error:
                    message = str(error)
                connection.close()
                same = hashlib.sha256(path.read_bytes()).digest() == before
                if "made by sqlite-vec" in message and same:
                    passed += 1
                else:
                    failed += 1
                    print(f"{statement.format(t=name)}: {message}; the file is {'the same' if same else 'another one'}")
        connection = connect(path, sqlite_vec.loadable_path())
        for name in TABLES:
            if connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (1,):
                passed += 1
            else:
                failed += 1
                print(f"sqlite-vec does not find the row of {name}")
        connection.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
