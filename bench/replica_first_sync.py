"""usage: python3 bench/replica_first_sync.py [--megabytes N] [--rounds N] [--module FILE] [--folder DIR]

Times the first replica_sync() from a file, beside a copy of that file with fsync, taking turns.
Prints the median of each and their ratio.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import tempfile
import time


def make_primary(path, megabytes):
    connection = sqlite3.connect(path)
    connection.executescript(
        f"""PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
        CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
        INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n
                                             WHERE i < {megabytes * 1000})
          SELECT i, i, randomblob(950) FROM n;
        PRAGMA wal_checkpoint(TRUNCATE);"""
    )
    connection.close()


def copy(source, target):
    shutil.copyfile(source, target)
    descriptor = os.open(target, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


def sync(source, target, module):
    connection = sqlite3.connect(target)
    connection.enable_load_extension(True)
    connection.load_extension(module)
    connection.execute("SELECT replica_sync(?)", ("file:" + source,)).fetchall()
    connection.close()


def remove(path):
    for suffix in ("", "-wal", "-shm", "-replica"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--module", default="dist/replica")
    parser.add_argument("--folder", help="where the files go; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        primary = os.path.join(folder, "primary.db")
        target = os.path.join(folder, "replica.db")
        make_primary(primary, options.megabytes)
        times = {"cp + fsync": [], "first sync": []}
        for _ in range(options.rounds):
            for name, action in (
                ("cp + fsync", lambda: copy(primary, target)),
                ("first sync", lambda: sync(primary, target, os.path.abspath(options.module))),
            ):
                start = time.perf_counter()
                action()
                times[name].append(time.perf_counter() - start)
                remove(target)
        medians = {name: statistics.median(values) for name, values in times.items()}
        print(f"{os.path.getsize(primary) / 1e6:.0f} MB, median of {options.rounds} rounds")
        for name, value in medians.items():
            print(f"{name}: {value * 1000:.0f} ms")
        print(f"ratio: {medians['first sync'] / medians['cp + fsync']:.2f}")


if __name__ == "__main__":
    main()
