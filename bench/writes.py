"""What writing costs, beside sqlite-vec and an ordinary table: rows a second, pages dirtied, space after deletes; and what a filter and
memory cost a query. Run it through bench/run. WAL, default pragmas; 768 floats a row unless it says otherwise.
"""

import argparse
import json
import statistics
import time

import apsw
import numpy

from cases import CASES, FOLDER
from contenders import EdgepackOneThread, SqliteVec
from queries import QUESTIONS, remove

CASE = CASES[0]
PAGE = 4096


class OrdinaryTable:
    """The same blobs in a rowid table: what SQLite itself takes."""

    insert_sql = "INSERT INTO vectors(rowid, embedding) VALUES (?, ?)"

    def __init__(self, path):
        self.connection = apsw.Connection(path)
        self.connection.execute("PRAGMA journal_mode = WAL").fetchall()

    def create(self, case):
        self.connection.execute("CREATE TABLE vectors(rowid INTEGER PRIMARY KEY, embedding BLOB)")


TABLES = {"edgepack": EdgepackOneThread, "sqlite-vec": SqliteVec, "an ordinary table": OrdinaryTable}


def fresh(name, definition=None):
    path = str(FOLDER / "writes.db")
    remove(FOLDER / "writes.db")
    table = TABLES[name](path)
    if definition and name != "an ordinary table":
        table.connection.execute(f"CREATE VIRTUAL TABLE vectors USING vec0({definition})")
    else:
        table.create(CASE)
    return table.connection


def blobs(count, start=0, dimensions=None):
    return [vector.tobytes() for vector in numpy.asarray(CASE.vectors[start : start + count, :dimensions])]


def insert(connection, rows, first=1):
    with connection:
        connection.executemany("INSERT INTO vectors(rowid, embedding) VALUES (?, ?)", enumerate(rows, start=first))


def rates(rounds, count=10_000):
    """Rows a second of processor time that are inserted in one transaction, COMMIT included, by the number of floats of a row."""
    result = {}
    for dimensions in (384, 768):
        rows, measured = blobs(count, dimensions=dimensions), {name: [] for name in TABLES}
        for _ in range(rounds):
            for name in TABLES:
                connection = fresh(name, f"embedding float[{dimensions}] distance_metric={CASE.metric}")
                started = time.process_time()
                insert(connection, rows)
                measured[name].append(count / (time.process_time() - started))
                connection.close()
        result[dimensions] = {name: statistics.median(values) for name, values in measured.items()}
    return result


def dirtied(count=200):
    """Pages that one statement in a transaction of its own adds to the WAL: the median, and the greatest."""
    result = {}
    for name in TABLES:
        connection = fresh(name)
        insert(connection, blobs(5_000))
        connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        new = blobs(count, 5_000)
        statements = {
            "insert": lambda i: ("INSERT INTO vectors(rowid, embedding) VALUES (?, ?)", (10_000 + i, new[i])),
            "update": lambda i: ("UPDATE vectors SET embedding = ? WHERE rowid = ?", (new[i], 1 + 7 * i)),
            "delete": lambda i: ("DELETE FROM vectors WHERE rowid = ?", (2 + 7 * i,)),
        }
        wal = FOLDER / "writes.db-wal"
        result[name] = {}
        for kind, statement in statements.items():
            pages = []
            for i in range(count):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                connection.execute(*statement(i))
                pages.append((wal.stat().st_size - 32) // (PAGE + 24))
            result[name][kind] = [statistics.median(pages), max(pages)]
        connection.close()
    return result


def space(count=10_000, rounds=10):
    """Bytes of the file after rounds of deleting 90 % and inserting as many again, divided by those of the first load."""
    result, rows = {}, blobs(count)
    for name in TABLES:
        connection = fresh(name)
        random = numpy.random.default_rng(5)
        insert(connection, rows)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        loaded = (FOLDER / "writes.db").stat().st_size
        for _ in range(rounds):
            rowids = [row[0] for row in connection.execute("SELECT rowid FROM vectors")]
            gone = random.choice(rowids, size=count * 9 // 10, replace=False).tolist()
            with connection:
                connection.executemany("DELETE FROM vectors WHERE rowid = ?", ((rowid,) for rowid in gone))
            insert(connection, [rows[i] for i in range(len(gone))], first=max(rowids) + 1)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        result[name] = (FOLDER / "writes.db").stat().st_size / loaded
        connection.close()
    return result


def filtered(rounds, count=100_000):
    """Seconds of a question with a condition on a metadata column that keeps 1 % of the rows, and without."""
    result, rows, questions = {}, blobs(count), [question.tobytes() for question in CASE.questions]
    for name in ("edgepack", "sqlite-vec"):
        connection = fresh(name, f"embedding {CASE.column}, category integer")
        with connection:
            connection.executemany("INSERT INTO vectors(rowid, embedding, category) VALUES (?, ?, ?)", ((i + 1, row, i * 7919 % 100) for i, row in enumerate(rows)))
        question = "SELECT rowid FROM vectors WHERE embedding MATCH ? AND k = 10"
        result[name] = {}
        for kind, sql in {"unfiltered": question, "filtered": question + " AND category = 42"}.items():
            seconds = []
            for _ in range(rounds + 1):
                for blob in questions:
                    started = time.perf_counter()
                    found = connection.execute(sql, (blob,)).fetchall()
                    seconds.append(time.perf_counter() - started)
                    assert len(found) == 10
            result[name][kind] = statistics.median(seconds[QUESTIONS:])
        connection.close()
    return result


def memory():
    """Bytes by which the first question lets a process grow that keeps no blocks in memory; SQLite's own page cache (2 MB) is among them."""
    connection = EdgepackOneThread(str(FOLDER / f"{CASE.name}-edgepack.db")).connection
    connection.execute("SELECT vec_config('cache_bytes', 0)").fetchall()
    connection.execute("SELECT rowid FROM vectors LIMIT 1").fetchall()
    question = CASE.questions[0].tobytes()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the greatest resident size counts from now on
    before = status("VmRSS")
    connection.execute("SELECT rowid FROM vectors WHERE embedding MATCH ? AND k = 10", (question,)).fetchall()
    return {"bytes": status("VmHWM") - before}


def status(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024


def main():
    steps = {"rates": lambda o: rates(o.rounds), "dirtied": lambda o: dirtied(), "space": lambda o: space(), "filtered": lambda o: filtered(o.rounds), "memory": lambda o: memory()}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(steps)}; all of them unless given")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    results = FOLDER / "results.json"
    for step in options.steps or steps:
        measured = steps[step](options)
        print(step, json.dumps(measured, indent=1))
        kept = json.loads(results.read_text()) if results.exists() else {}
        results.write_text(json.dumps({**kept, step: measured}, indent=1) + "\n")


if __name__ == "__main__":
    main()
