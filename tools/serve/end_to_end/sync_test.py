"""What a replica can ask of a server: syncs, waiting, bookmarks, verification, repair, the past."""

import json
import threading
import time

from fixture import EndToEnd, PATIENCE, Replica, await_true
from image import digest


class Syncs(EndToEnd):
    def setUp(self):
        super().setUp()
        self.primary = self.make_primary()
        self.server = self.serve()
        self.replica = self.replica_of(self.server)

    def test_first_sync_and_changes(self):
        first = self.replica.sync()
        self.assertEqual((first["state"], first["snapshot"], first["from"]), ("updated", True, None))
        self.assert_same(self.replica)
        for statement in ("UPDATE t SET a = -1 WHERE id = 5", "DELETE FROM t WHERE id % 3 = 0", "CREATE INDEX i ON t(a)",
                          "CREATE TABLE u(x); INSERT INTO u VALUES (zeroblob(90000))", "ALTER TABLE t ADD COLUMN c",
                          "DROP TABLE u", "CREATE VIEW v AS SELECT count(*) FROM t"):
            self.primary.executescript(statement)
            done = self.replica.sync()
            self.assertEqual((done["state"], done["snapshot"]), ("updated", False), statement)
            self.assertLessEqual(done["transactions"], 2)
            self.assert_same(self.replica)
        self.assertEqual(self.replica.sync()["state"], "current")
        self.assertEqual(self.replica.one("SELECT * FROM v"), self.primary.execute("SELECT * FROM v").fetchone()[0])
        status = self.replica.status()
        self.assertEqual((status["state"], status["last_error"], status["snapshots"]), ("replica", None, 1))
        self.assertEqual(status["position"], status["primary_position"])

    def test_connections_that_sync_one_replica_by_turns(self):
        replicas = [self.replica, self.replica_of(self.server)]
        for replica in replicas:
            replica.sync()
        for i in range(4):
            self.primary.execute("UPDATE t SET a = -1 WHERE id = ?", (i + 1,))
            states = [replica.sync()["state"] for replica in replicas]
            self.assertEqual(states, ["updated", "current"])
            self.assert_same(self.replica)
            replicas.reverse()
        # What one of them remembers is not what the position file says.
        replicas[1].one("SELECT replica_reset()")
        replicas[0].source = None
        self.assertIn("it has no source yet", replicas[0].error())
        replicas[0].source = self.server.url()
        self.assertEqual(replicas[0].sync()["state"], "current")

    def test_one_row_costs_few_bytes(self):
        self.replica.sync()
        self.primary.execute("UPDATE t SET a = -1 WHERE id = 5")
        done = self.replica.sync()
        self.assertEqual((done["transactions"], done["pages"]), (1, 1))
        self.assertLess(done["bytes"], 5000)

    def test_a_replica_goes_on_in_another_process_and_after_the_server_was_restarted(self):
        self.replica.sync()
        self.replica.close()
        port = self.server.port
        self.assertEqual(self.server.stop(), 0)
        self.insert(self.primary, 10)
        server = self.serve(self.path, listen=f"127.0.0.1:{port}")
        again = Replica(self.replica.path)  # the source is remembered
        self.addCleanup(again.close)
        done = again.sync()
        self.assertEqual((done["state"], done["source"], done["snapshot"]), ("updated", server.url(), False))
        self.assert_same(again)

    def test_long_polling_returns_with_the_change(self):
        self.replica.sync()
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.replica.sync(wait_ms=PATIENCE * 1000)))
        waiting.start()
        await_true(lambda: self.server.metric("litefs_subscriber_count") == 1, "the replica waits")
        self.primary.execute("UPDATE t SET a = -1 WHERE id = 5")
        waiting.join(PATIENCE)
        self.assertEqual((answers[0]["state"], answers[0]["transactions"]), ("updated", 1))
        self.assertGreaterEqual(answers[0]["lag_ms"], 0)
        self.assert_same(self.replica)
        self.assertEqual(self.replica.sync(wait_ms=50)["state"], "current")

    def test_many_replicas(self):
        replicas = [self.replica_of(self.server, f"replica{i}.db") for i in range(8)]
        for _ in range(3):
            self.insert(self.primary, 20)
            for replica in replicas:
                replica.sync()
        for replica in replicas:
            self.assert_same(replica)

    def test_read_your_writes(self):
        self.replica.sync()
        writer = Replica(self.path)
        self.addCleanup(writer.close)
        bookmarks = []
        for i in range(20):
            writer.connection.execute("INSERT INTO t(a) VALUES (?)", (f"write {i}",))
            bookmarks.append(writer.one("SELECT replica_bookmark()"))
            self.assertEqual(self.replica.one("SELECT replica_wait(?, ?)", bookmarks[-1], PATIENCE * 1000), 1)
            self.assertEqual(self.replica.one("SELECT count(*) FROM t WHERE a = ?", f"write {i}"), 1)
        self.assertEqual(bookmarks, sorted(set(bookmarks)))
        self.assertEqual(self.server.get("/app.db/v1/bookmark")[1], bookmarks[-1] + "\n")
        self.assertEqual(self.replica.one("SELECT replica_bookmark()"), bookmarks[-1])
        later = bookmarks[-1][:-4] + "ffff"
        self.assertEqual(self.replica.one("SELECT replica_wait(?, 100)", later), 0)
        self.assertEqual(self.replica.one("SELECT replica_wait(?, 0)", bookmarks[0]), 1)

    def test_verify_divergence_and_repair(self):
        self.insert(self.primary, 5000)
        self.replica.sync()
        sound = json.loads(self.replica.one("SELECT replica_verify()"))
        self.assertEqual((sound["intact"], sound["equal"]), (True, True))
        before = digest(self.replica.path)
        self.replica.connection.execute("UPDATE t SET b = x'00' WHERE id = 3000")
        self.assertNotEqual(digest(self.replica.path), before)
        self.assertFalse(json.loads(self.replica.one("SELECT replica_verify()"))["intact"])
        self.assertIn("it has diverged", self.replica.error())
        repaired = self.replica.sync(repair=True)
        self.assertLess(repaired["pages"], 5)
        self.assertLess(repaired["bytes"], 30000)
        self.assert_same(self.replica)
        self.assertTrue(json.loads(self.replica.one("SELECT replica_verify()"))["equal"])

    def test_a_file_with_data_of_its_own_is_refused(self):
        own = self.connect(self.folder / "own.db")
        own.execute("CREATE TABLE precious(x)")
        replica = self.replica_of(self.server, "own.db")
        self.assertIn("it holds data of its own", replica.error())
        self.assertEqual(own.execute("SELECT count(*) FROM precious").fetchone(), (0,))

    def test_a_first_sync_while_the_file_is_read_says_so(self):
        self.replica.connection.execute("BEGIN")
        self.replica.one("SELECT count(*) FROM sqlite_schema")
        self.assertIn("cannot be put into WAL mode while somebody reads it", self.replica.error(timeout_ms=100))
        self.replica.connection.execute("COMMIT")
        self.replica.sync()
        # A later one may happen there: the transaction keeps its view.
        self.replica.connection.execute("BEGIN")
        count = self.replica.one("SELECT count(*) FROM t")
        self.insert(self.primary, 10)
        self.replica.sync()
        self.assertEqual(self.replica.one("SELECT count(*) FROM t"), count)
        self.replica.connection.execute("COMMIT")
        self.assert_same(self.replica)

    def test_reset_makes_an_ordinary_database(self):
        self.replica.sync()
        self.assertEqual(self.replica.one("SELECT replica_reset()"), 1)
        self.replica.connection.execute("INSERT INTO t(a) VALUES ('mine')")
        self.replica.source = None
        self.assertIn("source", self.replica.error())

    def test_restores_by_time_and_bookmark_and_without_the_database(self):
        states = []
        for i in range(4):
            self.primary.execute("UPDATE t SET a = ? WHERE id < 50", (f"state {i}",))
            bookmark = self.server.get("/app.db/v1/bookmark")[1].strip()
            time.sleep(0.6)  # longer than the states of one log file
            states.append((bookmark, int(time.time() * 1000), digest(self.path)))
            time.sleep(0.01)
        restore = "SELECT replica_restore(?, ?, ?)"
        for i, (bookmark, then, expected) in enumerate(states):
            for name, options in (("time", {"timestamp": str(then)}), ("bookmark", {"bookmark": bookmark})):
                target = self.folder / f"{name}-{i}.db"
                self.replica.one(restore, self.server.url(), str(target), json.dumps(options))
                self.assertEqual(digest(target), expected, (name, i))
        self.primary.close()
        for file in self.path.parent.glob("app.db*"):
            if file.is_file():
                file.unlink()
        target = self.folder / "rescued.db"
        self.replica.one(restore, self.server.url(), str(target), json.dumps({"bookmark": states[1][0]}))
        self.assertEqual(digest(target), states[1][2])
        with self.assertRaisesRegex(Exception, "the file exists"):
            self.replica.one(restore, self.server.url(), str(target), json.dumps({"bookmark": states[1][0]}))
        with self.assertRaisesRegex(Exception, "keeps nothing so old"):
            self.replica.one(restore, self.server.url(), str(self.folder / "none.db"), '{"timestamp":"1000"}')
        self.assertFalse((self.folder / "none.db").exists())


class FirstSnapshot(EndToEnd):
    def test_a_snapshot_of_the_empty_database_is_not_the_end(self):
        primary = self.connect(self.path)
        primary.execute("PRAGMA journal_mode=WAL")
        server = self.serve()
        server.await_ready()
        primary.execute("CREATE TABLE t(a)")
        replica = self.replica_of(server)
        self.assertEqual(replica.sync()["state"], "updated")
        self.assert_same(replica)
