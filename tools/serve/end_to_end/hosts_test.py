"""Replicas in every host of the SQL tests, and the programs and jobs of examples/sync."""

import os
import shlex
import signal
import subprocess
import sys

from fixture import DIST, EndToEnd, PATIENCE, ROOT, await_true
from image import digest

sys.path.append(str(ROOT / "sql"))
import host as sql_hosts  # noqa: E402

EXAMPLES = ROOT / "examples" / "sync"


class Hosts(EndToEnd):
    def test_every_host_syncs(self):
        self.make_primary(300)
        server = self.serve()
        server.await_ready()
        for host in sql_hosts.hosts():
            with self.subTest(host.name):
                path = self.folder / f"{host.name}.db"
                answers = sql_hosts.run(host, DIST / "edgepack.so", [
                    f"SELECT replica_sync('{server.url()}', '{{\"path\":\"{path}\"}}') ->> 'state';",
                    f"SELECT replica_sync(NULL, '{{\"path\":\"{path}\"}}') ->> 'state';"])["results"]
                self.assertEqual([answer.get("rows", answer) for answer in answers],
                                 [[[["text", "updated"]]], [[["text", "current"]]]])
                self.assertEqual(digest(path), digest(self.path))


class Examples(EndToEnd):
    def setUp(self):
        super().setUp()
        self.primary = self.make_primary(300)
        self.server = self.serve()
        self.copy = self.folder / "replica.db"

    def expect_keeps_fresh(self, *command, environment=None):
        """The program prints the count of tables that it reads, which follows the primary's."""
        log = self.folder / "log"
        with log.open("w") as output:
            program = subprocess.Popen([*map(str, command), self.server.url(), str(self.copy)], cwd=ROOT, stdout=output,
                                       stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        try:
            for tables in (1, 2, 3):
                await_true(lambda: f"{tables} tables and indexes" in log.read_text() or program.poll() is not None,
                           f"{tables} tables")
                self.assertIsNone(program.poll(), log.read_text())
                self.primary.execute(f"CREATE TABLE t{tables}(x)")
            await_true(lambda: digest(self.copy) == digest(self.path), "the last change arrives")
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(PATIENCE)

    def test_python(self):
        self.expect_keeps_fresh(sys.executable, EXAMPLES / "sync.py")

    def test_go(self):
        # With the bindings that the Go host of the SQL tests is compiled with.
        binary = ROOT / "build" / "hosts" / "sync-example"
        built = subprocess.run(["go", "build", "-o", binary, EXAMPLES / "sync.go"], cwd=ROOT / "sql" / "hosts" / "go",
                               env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"},
                               capture_output=True, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)
        self.expect_keeps_fresh(binary)

    def test_node(self):
        modules = ROOT / "build" / "hosts" / "node" / "node_modules"
        self.expect_keeps_fresh("node", EXAMPLES / "sync.js", environment={"NODE_PATH": str(modules)})

    def run_job(self, command):
        """Runs a command of an example with the paths of this machine."""
        for written, here in (("/usr/lib/edgepack", DIST / "edgepack"), ("/var/lib/app/replica.db", self.copy),
                              ("https://primary.example/app.db", self.server.url()),
                              ("/etc/app/token", self.folder / "token")):
            command = [word.replace(written, str(here)) for word in command]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def expect_job_syncs(self, command):
        (self.folder / "token").write_text("any\n")
        lines = (EXAMPLES / "crontab").read_text().splitlines()
        first = " ".join(line.lstrip("# ") for line in lines[2:4])
        self.run_job(shlex.split(first))
        self.assertEqual(digest(self.copy), digest(self.path))
        for _ in range(2):
            self.insert(self.primary, 10)
            self.run_job(command)
            self.assertEqual(digest(self.copy), digest(self.path))

    def test_cron(self):
        line = (EXAMPLES / "crontab").read_text().splitlines()[-1]
        self.assertNotIn("%", line)  # cron ends a command there
        self.expect_job_syncs(["sh", "-c", line.split(None, 6)[6]])

    def test_systemd(self):
        unit = (EXAMPLES / "edgepack-sync.service").read_text()
        command = next(line for line in unit.splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart=")
        self.assertNotIn("%", command)  # a specifier to systemd
        self.expect_job_syncs(shlex.split(command))
