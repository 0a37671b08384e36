"""One process with one vec0 module loaded: runs what `queries.py` asks for, one JSON line at a time.

usage: worker.py MODULE ENTRY DATABASE
"""

import json
import sys
import time

import apsw

from cases import CASES


def fill(connection, case):
    """A fresh table of the case's rows, inserted in one transaction; answers the seconds it took."""
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute(f"CREATE VIRTUAL TABLE vectors USING vec0(embedding {case.column})")
    started = time.perf_counter()
    with connection:
        connection.executemany(
            "INSERT INTO vectors(rowid, embedding) VALUES (?, ?)",
            ((rowid, vector.tobytes()) for rowid, vector in enumerate(case.vectors, start=1)),
        )
    seconds = time.perf_counter() - started
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return {"seconds": seconds}


def knn(connection, case):
    """Every query of the case once; answers the seconds and the rowids of each."""
    seconds, answers = [], []
    sql = "SELECT rowid, distance FROM vectors WHERE embedding MATCH ? AND k = ? ORDER BY distance"
    for query in case.query_vectors:
        blob = query.tobytes()
        started = time.perf_counter()
        rows = connection.execute(sql, (blob, case.k)).fetchall()
        seconds.append(time.perf_counter() - started)
        answers.append([rowid for rowid, _ in rows])
    return {"seconds": seconds, "answers": answers}


def versions(connection, _):
    return {"vec": connection.execute("SELECT vec_version()").fetchone()[0], "sqlite": apsw.sqlite_lib_version()}


def main():
    module, entry, path = sys.argv[1:]
    connection = apsw.Connection(path)
    connection.enable_load_extension(True)
    connection.load_extension(module, entry)
    cases = {case.name: case for case in CASES}
    commands = {"fill": fill, "knn": knn, "versions": versions}
    for line in sys.stdin:
        request = json.loads(line)
        answer = commands[request["command"]](connection, cases.get(request.get("case")))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
