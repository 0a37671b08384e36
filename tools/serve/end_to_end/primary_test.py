"""What the application does under the server's feet: checkpoints, VACUUM, journal modes, other files in the place of its own."""

import os
import shutil
import sqlite3
import subprocess
import sys

from fixture import EndToEnd, PATIENCE, await_true


class Primary(EndToEnd):
    def start(self, **options):
        self.primary = self.make_primary(**options)
        self.server = self.serve()
        self.replica = self.replica_of(self.server)
        self.replica.sync()

    def expect_follows(self):
        self.replica.sync()
        self.assert_same(self.replica)

    def test_the_applications_own_checkpoints(self):
        self.start()
        self.primary.execute("PRAGMA busy_timeout=60000")
        for size in (1, 3000):  # rows; the second is larger than an automatic checkpoint
            for mode in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
                for checkpoint_first in (True, False):
                    self.insert(self.primary, size, 500)
                    if checkpoint_first:
                        self.assertEqual(self.primary.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0], 0, mode)
                    self.primary.execute("UPDATE t SET a = a + 1 WHERE id = 7")
                    if not checkpoint_first:
                        self.assertEqual(self.primary.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0], 0, mode)
                    self.expect_follows()

    def test_the_log_of_the_primary_stays_bounded(self):
        self.start()
        for _ in range(200):
            self.insert(self.primary, 100, 500)
        self.expect_follows()
        # SQLite's own limit is 1000 pages, plus the transaction that passes it and what came meanwhile.
        self.assertLess(os.path.getsize(f"{self.path}-wal"), 16 * 1000 * 4096)

    def test_vacuum_growth_and_shrinkage_in_every_page_size_and_vacuum_mode(self):
        for page_size, auto_vacuum in ((512, "NONE"), (1024, "FULL"), (4096, "INCREMENTAL"), (8192, "FULL"), (32768, "NONE"),
                                       (65536, "INCREMENTAL")):
            with self.subTest(page_size=page_size, auto_vacuum=auto_vacuum):
                path = self.folder / "primary" / f"{page_size}.db"
                primary = self.make_primary(300, page_size=page_size, auto_vacuum=auto_vacuum, path=path)
                server = self.serve(path)
                replica = self.replica_of(server, f"replica{page_size}.db", path.name)
                for statement in ("SELECT 1", "DELETE FROM t WHERE id % 2", "PRAGMA incremental_vacuum", "VACUUM",
                                  "INSERT INTO t(b) VALUES (randomblob(700000))", "DELETE FROM t WHERE length(b) > 1000",
                                  "PRAGMA incremental_vacuum(5)", "VACUUM"):
                    primary.execute(statement).fetchall()
                    replica.sync()
                    self.assert_same(replica, path)
                    self.assertEqual(replica.one("PRAGMA page_size"), page_size)

    def test_rollback_journal_modes(self):
        for mode in ("DELETE", "TRUNCATE", "PERSIST", "MEMORY"):
            with self.subTest(mode):
                path = self.folder / "primary" / f"{mode}.db"
                primary = self.make_primary(journal_mode=mode, path=path)
                server = self.serve(path)
                replica = self.replica_of(server, f"{mode}.db", path.name)
                for _ in range(4):
                    replica.sync()
                    self.assert_same(replica, path)
                    primary.execute("UPDATE t SET a = a + 1 WHERE id % 100 = 3")
                    primary.execute("DELETE FROM t WHERE id % 7 = 1")

    def test_switches_of_the_journal_mode(self):
        self.start(rows=200)

        def switched(mode):
            # The server lets go of a database that was not written to for some seconds.
            try:
                return self.primary.execute(f"PRAGMA journal_mode={mode}").fetchone()[0].upper() == mode
            except sqlite3.OperationalError:
                return False

        for mode in ("TRUNCATE", "WAL"):
            await_true(lambda: switched(mode), f"journal_mode={mode}")
            for _ in range(2):
                self.primary.execute("UPDATE t SET a = a + 1 WHERE id = 9")
                self.expect_follows()

    def test_another_page_size(self):
        self.start(rows=200)
        bookmark = self.server.get("/app.db/v1/bookmark")[1]

        def rebuilt():
            try:
                self.primary.execute("PRAGMA journal_mode=DELETE")
                self.primary.execute("PRAGMA page_size=1024")
                self.primary.execute("VACUUM")
                self.primary.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                return False
            return self.primary.execute("PRAGMA page_size").fetchone()[0] == 1024

        await_true(rebuilt, "the primary is rebuilt")
        self.assertIn("diverged", self.replica.error())
        # A replica is rebuilt while nobody else has it open.
        job = self.replica_of(self.server, "job.db")
        self.replica.close()
        job.sync(path=self.replica.path, repair=True)
        self.assertLess(bookmark, self.server.get("/app.db/v1/bookmark")[1])
        job.close()
        self.replica = self.replica_of(self.server)
        self.assertEqual(self.replica.one("PRAGMA page_size"), 1024)
        self.assert_same(self.replica)
        self.primary.execute("UPDATE t SET a = a + 1 WHERE id = 9")
        self.expect_follows()

    def remove_primary(self):
        self.primary.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(f"{self.path}{suffix}"):
                os.remove(f"{self.path}{suffix}")

    def expect_new_history(self):
        """Replicas of the old database refuse, without losing it, until they are told to repair themselves."""
        before = self.replica.one("SELECT count(*) FROM t")
        await_true(lambda: "diverged" in self.replica.error(), "the server begins a new log")
        self.assertEqual(self.replica.one("SELECT count(*) FROM t"), before)
        self.replica.sync(repair=True)
        self.assertEqual(self.replica.one("PRAGMA integrity_check"), "ok")
        new = self.replica_of(self.server, "new.db")
        new.sync()
        self.assert_same(new)
        self.assertEqual(self.replica.connection.execute("SELECT * FROM t").fetchall(),
                         new.connection.execute("SELECT * FROM t").fetchall())

    def test_the_file_is_deleted_and_made_anew(self):
        self.start()
        self.remove_primary()
        await_true(lambda: self.server.get("/app.db/v1/position")[0] == 503, "the server misses the file")
        self.assertEqual(self.server.get("/health")[0], 503)
        self.assertIn("missing", self.replica.error(timeout_ms=300))
        self.primary = self.make_primary(rows=50)
        self.server.await_ready()
        self.assertEqual(self.server.get("/health")[0], 200)
        self.expect_new_history()

    def test_another_database_is_renamed_over_the_file(self):
        self.start()
        other = self.make_primary(rows=70, path=self.folder / "other.db")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()
        self.remove_primary()
        os.rename(self.folder / "other.db", self.path)
        self.primary = self.connect(self.path)
        self.expect_new_history()

    def test_the_file_is_set_back_to_an_older_copy(self):
        self.start()
        self.primary.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.path, self.folder / "copy.db")
        self.insert(self.primary, 10)
        self.replica.sync()
        self.remove_primary()
        shutil.copy(self.folder / "copy.db", self.path)
        self.primary = self.connect(self.path)
        self.expect_new_history()

    def test_the_same_content_at_another_place_goes_on(self):
        self.start()
        self.primary.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.primary.close()
        shutil.copy(self.path, self.folder / "copy.db")
        os.replace(self.folder / "copy.db", self.path)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(f"{self.path}{suffix}"):
                os.remove(f"{self.path}{suffix}")
        self.server.await_ready()  # it knows the database by its content
        self.primary = self.connect(self.path)
        self.primary.execute("UPDATE t SET a = a + 1 WHERE id = 9")
        self.expect_follows()

    def test_a_writer_under_full_load_while_snapshots_are_taken(self):
        self.start()
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(self.path)], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(writer.stdout.readline(), "ready\n")
            for i in range(10):
                replica = self.replica_of(self.server, f"replica{i}.db")
                replica.sync()
                self.assertEqual(replica.one("PRAGMA integrity_check"), "ok")
                # Each transaction writes its number into every row.
                self.assertEqual(replica.one("SELECT count(DISTINCT n) FROM counter"), 1)
                self.replica.sync()
        finally:
            writer.terminate()
            commits = int(writer.communicate(timeout=PATIENCE)[0])
        self.assertGreater(commits, 10)
        self.expect_follows()


WRITER = """
import signal, sqlite3, sys
primary = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
primary.execute("PRAGMA synchronous=OFF")
primary.execute("CREATE TABLE counter(n, filler)")
primary.execute("INSERT INTO counter WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50) "
                "SELECT 0, randomblob(1000) FROM n")
print("ready", flush=True)
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
commits = 0
while not over:
    primary.execute("UPDATE counter SET n = n + 1")  # never SQLITE_BUSY: nobody else writes
    commits += 1
print(commits)
"""
