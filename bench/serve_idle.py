"""usage: python3 bench/serve_idle.py [--databases N] [--seconds S] [--server FILE]

Serves a folder of small databases that nobody writes to, and prints what edgepack-serve costs: share of
a core, resident memory, threads.
"""

import argparse
import os
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

PORT = 17435
SETTLE_SECONDS = 15  # connections of idle databases are closed after 5


def make_databases(folder, count):
    for number in range(count):
        connection = sqlite3.connect(os.path.join(folder, f"{number}.db"))
        connection.executescript(
            """PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
            CREATE TABLE t(id INTEGER PRIMARY KEY, a);
            INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50)
              SELECT i, randomblob(100) FROM n;"""
        )
        connection.close()


def wait_until_ready():
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health"):
                return
        except OSError:
            time.sleep(0.2)


def processor_seconds(process):
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status(process):
    with open(f"/proc/{process}/status") as file:
        return dict(line.split(":", 1) for line in file)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--databases", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--server", default="dist/edgepack-serve")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_databases(folder, options.databases)
        command = [options.server, "--listen", f"127.0.0.1:{PORT}", folder]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready()
            time.sleep(SETTLE_SECONDS)
            before = processor_seconds(server.pid)
            time.sleep(options.seconds)
            share = (processor_seconds(server.pid) - before) / options.seconds
            now = status(server.pid)
            print(f"{options.databases} idle databases: {share:.2%} of a core, "
                  f"{int(now['VmRSS'].split()[0]) / 1024:.1f} MiB, {now['Threads'].strip()} threads")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
