"""usage: python3 bench/replica_load.py {latency,reads,many,writer} [--seconds N] [--replicas N] [--rate N]

What replication costs and how far replicas are behind while the primary is written to, through edgepack-serve.

latency   from a commit until a replica that waits (wait_ms) shows it, at --rate commits a second
reads     a point select at the replica while it is synced, against one while nothing happens
many      the same as latency for --replicas replicas: until the last one shows a commit
writer    what a commit takes in an application that makes --rate a second, or as many as it can: with and without the server and a
          replica, and, to tell what any other program costs it, beside a loop that takes as much processor and beside reads of its log
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import resource
import statistics
import threading
import time
from pathlib import Path

from replication_peers import connect, edgepack_serve, make_database, percentile, run_folder, source

WAIT = '{"wait_ms":1000,"timeout_ms":60000}'
THREADS = 50  # replicas in one process


def write(database, seconds, rate, commits):
    """Commits `rate` rows a second; answers when each statement began."""
    connection = connect(database)
    connection.execute("PRAGMA synchronous = NORMAL")
    began = []
    first = (connection.execute("SELECT max(id) FROM beat").fetchone()[0] or 0) + 1
    start = time.monotonic()
    while (now := time.monotonic()) < start + seconds:
        due = start + len(began) / rate
        if now < due:
            time.sleep(due - now)
        began.append(time.monotonic())
        connection.execute("INSERT INTO beat VALUES (?)", (first + len(began) - 1,))
    commits.put(began)


def follow(path, name, ready, stop, shown):
    """Syncs until told to stop; what the replica showed when: the largest id and the time."""
    connection = connect(path)
    connection.execute("SELECT replica_sync(?, ?)", (name, WAIT)).fetchone()
    last = connection.execute("SELECT max(id) FROM beat").fetchone()[0] or 0
    ready.release()
    found = []
    while not stop.is_set():
        connection.execute("SELECT replica_sync(NULL, ?)", (WAIT,)).fetchone()
        now = time.monotonic()
        newest = connection.execute("SELECT max(id) FROM beat").fetchone()[0] or 0
        if newest > last:
            found.append((newest, now))
            last = newest
    shown.append(found)


def follow_all(paths, name, ready, stop, shown):
    """follow() for each of `paths`, in threads of this process."""
    found = []
    threads = [threading.Thread(target=follow, args=(path, name, ready, stop, found)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown.put(found)


def delays(began, found):
    """For each commit, ms until a replica showed it."""
    result = []
    at = 0
    for number, start in enumerate(began, 1):
        while at < len(found) and found[at][0] < number:
            at += 1
        if at == len(found):
            raise SystemExit(f"commit {number} of {len(began)} never arrived")
        result.append((found[at][1] - start) * 1000)
    return result


@contextlib.contextmanager
def served(megabytes):
    """A served database with a table `beat`, and a folder for its replicas."""
    with run_folder() as (primary_folder, replica_folder):
        database = primary_folder / "app.db"
        make_database(database, megabytes)
        connect(database).execute("CREATE TABLE beat(id INTEGER PRIMARY KEY)")
        yield database, replica_folder


@contextlib.contextmanager
def following(folder, name, count):
    """So many replicas that follow; their findings are in the list once the block is left."""
    ready = multiprocessing.Semaphore(0)
    stop = multiprocessing.Event()
    shown = multiprocessing.Queue()
    paths = [str(folder / f"{i}.db") for i in range(count)]
    groups = [paths[i : i + THREADS] for i in range(0, count, THREADS)]
    processes = [
        multiprocessing.Process(target=follow_all, args=(group, name, ready, stop, shown)) for group in groups
    ]
    for process in processes:
        process.start()
    for _ in paths:
        ready.acquire()
    found = []
    yield found
    stop.set()
    for _ in groups:
        found.extend(shown.get())
    for process in processes:
        process.join()


def run_writer(database, seconds, rate):
    commits = multiprocessing.Queue()
    process = multiprocessing.Process(target=write, args=(database, seconds, rate, commits))
    process.start()
    began = commits.get()
    process.join()
    return began


def latency(seconds, rate, replicas):
    with served(1) as (database, folder), edgepack_serve(database):
        with following(folder, source(database), replicas) as found:
            began = run_writer(database, seconds, rate)
            time.sleep(2)
        each = [delays(began, one) for one in found]
        last = [max(commit) for commit in zip(*each)]
        syncs = statistics.mean(map(len, found)) / seconds
        print(f"{replicas} replicas, {len(began) / seconds:.0f} commits/s, {syncs:.0f} syncs/s each; until the last shows a commit: "
              f"p50 {statistics.median(last):.1f} ms, p99 {percentile(last, 0.99):.1f} ms, worst {max(last):.1f} ms", flush=True)


def selects(path, rows, seconds):
    """Microseconds of each of the point selects that fit into `seconds`."""
    connection = connect(path)
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        key = (random.randrange(rows) + 1,)
        started = time.perf_counter()
        connection.execute("SELECT b FROM t WHERE id = ?", key).fetchone()
        times.append((time.perf_counter() - started) * 1e6)
    return times


def reads(seconds, rate):
    megabytes = 20
    with served(megabytes) as (database, folder), edgepack_serve(database):
        idle = []
        busy = []
        for _ in range(3):
            with following(folder, source(database), 1) as found:
                idle += selects(folder / "0.db", megabytes * 1000, seconds / 6)
                writer = multiprocessing.Process(target=write, args=(database, seconds / 6 + 0.5, rate, multiprocessing.Queue()))
                writer.start()
                time.sleep(0.3)
                busy += selects(folder / "0.db", megabytes * 1000, seconds / 6)
                writer.terminate()
                writer.join()
    print(f"point select: idle p50 {statistics.median(idle):.2f} us, p99 {percentile(idle, 0.99):.1f}; "
          f"during syncs ({rate} commits/s) p50 {statistics.median(busy):.2f} us, p99 {percentile(busy, 0.99):.1f}; "
          f"ratio of p50 {statistics.median(busy) / statistics.median(idle):.2f}", flush=True)


def commit_for(database, seconds, rate, result):
    """Commits `rate` times a second, or as often as it can; microseconds that a commit took, and of processor time."""
    connection = connect(database)
    connection.execute("PRAGMA synchronous = NORMAL")
    rows = connection.execute("SELECT count(*) FROM t").fetchone()[0]
    times = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.monotonic()
    while (now := time.monotonic()) < start + seconds:
        if rate and now < (due := start + len(times) / rate):
            time.sleep(due - now)
        began = time.perf_counter()
        connection.execute("UPDATE t SET a = ? WHERE id = ?", (len(times), random.randrange(rows) + 1))
        times.append((time.perf_counter() - began) * 1e6)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result.put((statistics.mean(times), statistics.median(times), used / len(times) * 1e6))


def processor_seconds(pid):
    """What a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


