#!/usr/bin/python3
"""usage: sync.py SOURCE REPLICA [SECONDS]

Keeps REPLICA at the state of SOURCE in the background while the main thread reads it, and prints how old what it reads is.
"""

import json
import sqlite3
import sys
import threading
import time
from pathlib import Path

PACK = str(Path(__file__).resolve().parents[2] / "dist" / "edgepack")


def keep_fresh(source, path, stop):
    """Waits for changes until `stop` is set. A connection of its own: this thread does nothing else."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension(PACK)
    options = json.dumps({"path": path, "wait_ms": 1000})
    while not stop.is_set():
        try:
            connection.execute("SELECT replica_sync(?, ?)", (source, options)).fetchone()
        except sqlite3.Error as problem:
            print(problem, file=sys.stderr)
            stop.wait(1)


def main():
    source, path = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 3600
    stop = threading.Event()
    thread = threading.Thread(target=keep_fresh, args=(source, path, stop))
    thread.start()
    deadline = time.monotonic() + seconds
    try:
        while not Path(path + "-replica").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        while time.monotonic() < deadline:
            tables = reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            version = reader.execute("PRAGMA data_version").fetchone()[0]
            print(f"{tables} tables and indexes, state {version}", flush=True)
            time.sleep(min(1, max(0, deadline - time.monotonic())))
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    main()
