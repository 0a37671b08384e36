"""What the benchmarks of replication share: databases, both servers, libSQL's replica, and figures.

Everything lies in build/bench/replication: databases that were made once, and the folders of a run.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench/replication"
PEERS = ROOT / "build/bench/libsql"
PORT = 17461
LIBSQL_PORT = 17462


def connect(path):
    """A connection with edgepack, in autocommit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension(str(ROOT / "dist/edgepack"))
    return connection


def make_database(path, megabytes):
    """About so many rows of a thousand random bytes each, in WAL mode, all in the file itself."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        f"""PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
        CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
        INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n
                                             WHERE i < {megabytes * 1000})
          SELECT i, i, randomblob(950) FROM n;
        PRAGMA wal_checkpoint(TRUNCATE);"""
    )
    connection.close()


@contextlib.contextmanager
def run_folder():
    """Two empty folders, for a primary and for replicas, as they would be on two machines."""
    folder = WORK / "run"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("primary", "replica"):
        (folder / name).mkdir(parents=True)
    try:
        yield folder / "primary", folder / "replica"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def answers(url):
    try:
        with urllib.request.urlopen(url):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def running(command, url):
    """The process of a server that answers at `url`."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(url):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} ended: is port {url.split(':')[2].split('/')[0]} free?")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # libSQL's server misses the signal now and then
            process.kill()
            process.wait()


def source(database):
    return f"http://127.0.0.1:{PORT}/{Path(database).name}"


def edgepack_serve(database):
    """edgepack-serve, ready to hand out `database`."""
    command = [ROOT / "dist/edgepack-serve", "--listen", f"127.0.0.1:{PORT}", database]
    return running(command, source(database) + "/v1/position")


def libsql_serve(folder):
    """libSQL's server on `folder`. Its log stays as it is: compacting a large one takes longer than sending it."""
    command = [PEERS / "package/sqld", "--no-welcome", "--max-log-size", "8000"]
    command += ["--http-listen-addr", f"127.0.0.1:{LIBSQL_PORT}", "--db-path", folder]
    return running(command, f"http://127.0.0.1:{LIBSQL_PORT}/health")


def adopt_in_libsql(database, folder):
    """Makes `database` the content of libSQL's server on `folder`."""
    target = Path(folder) / "dbs/default"
    target.mkdir(parents=True)
    shutil.copyfile(database, target / "data")
    with libsql_serve(folder):
        pass


class LibsqlReplica:
    """An embedded replica of libSQL's server, in a process of its own."""

    def __init__(self, path):
        command = ["node", ROOT / "bench/libsql_replica.js", PEERS / "node_modules", str(path), str(LIBSQL_PORT)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def sync(self):
        """Milliseconds that sync() took."""
        return self._ask(command="sync")["ms"]

    def execute(self, sql, *arguments):
        """At the primary."""
        self._ask(command="execute", sql=sql, arguments=arguments)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def compare(name, ours, theirs, unit="ms"):
    print(f"{name:44} {ours:10.2f} {theirs:10.2f} {unit}   {theirs / ours:5.1f} x", flush=True)
