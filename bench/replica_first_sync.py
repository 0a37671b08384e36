"""usage: python3 bench/replica_first_sync.py {prepare,file,http} [--megabytes N] [--rounds N]

The first sync of a database. `file` times replica_sync('file:...') beside a copy of the file with fsync; `http` times
replica_sync('http:...') beside libSQL's sync() and that copy, and tells what memory it took. Contenders take turns. `prepare`
makes the database and what both servers hold of it, which takes minutes for a gigabyte and is done once.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from replication_peers import (
    WORK, LibsqlReplica, adopt_in_libsql, compare, connect, edgepack_serve, libsql_serve, make_database, run_folder, source,
)


def prepare(megabytes):
    database = WORK / f"{megabytes}.db"
    if not database.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        make_database(WORK / "new.db", megabytes)
        (WORK / "new.db").rename(database)
    with edgepack_serve(database):
        pass
    folder = WORK / f"{megabytes}.sqld"
    if not folder.exists():
        adopt_in_libsql(database, WORK / "new.sqld")
        (WORK / "new.sqld").rename(folder)


def copy(origin, target):
    started = time.perf_counter()
    shutil.copyfile(origin, target)
    descriptor = os.open(target, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)
    return (time.perf_counter() - started) * 1000


def memory(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(field))


def sync_here(target, name):
    """Syncs in this process, which has done nothing else, and prints what that took: milliseconds, MiB."""
    connection = connect(target)
    before = memory("VmRSS")
    started = time.perf_counter()
    connection.execute("SELECT replica_sync(?, ?)", (name, '{"timeout_ms":60000}')).fetchone()
    took = (time.perf_counter() - started) * 1000
    print(json.dumps([took, memory("VmHWM") - before]))


def sync(target, name):
    command = [sys.executable, __file__, "one", "--target", str(target), "--source", name]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def clear(folder):
    shutil.rmtree(folder)
    folder.mkdir()
    os.sync()


def run(kind, megabytes, rounds):
    database = WORK / f"{megabytes}.db"
    times = {"copy": [], "sync": [], "libsql": []}
    used = []
    with run_folder() as (_, folder):
        for _ in range(rounds):
            times["copy"].append(copy(database, folder / "copy.db"))
            clear(folder)
            if kind == "file":
                took, mebibytes = sync(folder / "replica.db", f"file:{database}")
            else:
                with edgepack_serve(database):
                    took, mebibytes = sync(folder / "replica.db", source(database))
            times["sync"].append(took)
            used.append(mebibytes)
            clear(folder)
            if kind == "http":
                with libsql_serve(WORK / f"{megabytes}.sqld"), LibsqlReplica(folder / "replica.db") as replica:
                    times["libsql"].append(replica.sync())
                clear(folder)
    medians = {name: statistics.median(values) for name, values in times.items() if values}
    size = database.stat().st_size / 1e6
    print(f"first sync of {size:.0f} MB by {kind}, median of {rounds}: {medians['sync']:.0f} ms, {size / medians['sync'] * 1000:.0f} MB/s")
    print(f"  copy + fsync {medians['copy']:.0f} ms; the sync takes {medians['sync'] / medians['copy']:.2f} x that")
    print(f"  memory beyond that of the open connection: {max(used):.1f} MiB")
    if kind == "http":
        compare("  beside libSQL", medians["sync"], medians["libsql"])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("step", choices=["prepare", "file", "http", "one"])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--target")
    parser.add_argument("--source")
    options = parser.parse_args()
    if options.step == "one":
        sync_here(options.target, options.source)
    elif options.step == "prepare":
        prepare(options.megabytes)
    else:
        run(options.step, options.megabytes, options.rounds)


if __name__ == "__main__":
    main()