PERIOD = 0.005  # between two looks of a server at a busy database
SETTLE = 1  # seconds after which a server is done with its start


def spin(share):
    """Takes this share of a processor, and does nothing."""
    while True:
        end = time.perf_counter() + share * PERIOD
        while time.perf_counter() < end:
            pass
        time.sleep((1 - share) * PERIOD)


def read_log(path, frames):
    """Reads so many frames of a log a second, again and again the first 1,000."""
    frame = 4120
    at = 0
    with open(path, "rb", buffering=0) as log:
        while True:
            count = max(1, round(frames * PERIOD))
            os.pread(log.fileno(), count * frame, at * frame)
            at = (at + count) % 1000
            time.sleep(PERIOD)


@contextlib.contextmanager
def beside(target, *arguments):
    process = multiprocessing.Process(target=target, args=arguments)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def writer(seconds, rate, rounds):
    def measure(database):
        result = multiprocessing.Queue()
        process = multiprocessing.Process(target=commit_for, args=(database, seconds / rounds / 5, rate, result))
        process.start()
        found = result.get()
        process.join()
        return found

    def measure_with(server, database):
        before = processor_seconds(server.pid)
        began = time.monotonic()
        found = measure(database)
        used = processor_seconds(server.pid) - before
        elapsed = time.monotonic() - began
        commits = rate * elapsed if rate else elapsed / found[0] * 1e6
        taken.append((used / elapsed, used / commits * 1e6))
        return found

    figures = {
        "alone": [], "with the server": [], "with the server and a replica": [],
        "beside as much idle work": [], "beside reads of the log": [],
    }
    taken = []  # by the server alone: the share of a processor, and microseconds a commit
    with served(20) as (database, folder):
        for _ in range(rounds):
            alone = measure(database)
            figures["alone"].append(alone)
            with edgepack_serve(database) as server:
                time.sleep(SETTLE)
                figures["with the server"].append(measure_with(server, database))
                with following(folder, source(database), 1):
                    figures["with the server and a replica"].append(measure(database))
            with beside(spin, taken[-1][0]):
                figures["beside as much idle work"].append(measure(database))
            with contextlib.closing(connect(database)) as reader:  # keeps the log
                reader.execute("UPDATE t SET a = 0 WHERE id = 1")
                with beside(read_log, f"{database}-wal", rate or 1e6 / alone[0]):
                    figures["beside reads of the log"].append(measure(database))
    print(f"a commit, at {rate} a second" if rate else "a commit, as many as can be")

    def median(rounds_found, rounds_alone):
        """Of the rounds, and by how much it is more than alone: the median of what each round tells."""
        more = statistics.median(found / alone - 1 for found, alone in zip(rounds_found, rounds_alone))
        return f"{statistics.median(rounds_found):6.1f} us ({more:+.1%})"

    for name, values in figures.items():
        mean, p50, used = (median(*rounds_of) for rounds_of in zip(zip(*values), zip(*figures["alone"])))
        print(f"{name:30} mean {mean}, p50 {p50}, processor {used}", flush=True)
    share, used = (statistics.median(values) for values in zip(*taken))
    print(f"the server takes {share:.1%} of a processor, {used:.1f} us a commit", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("step", choices=["latency", "reads", "many", "writer"])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--replicas", type=int)
    parser.add_argument("--rate", type=int)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    if options.step == "latency":
        latency(options.seconds, options.rate or 1000, options.replicas or 1)
    elif options.step == "many":
        latency(options.seconds, options.rate or 50, options.replicas or 200)
    elif options.step == "reads":
        reads(options.seconds, options.rate or 200)
    else:
        writer(options.seconds, options.rate, options.rounds)


if __name__ == "__main__":
    main()
