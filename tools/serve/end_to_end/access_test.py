"""Who may ask: tokens and TLS."""

import os
import shutil
import signal
import ssl
import subprocess
import unittest
import urllib.request

from fixture import EndToEnd, Server, await_true


class Tokens(EndToEnd):
    def setUp(self):
        super().setUp()
        self.make_primary(100)
        self.tokens = self.folder / "tokens"
        self.tokens.write_text("# who may read\nfirst-token\nsecond-token\n")
        self.server = self.serve("--tokens", self.tokens, self.path)
        self.replica = self.replica_of(self.server)

    def token_file(self, token):
        file = self.folder / "token"
        file.write_text(token + "\n")
        return str(file)

    def test_missing_and_wrong_ones_are_refused(self):
        self.assertIn("the server wants a token", self.replica.error())
        for wrong in ("first-toke", "first-token2", "FIRST-TOKEN", "#"):
            problem = self.replica.error(token_file=self.token_file(wrong))
            self.assertIn("the server wants a token, or another one", problem)
            if len(wrong) > 1:
                self.assertNotIn(wrong, problem)
        self.assertEqual(self.replica.one("SELECT count(*) FROM sqlite_schema"), 0)

    def test_each_token_opens_and_its_file_is_remembered(self):
        self.replica.sync(token_file=self.token_file("second-token"))
        self.assert_same(self.replica)
        self.replica.source = None
        self.assertEqual(self.replica.sync()["state"], "current")
        self.assertNotIn("second-token", str(self.replica.status()))

    def test_from_the_environment(self):
        os.environ["EDGEPACK_REPLICA_TOKEN"] = "first-token"
        try:
            self.replica.sync()
        finally:
            del os.environ["EDGEPACK_REPLICA_TOKEN"]
        self.assert_same(self.replica)

    def test_what_is_open_without_one(self):
        await_true(lambda: self.server.get("/health")[0] == 200, "the first snapshot")
        for path, status in (("/health", 200), ("/", 401), ("/metrics", 401), ("/v1/databases", 401),
                             ("/app.db/v1/snapshot", 401)):
            self.assertEqual(self.server.get(path)[0], status, path)
        self.assertEqual(self.server.get("/metrics", {"Authorization": "Bearer first-token"})[0], 200)

    def test_the_file_is_read_again_on_sighup(self):
        self.replica.sync(token_file=self.token_file("first-token"))
        self.tokens.write_text("third-token\n")
        self.server.process.send_signal(signal.SIGHUP)
        await_true(lambda: any("read again" in line for line in self.server.messages), "the tokens are read again")
        self.assertIn("the server wants a token", self.replica.error())
        self.assertEqual(self.replica.sync(token_file=self.token_file("third-token"))["state"], "current")

    def test_nobody_listens_to_the_world_without_tokens(self):
        with self.assertRaisesRegex(RuntimeError, "everybody who reaches it could read"):
            Server(self.path, listen="0.0.0.0:0")


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(EndToEnd):
    def setUp(self):
        super().setUp()
        self.make_primary(500)
        self.ca = self.authority("ca")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, check=True, capture_output=True)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 2,
                     "-subj", f"/CN=edgepack test {name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
        return name

    def certificate(self, name, alternative, days=2):
        """A server's certificate for `alternative` (`IP:127.0.0.1`, `DNS:...`), signed by the authority; its file names."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.ca}.pem", "-CAkey", f"{self.ca}.key",
                     "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return "--cert", self.folder / f"{name}.pem", "--key", self.folder / f"{name}.key"

    def ca_file(self, name="ca"):
        return str(self.folder / f"{name}.pem")

    def test_a_replica_over_tls(self):
        tokens = self.folder / "tokens"
        tokens.write_text("secret\n")
        server = self.serve(*self.certificate("good", "IP:127.0.0.1"), "--tokens", tokens, self.path)
        self.assertTrue(server.base.startswith("https://"))
        replica = self.replica_of(server)
        done = replica.sync(ca_file=self.ca_file(), token_file=str(tokens))
        self.assertTrue(done["snapshot"])
        self.assert_same(replica)
        primary = self.connect(self.path)
        primary.execute("UPDATE t SET a = -1 WHERE id = 5")
        replica.source = None  # the source, the authority and the token are remembered
        self.assertEqual(replica.sync()["transactions"], 1)
        self.assert_same(replica)

    def expect_refused(self, server, replica, **options):
        problem = replica.error(**options)
        self.assertIn("the server's certificate cannot be trusted", problem)
        self.assertIn(server.url(), problem)
        self.assertEqual(replica.one("SELECT count(*) FROM sqlite_schema"), 0)
        return problem

    def test_an_unknown_authority_is_refused(self):
        server = self.serve(*self.certificate("good", "IP:127.0.0.1"), self.path)
        replica = self.replica_of(server)
        self.assertIn("ca_file", self.expect_refused(server, replica))
        self.authority("stranger")
        self.expect_refused(server, replica, ca_file=self.ca_file("stranger"))
        replica.sync(ca_file=self.ca_file())
        self.assert_same(replica)

    def test_a_certificate_for_another_host_is_refused(self):
        server = self.serve(*self.certificate("other", "DNS:other.example"), self.path)
        self.expect_refused(server, self.replica_of(server), ca_file=self.ca_file())

    def test_an_expired_certificate_is_refused(self):
        server = self.serve(*self.certificate("old", "IP:127.0.0.1", days=-1), self.path)
        self.expect_refused(server, self.replica_of(server), ca_file=self.ca_file())

    def test_a_missing_authority_file_is_named(self):
        server = self.serve(*self.certificate("good", "IP:127.0.0.1"), self.path)
        self.assertIn("missing.pem", self.replica_of(server).error(ca_file=self.ca_file("missing")))

    def test_http_and_https_are_not_mixed_up(self):
        server = self.serve(*self.certificate("good", "IP:127.0.0.1"), self.path)
        replica = self.replica_of(server)
        replica.source = server.url().replace("https:", "http:")
        self.assertIn(replica.source, replica.error(timeout_ms=300))

    def test_pages_over_tls(self):
        server = self.serve(*self.certificate("good", "IP:127.0.0.1"), self.path)
        context = ssl.create_default_context(cafile=self.ca_file())
        with urllib.request.urlopen(server.base + "/v1/databases", context=context) as answer:
            self.assertEqual(answer.status, 200)

    def test_a_key_that_does_not_fit_is_refused_at_the_start(self):
        certificate = self.certificate("good", "IP:127.0.0.1")
        with self.assertRaises(RuntimeError):
            Server(*certificate[:3], self.folder / "ca.key", self.path)
