"""Disks that are full, folders that are read-only, connections that are slow, cut or silent."""

import os
import select
import socket
import subprocess
import threading
import time

from fixture import EndToEnd, PATIENCE, Replica, await_true


class FullDisk(EndToEnd):
    """A small file system, which only root can mount."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.disk], capture_output=True).returncode:
            self.skipTest("no small file system can be mounted")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.primary = self.make_primary(200)

    def fill(self):
        """Takes all space that is left, and answers the file that has it."""
        filler = self.disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return filler

    def test_the_servers(self):
        server = self.serve("--log-dir", self.disk, self.path)
        replica = self.replica_of(server)
        replica.sync()
        filler = self.fill()
        self.insert(self.primary, 70000, 500)  # larger than what the server keeps in memory
        await_true(lambda: "No space left" in server.get("/v1/databases")[1] + server.get("/app.db/v1/position")[1],
                   "the server notices")
        self.assertIn("No space left", replica.error(timeout_ms=300))
        self.assertEqual(replica.one("SELECT count(*) FROM t"), 200)
        self.assertEqual(server.get("/health")[0], 503)
        self.insert(self.primary, 10)  # the application is not held up
        filler.unlink()
        server.await_ready()
        done = replica.sync()
        self.assertEqual(done["state"], "updated")
        self.assert_same(replica)
        self.assertEqual(server.get("/health")[0], 200)

    def test_the_replicas(self):
        server = self.serve()
        replica = Replica(self.disk / "replica.db", server.url())
        self.addCleanup(replica.close)
        self.insert(self.primary, 500, 500)
        replica.sync()
        before = replica.one("SELECT count(*) FROM t")
        filler = self.fill()
        self.insert(self.primary, 1000, 500)
        self.assertRegex(replica.error(), "full")
        self.assertEqual(replica.one("SELECT count(*) FROM t"), before)
        self.assertEqual(replica.one("PRAGMA integrity_check"), "ok")
        filler.unlink()
        replica.sync()
        self.assert_same(replica)

    def test_the_replicas_at_the_first_sync(self):
        self.insert(self.primary, 4000, 300)
        server = self.serve()
        replica = Replica(self.disk / "replica.db", server.url())
        self.addCleanup(replica.close)
        filler = self.fill()
        with filler.open("r+b") as file:
            file.truncate(os.path.getsize(filler) - 600 * 1024)
        self.assertRegex(replica.error(), "full")
        self.assertEqual(replica.one("SELECT count(*) FROM sqlite_schema"), 0)
        filler.unlink()
        replica.sync()
        self.assert_same(replica)


class ReadOnly(EndToEnd):
    def test_folders(self):
        """As another user than root, for whom nothing is read-only."""
        if os.geteuid() == 0 and subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "true"],
                                                capture_output=True).returncode:
            self.skipTest("no way to be another user")
        self.make_primary(50)
        server = self.serve()
        server.await_ready()
        script = self.folder / "sync.py"
        script.write_text("import sqlite3, sys\nsys.path.insert(0, sys.argv[1])\nfrom fixture import Replica\n"
                          "print(Replica(':memory:', sys.argv[2]).error(path=sys.argv[3]))\n")
        target = self.folder / "closed"
        target.mkdir(mode=0o555)
        self.folder.chmod(0o755)
        command = ["/usr/bin/python3", script, os.path.dirname(__file__), server.url(), target / "replica.db"]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=65534", "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertIn("its folder must exist and be writable", done.stdout, done.stderr)
        self.assertEqual(os.listdir(target), [])


class Proxy:
    """Forwards connections to a port, `rate` bytes a moment, after `delay` seconds; cut after `most` bytes of answers."""

    def __init__(self, port, rate=1 << 16, delay=0.0, most=None):
        self.port_behind, self.rate, self.delay, self.most = port, rate, delay, most
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.forwarded = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.forward, args=(client,), daemon=True).start()

    def forward(self, client):
        with client, socket.create_connection(("127.0.0.1", self.port_behind)) as server:
            sent = 0
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for side in ready:
                    data = side.recv(self.rate)
                    if not data:
                        return
                    time.sleep(self.delay)
                    if side is server:
                        if self.most is not None and sent + len(data) > self.most:
                            client.sendall(data[:self.most - sent])
                            return
                        sent += len(data)
                        self.forwarded += len(data)
                    (server if side is client else client).sendall(data)

    def close(self):
        self.listener.close()


class Connections(EndToEnd):
    def setUp(self):
        super().setUp()
        self.primary = self.make_primary(1500)
        self.server = self.serve()
        self.server.await_ready()

    def through(self, replica, **options):
        proxy = Proxy(self.server.port, **options)
        self.addCleanup(proxy.close)
        replica.source = f"http://127.0.0.1:{proxy.port}/app.db"
        return proxy

    def test_a_slow_one_is_waited_for(self):
        replica = self.replica_of(self.server)
        self.through(replica, rate=4096, delay=0.01)
        # Longer altogether than the time that it may say nothing.
        started = time.monotonic()
        replica.sync(timeout_ms=5000)
        self.assertGreater(time.monotonic() - started, 0.3)
        self.assert_same(replica)

    def test_a_silent_one_ends_in_an_error(self):
        replica = self.replica_of(self.server)
        self.through(replica, delay=PATIENCE)
        self.assertIn("the server does not answer in time", replica.error(timeout_ms=300))
        self.assertEqual(replica.one("SELECT count(*) FROM sqlite_schema"), 0)

    def test_a_first_sync_that_is_cut_again_and_again_ends(self):
        replica = self.replica_of(self.server)
        self.insert(self.primary, 3000, 200)
        proxy = self.through(replica, rate=20000, most=150000)

        def done():
            try:
                replica.sync(timeout_ms=500)
                return True
            except Exception as problem:
                self.assertIn("replica_sync: http://127.0.0.1", str(problem))
                self.assertEqual(replica.one("SELECT count(*) FROM sqlite_schema"), 0)
                return False

        await_true(done, "the sync ends")
        self.assertGreater(proxy.forwarded, 150000)
        self.assert_same(replica)
