#!/usr/bin/python3
"""Host of SQL tests: Python's sqlite3, or apsw when called with `apsw`. Protocol: ../README.md."""

import json
import sys

from values import typed


def open_sqlite3(task):
    import sqlite3

    database = sqlite3.connect(task["database"], isolation_level=None)
    database.enable_load_extension(True)
    database.load_extension(task["module"])
    database.enable_load_extension(False)
    return database, sqlite3.sqlite_version


def open_apsw(task):
    import apsw

    database = apsw.Connection(task["database"])
    database.enable_load_extension(True)
    database.load_extension(task["module"], task["entry"])
    database.enable_load_extension(False)
    return database, apsw.sqlite_lib_version()


def run(database, sql):
    try:
        rows = database.execute(sql).fetchall()
    except Exception as error:  # each binding has exceptions of its own
        return {"error": str(error)}
    return {"rows": [typed(row) for row in rows]}


def main():
    task = json.load(sys.stdin)
    database, version = (open_apsw if sys.argv[1:] == ["apsw"] else open_sqlite3)(task)
    results = [run(database, sql) for sql in task["statements"]]
    database.close()
    json.dump({"sqlite": version, "results": results}, sys.stdout)


main()
