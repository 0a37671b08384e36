#!/usr/bin/python3
"""The JSON functions beside the built-in ones of this Python's SQLite and of the newest.

    json_queries.py MODULE [NAME...] [--rounds N] [--long] [--output FILE]

Runs each case whose name contains a NAME in three ways, in turns: the host's own function (this Python's
sqlite3), the newest SQLite's (apsw, in build/hosts/venv), and ours in the newest. Prints the median of what
a row takes beyond reading it (the time of the query less that of one which only asks for the length of each document),
and how many times faster ours is. Time is processor time: all is in memory, and other work on the machine does not count.
--long adds the cases of a million rows, which take minutes, 1 GB of disk and 4 GB of memory.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from json_cases import CASES, LONG_CASES, ROOT

NEWEST = ROOT / "build/hosts/venv/bin/python"
FOLDER = ROOT / "build/bench"
READ_ROWS = "SELECT sum(length(CAST(doc AS BLOB))) FROM t"
READ_ROWS_SINCE_3_43 = "SELECT sum(octet_length(doc)) FROM t"


class Connection:
    """One database of one of Python's two SQLite packages."""

    def __init__(self, package, path, module):
        if package == "apsw":
            import apsw

            self.version = apsw.sqlite_lib_version()
            connection = apsw.Connection(":memory:")
            self.run = lambda sql: connection.execute(sql).fetchall()
        else:
            import sqlite3

            self.version = sqlite3.sqlite_version
            connection = sqlite3.connect(":memory:", isolation_level=None)
            self.run = lambda sql: connection.execute(sql).fetchall()
        connection.enable_load_extension(True)
        connection.load_extension(module)
        # In memory: what is measured are functions, not files.
        self.run(f"ATTACH '{path}' AS source")
        self.run("CREATE TABLE t AS SELECT doc FROM source.t")
        self.run("DETACH source")


def worker(package, module):
    """Answers requests, one JSON line each: the case, which side of it, how often."""
    connections = {}
    for line in sys.stdin:
        request = json.loads(line)
        case = next(case for case in CASES + LONG_CASES if case.name == request["case"])
        path = FOLDER / f"json-{case.documents.name}.db"
        if path not in connections:
            connections.clear()  # their caches would pile up
            connections[path] = Connection(package, path, module)
        connection = connections[path]
        version = tuple(map(int, connection.version.split(".")))
        read = READ_ROWS_SINCE_3_43 if version >= (3, 43) else READ_ROWS
        query = getattr(case, request["side"])
        if case.column != "doc" and version >= case.least:
            table = f'"{case.column}"'
            connection.run(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT {case.column} AS doc FROM t")
            read, query = (sql.replace("FROM t", f"FROM {table}") for sql in (read, query))
        answer = {"version": connection.version}
        if version >= case.least or request["side"] == "ours":
            times = {"query": [], "read": []}
            for kind, sql in [("read", read), ("query", query)] * request["rounds"]:
                started = time.process_time()
                rows = connection.run(sql)
                times[kind].append(time.process_time() - started)
                if sql.startswith("CREATE INDEX"):
                    connection.run("DROP INDEX i")
            answer |= {"times": times, "answer": repr(rows)}
        print(json.dumps(answer), flush=True)


def fill(documents):
    path = FOLDER / f"json-{documents.name}.db"
    if path.exists():
        return
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    import sqlite3

    connection = sqlite3.connect(unfinished)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("CREATE TABLE t(doc TEXT)")
    connection.executemany("INSERT INTO t VALUES (?)", ((text,) for text in documents.texts))
    connection.commit()
    connection.close()
    unfinished.rename(path)


class Contender:
    def __init__(self, name, python, package, side, module):
        self.name, self.side = name, side
        self.process = subprocess.Popen([python, __file__, module, "--worker", package], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, case, rounds):
        self.process.stdin.write(json.dumps({"case": case.name, "side": self.side, "rounds": rounds}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: the worker ended")
        return json.loads(line)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("module")
    arguments.add_argument("names", nargs="*")
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--long", action="store_true")
    arguments.add_argument("--output", type=Path, default=FOLDER / "json.json")
    arguments.add_argument("--worker", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.worker:
        return worker(options.worker, options.module)
    module = str(Path(options.module).resolve())
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = [case for case in CASES + (LONG_CASES if options.long else [])
             if not options.names or any(name in case.name for name in options.names)]
    contenders = [
        Contender("host", sys.executable, "sqlite3", "built_in", module),
        Contender("newest", NEWEST, "apsw", "built_in", module),
        Contender("ours", NEWEST, "apsw", "ours", module),
    ]
    results = []
    print(f'{"":44} {"host":>10} {"newest":>10} {"ours":>10}   {"ratio":>6} target   aim')
    for case in cases:
        fill(case.documents)
        times = {}
        answers = {}
        rounds = 1 if case.name.startswith("an index") else options.rounds
        for _ in range(2 if rounds > 1 else 3):
            for contender in contenders:
                answer = contender.ask(case, (rounds + 1) // 2)
                if "times" not in answer:
                    continue
                answers[contender.name] = answer["answer"]
                for kind, seconds in answer["times"].items():
                    times.setdefault(contender.name, {}).setdefault(kind, []).extend(seconds)
        if len(set(answers.values())) != 1:
            raise SystemExit(f"{case.name}: the answers differ: {answers}")

        def cost(name):
            if name not in times:
                return None
            query = statistics.median(times[name]["query"])
            return query if case.whole else query - statistics.median(times[name]["read"])

        scale = 1e3 if case.whole else 1e9 / case.documents.count
        costs = {contender.name: cost(contender.name) for contender in contenders}
        ratio = costs["newest"] / costs["ours"]
        unit = "ms" if case.whole else "ns"
        shown = " ".join(f"{'-':>10}" if seconds is None else f"{seconds * scale:7,.0f} {unit}" for seconds in costs.values())
        print(f'{case.name:44} {shown}   {ratio:6.2f} {case.target:6} {case.aim or "":>5}', flush=True)
        results.append({"case": case.name, "ratio": ratio, "target": case.target, "aim": case.aim, "times": times})
    options.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
