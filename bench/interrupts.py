"""How long a statement of vec0 goes on after sqlite3_interrupt(), beside what the machine takes to wake a thread.

usage: bench/run interrupts [--rounds N]

A statement runs on a thread of its own and is interrupted at a random moment of its time; a delay is the time from the call to the
error, beside it what its thread worked in that time: other programs make the first longer, not the second. What the machine itself takes is measured before each: `wake-up` is the same thread waiting for a signal, `SQLite alone` a statement
without a table, which SQLite can stop after every instruction. All is done in a table of 100,000 rows with 256 floats that is made anew.
"""

import argparse
import queue
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

import apsw
import numpy

ROOT = Path(__file__).resolve().parent.parent
ROWS, DIMENSIONS = 100_000, 256
NEAREST = "SELECT count(*) FROM v WHERE embedding MATCH ?1 AND k = "

COUNT = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT count(*) FROM n"

# Name, SQL, and SQL to run before it.
STATEMENTS = [
    ("first query, nothing in memory", NEAREST + "10", "SELECT vec_config('cache_bytes', 0), vec_config('cache_bytes', 268435456)"),
    ("query from memory", NEAREST + "10", ""),
    ("k = 1,000", NEAREST + "1000", ""),
    ("k = all rows", NEAREST + f"{ROWS}", ""),
    ("in order of distance, no k", "SELECT count(*) FROM (SELECT rowid FROM v WHERE embedding MATCH ?1 LIMIT 50000)", ""),
    ("LIKE on metadata", NEAREST + "10 AND text LIKE '%x_y_z%'", ""),
    ("rowid IN (90,000)", NEAREST + "10 AND rowid IN (SELECT id FROM ids)", ""),
    ("distance of every row, no MATCH", "SELECT min(vec_distance_l2(embedding, ?1)) FROM v", ""),
    ("vec_check", "SELECT vec_check('v')", ""),
    ("DELETE of all rows", "DELETE FROM v", ""),
    ("INSERT of 90,000 rows", "INSERT INTO w(rowid, embedding, text) SELECT rowid, embedding, text FROM v", ""),
    ("'optimize' after deletes", "INSERT INTO sparse(sparse) VALUES ('optimize')", ""),
]


class Runner:
    """A connection, and a thread that runs one statement of it at a time."""

    def __init__(self, path):
        self.connection = apsw.Connection(path)
        self.connection.enable_load_extension(True)
        self.connection.load_extension(str(ROOT / "dist/vec0.so"), "sqlite3_vec_init")
        self.tasks, self.answers = queue.SimpleQueue(), queue.SimpleQueue()
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self.clock = time.pthread_getcpuclockid(thread.ident)

    def now(self):
        """The time, and what the thread has worked."""
        return time.perf_counter(), time.clock_gettime(self.clock)

    def _run(self):
        while True:
            self.answers.put(self.tasks.get()())

    def start(self, task):
        self.tasks.put(task)

    def execute(self, sql, question):
        """When it ended, and whether it was interrupted."""
        try:
            self.connection.execute(sql, (question,) if "?1" in sql else ()).fetchall()
            interrupted = False
        except apsw.InterruptError:
            interrupted = True
        return self.now(), interrupted


def fill(connection):
    draw = numpy.random.default_rng(5)
    vectors = draw.standard_normal((ROWS, DIMENSIONS), dtype=numpy.float32)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    for name in ("v", "w", "sparse"):
        connection.execute(f"CREATE VIRTUAL TABLE {name} USING vec0(embedding float[{DIMENSIONS}], text TEXT)")
    connection.execute("CREATE TABLE ids(id INTEGER PRIMARY KEY)")
    with connection:
        connection.executemany("INSERT INTO v(rowid, embedding, text) VALUES (?, ?, ?)", ((row, vector.tobytes(), f"text {row} " * 4) for row, vector in enumerate(vectors)))
        connection.execute(f"INSERT INTO ids SELECT rowid FROM v WHERE rowid % 10 > 0")
    # Every block is left with a third of its rows.
    with connection:
        connection.execute("INSERT INTO sparse(rowid, embedding, text) SELECT rowid, embedding, text FROM v WHERE rowid < 30000")
        connection.execute("DELETE FROM sparse WHERE rowid % 3 > 0")
    return vectors[0].tobytes()


def delays(runner, sql, before, question, rounds):
    """Writes happen in a transaction that is rolled back, so that each time finds the same to do."""

    def prepare():
        if runner.connection.in_transaction:
            runner.connection.execute("ROLLBACK").fetchall()
        if before:
            runner.connection.execute(before).fetchall()
        if not sql.startswith(("SELECT", "WITH")):
            runner.connection.execute("BEGIN").fetchall()

    prepare()
    started = runner.now()[0]
    duration = runner.execute(sql, question)[0][0] - started
    found = []
    for _ in range(rounds * 2):
        if len(found) == rounds:
            break
        prepare()
        runner.start(lambda: runner.execute(sql, question))
        time.sleep(random.uniform(0.02, 0.95) * duration)
        asked = runner.now()
        runner.connection.interrupt()
        ended, interrupted = runner.answers.get()
        if interrupted and ended > asked:
            found.append([after - earlier for after, earlier in zip(ended, asked)])
    prepare()
    return found


def wake_ups(runner, rounds):
    signal = threading.Event()

    def wait():
        signal.wait()
        return runner.now()

    found = []
    for _ in range(rounds):
        signal.clear()
        runner.start(wait)
        time.sleep(0.002)
        asked = runner.now()
        signal.set()
        found.append([after - earlier for after, earlier in zip(runner.answers.get(), asked)])
    return found


def show(name, found):
    columns = [sorted(column) for column in zip(*found)] or [[float("nan")]] * 2
    figures = [f"{statistics.median(column) * 1e3:9.3f} {column[len(column) * 95 // 100] * 1e3:9.3f} {column[-1] * 1e3:9.3f}" for column in columns]
    print(f"{name:<34} {' '.join(figures)} {len(found):6}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", default="", help="part of the names of the statements to run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(f"{folder}/interrupts.db")
        question = fill(runner.connection)
        print(f"{'milliseconds':<34} {'median':>9} {'95 %':>9} {'most':>9} {'worked':>9} {'95 %':>9} {'most':>9}  times")
        for name, sql, before in STATEMENTS:
            if options.only not in name:
                continue
            show("wake-up", wake_ups(runner, options.rounds))
            show("SQLite alone", delays(runner, COUNT, "", question, options.rounds))
            show(name, delays(runner, sql, before, question, options.rounds))


if __name__ == "__main__":
    main()
