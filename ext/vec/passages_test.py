#!/usr/bin/python3
"""usage: passages_test.py MODULE PASSAGES.db.gz KERNEL_SET...

KNN over the passages of examples/ against comparing every passage in double precision, for every
question, metric and several k, with each of the kernel sets that this processor runs.
"""

import gzip
import math
import os
import sqlite3
import sys
import tempfile
from array import array
from operator import mul, sub


def floats(blob):
    return array("f", blob)


def l2(a, b):
    return math.sqrt(sum(d * d for d in map(sub, a, b)))


def l1(a, b):
    return sum(map(abs, map(sub, a, b)))


def cosine(a, b):
    return 1 - sum(map(mul, a, b)) / math.sqrt(sum(map(mul, a, a)) * sum(map(mul, b, b)))


def check(database, module, kernel_set, truths):
    os.environ["EDGEPACK_KERNELS"] = kernel_set
    database.enable_load_extension(True)
    database.load_extension(module)
    try:
        database.execute("SELECT vec_distance_l2('[1]', '[2]')").fetchone()
    except sqlite3.Error as error:
        assert "processor" in str(error), error
        print(f"{kernel_set}: left out, {error}")
        return
    (size,) = database.execute("SELECT length(embedding) / 4 FROM passages").fetchone()
    checked = 0
    database.execute("BEGIN")
    for metric in ("l2", "l1", "cosine"):
        table = f"by_{metric}"
        database.execute(f"CREATE VIRTUAL TABLE {table} USING vec0(v float[{size}] distance_metric={metric})")
        database.execute(f"INSERT INTO {table}(rowid, v) SELECT id, embedding FROM passages")
        for question, blob in database.execute("SELECT id, embedding FROM questions").fetchall():
            truth = truths[metric, question]
            exact = {rowid: distance for distance, rowid in truth}
            for k in (1, 10, 500):
                found = database.execute(f"SELECT rowid, distance FROM {table} WHERE v MATCH ? AND k = ?",
                                         (blob, k)).fetchall()
                assert len(found) == k, (metric, question, k, len(found))
                for (rowid, distance), (expected, expected_rowid) in zip(found, truth):
                    # Nearer to one another than rounding, two passages may change places.
                    assert rowid == expected_rowid or abs(exact[rowid] - expected) < 1e-12, \
                        (metric, question, k, rowid, expected_rowid)
                    assert abs(distance - expected) <= 1e-6 * (1 + expected), (distance, expected)
                    checked += 1
    print(f"{kernel_set}: {checked} answers over {len(exact)} passages are right")


def compare_all(passages):
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        database = unpacked(passages, file)
        rows = [(rowid, floats(blob)) for rowid, blob in database.execute("SELECT id, embedding FROM passages")]
        questions = [(rowid, floats(blob)) for rowid, blob in database.execute("SELECT id, embedding FROM questions")]
        assert len(rows) >= 5000 and len(questions) >= 20, (len(rows), len(questions))
        return {(metric.__name__, question): sorted((metric(query, row), rowid) for rowid, row in rows)
                for metric in (l2, l1, cosine) for question, query in questions}


def unpacked(passages, file):
    file.write(gzip.open(passages).read())
    file.flush()
    return sqlite3.connect(file.name, isolation_level=None)


def main(module, passages, *kernel_sets):
    truths = compare_all(passages)
    assert kernel_sets
    for kernel_set in kernel_sets:
        # A process reads the setting once.
        child = os.fork()
        if child == 0:
            with tempfile.NamedTemporaryFile(suffix=".db") as file:
                check(unpacked(passages, file), module, kernel_set, truths)
            return
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"{kernel_set}: failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
