"""A primary, edgepack-serve before it, and replicas in this Python's SQLite: what the tests of this folder stand on."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from image import digest

ROOT = Path(__file__).resolve().parents[3]
DIST = ROOT / "dist"
PATIENCE = 60  # seconds until something that must come counts as missing


def await_true(condition, what):
    """Waits for what another process does by itself."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.01)


class Server:
    """dist/edgepack-serve as a process, on a port that the system chooses."""

    def __init__(self, *arguments, listen="127.0.0.1:0", environment=None):
        self.process = subprocess.Popen([DIST / "edgepack-serve", "--listen", listen, *arguments], stderr=subprocess.PIPE,
                                        text=True, env={**os.environ, **(environment or {})})
        self.messages = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        await_true(lambda: self._base() or self.process.poll() is not None, "edgepack-serve begins to listen")
        if self._base() is None:
            self._reader.join(PATIENCE)
            raise RuntimeError("".join(self.messages))
        self.base = self._base()

    def _read(self):
        for line in self.process.stderr:
            self.messages.append(line)

    def _base(self):
        found = re.search(r"https?://127\.0\.0\.1:\d+", "".join(self.messages))
        return found and found[0]

    @property
    def port(self):
        return int(self.base.rsplit(":", 1)[1])

    def url(self, name="app.db"):
        return f"{self.base}/{name}"

    def get(self, path, headers=None):
        """(status, text, headers) of a GET."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.base + path, headers=headers or {}),
                                        timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode(), answer.headers

    def metric(self, name):
        text = self.get("/metrics")[1]
        return int(re.search(rf"^{re.escape(name)} (\d+)$", text, re.MULTILINE)[1])

    def await_ready(self, name="app.db"):
        await_true(lambda: self.get(f"/{name}/v1/position")[0] == 200, f"{name} is served")

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.process.stderr.close()
        return status


def connect(path, module=None):
    connection = sqlite3.connect(str(path), isolation_level=None, timeout=PATIENCE, check_same_thread=False)
    if module is not None:
        connection.enable_load_extension(True)
        connection.load_extension(str(module))
        connection.enable_load_extension(False)
    return connection


class Replica:
    """A database file with dist/replica.so loaded, as an application has it."""

    def __init__(self, path, source=None):
        self.path = str(path)
        self.source = source
        self.connection = connect(path, DIST / "replica.so")

    def one(self, sql, *values):
        return self.connection.execute(sql, values).fetchone()[0]

    def sync(self, **options):
        options.setdefault("timeout_ms", PATIENCE * 1000)
        return json.loads(self.one("SELECT replica_sync(?, ?)", self.source, json.dumps(options)))

    def error(self, **options):
        """What a sync that has to fail says."""
        try:
            result = self.sync(**{"timeout_ms": 2000, **options})
        except sqlite3.Error as problem:
            return str(problem)
        raise AssertionError(f"the sync did not fail: {result}")

    def status(self):
        return json.loads(self.one("SELECT replica_status()"))

    def close(self):
        self.connection.close()


class EndToEnd(unittest.TestCase):
    """`self.folder` is empty and goes with the test."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="edgepack-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.path = self.folder / "primary" / "app.db"
        self.path.parent.mkdir()
        os.environ.pop("EDGEPACK_REPLICA_TOKEN", None)

    def connect(self, path):
        connection = connect(path)
        self.addCleanup(connection.close)
        return connection

    def make_primary(self, rows=2000, journal_mode="WAL", page_size=4096, auto_vacuum="NONE", path=None):
        """An application's connection to a new database with one table."""
        primary = self.connect(path or self.path)
        for pragma in (f"page_size={page_size}", f"auto_vacuum={auto_vacuum}", f"journal_mode={journal_mode}",
                       "synchronous=OFF"):
            primary.execute(f"PRAGMA {pragma}")
        primary.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)")
        self.insert(primary, rows)
        return primary

    @staticmethod
    def insert(primary, rows, size=100):
        primary.execute("INSERT INTO t(a, b) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                        "SELECT i, randomblob(?) FROM n", (rows, size))

    def serve(self, *arguments, **options):
        server = Server(*(arguments or (self.path,)), **options)
        self.addCleanup(server.stop)
        return server

    def replica_of(self, server, name="replica.db", database="app.db"):
        replica = Replica(self.folder / name, server.url(database))
        self.addCleanup(replica.close)
        return replica

    def assert_same(self, replica, path=None):
        """The replica is sound, and its pages are the primary's."""
        self.assertEqual(replica.one("PRAGMA integrity_check"), "ok")
        self.assertEqual(digest(replica.path), digest(path or self.path))


def run(name):
    """Runs the test files beside this one whose name contains `name`; the last line is `N passed, M failed`."""
    suite = unittest.defaultTestLoader.discover(str(Path(__file__).parent), pattern=f"*{name}*_test.py")
    ran = unittest.TextTestRunner(verbosity=2).run(suite)
    bad = len(ran.failures) + len(ran.errors)
    print(f"{ran.testsRun - bad - len(ran.skipped)} passed, {bad} failed")
    return bad > 0 or ran.testsRun == 0
