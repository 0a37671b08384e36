"""What the server tells people and programs that watch it, and which databases it serves."""

import json

from fixture import EndToEnd, await_true


class Pages(EndToEnd):
    def test_a_folder_of_databases(self):
        names = ("app.db", "two.sqlite", "three.db3", "four & <five>.sqlite3")
        for i, name in enumerate(names):
            self.make_primary(10 * (i + 1), path=self.path.parent / name)
        (self.path.parent / "notes.txt").write_text("no database")
        server = self.serve(self.path.parent)
        for i, name in enumerate(names):
            quoted = name.replace("&", "%26").replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
            server.await_ready(quoted)
            replica = self.replica_of(server, f"replica{i}.db", quoted)
            replica.sync()
            self.assert_same(replica, self.path.parent / name)
        served = json.loads(server.get("/v1/databases")[1])
        self.assertEqual(sorted(d["name"] for d in served), sorted(names))
        # One that comes later, and one that goes.
        self.make_primary(30, path=self.path.parent / "later.db")
        server.await_ready("later.db")
        replica = self.replica_of(server, "later.db", "later.db")
        replica.sync()
        self.assert_same(replica, self.path.parent / "later.db")

    def test_the_page_for_people(self):
        self.make_primary(10)
        server = self.serve()
        server.await_ready()
        status, page, headers = server.get("/")
        self.assertEqual((status, headers.get_content_type()), (200, "text/html"))
        position = json.loads(server.get("/app.db/v1/position")[1])["position"]
        for text in ("app.db", "wal", position):
            self.assertIn(text, server.get("/")[1])
        self.assertNotIn("<script", page)

    def test_metrics_and_health(self):
        primary = self.make_primary(10)
        server = self.serve()
        server.await_ready()
        before = server.metric('litefs_db_txid{db="app.db"}')
        primary.execute("UPDATE t SET a = 0 WHERE id = 3")
        replica = self.replica_of(server)
        replica.sync()
        self.assertEqual(server.metric('litefs_db_txid{db="app.db"}'), before + 1)
        self.assertEqual(server.metric("litefs_db_count"), 1)
        self.assertEqual(server.metric("edgepack_snapshot_count"), 1)
        self.assertEqual(server.metric('edgepack_db_compare_count{db="app.db"}'), 0)
        self.assertGreater(server.metric("edgepack_http_bytes"), 100)
        own = replica.one("SELECT replica_metrics()")
        self.assertIn("litefs_db_txid", own)
        for line in (server.get("/metrics")[1] + own).splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="([^"\\]|\\.)*"(,\w+="([^"\\]|\\.)*")*\})? -?[0-9.e+]+)$')

    def test_an_empty_database_is_served_once_it_has_a_table(self):
        self.path.touch()
        server = self.serve()
        status, text, headers = server.get("/app.db/v1/snapshot")
        self.assertEqual(status, 503)
        self.assertIn("empty", json.loads(text)["message"])
        self.assertIn("Retry-After", headers)
        self.make_primary(10)
        server.await_ready()
        replica = self.replica_of(server)
        replica.sync()
        self.assert_same(replica)

    def test_two_servers_never_share_a_folder(self):
        self.make_primary(10)
        first = self.serve()
        first.await_ready()
        second = self.serve()
        await_true(lambda: "another edgepack-serve" in second.get("/app.db/v1/position")[1], "the second server refuses")
        self.assertEqual(first.get("/app.db/v1/position")[0], 200)
