#!/usr/bin/python3
"""usage: passages_test.py MODULE PASSAGES.db.gz

KNN over the passages of examples/ against comparing every passage in double precision, for every
question, metric and several k.
"""

import gzip
import math
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


def main(module, passages):
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        file.write(gzip.open(passages).read())
        file.flush()
        database = sqlite3.connect(file.name)
        database.enable_load_extension(True)
        database.load_extension(module)
        rows = [(rowid, floats(blob)) for rowid, blob in database.execute("SELECT id, embedding FROM passages")]
        questions = database.execute("SELECT id, embedding FROM questions").fetchall()
        assert len(rows) >= 5000 and len(questions) >= 20, (len(rows), len(questions))
        dimensions = len(rows[0][1])
        checked = 0
        for metric in (l2, l1, cosine):
            table = f"by_{metric.__name__}"
            database.execute(f"CREATE VIRTUAL TABLE {table} USING vec0(v float[{dimensions}] "
                             f"distance_metric={metric.__name__})")
            with database:
                database.execute(f"INSERT INTO {table}(rowid, v) SELECT id, embedding FROM passages")
            for question, blob in questions:
                query = floats(blob)
                truth = sorted((metric(query, row), rowid) for rowid, row in rows)
                for k in (1, 10, 500):
                    found = database.execute(f"SELECT rowid, distance FROM {table} WHERE v MATCH ? AND k = ?",
                                             (blob, k)).fetchall()
                    assert len(found) == k, (metric, question, k, len(found))
                    exact = {rowid: distance for distance, rowid in truth}
                    for (rowid, distance), (expected, expected_rowid) in zip(found, truth):
                        # Nearer to one another than rounding, two passages may change places.
                        assert rowid == expected_rowid or abs(exact[rowid] - expected) < 1e-12, \
                            (metric, question, k, rowid, expected_rowid)
                        assert abs(distance - expected) <= 1e-6 * (1 + expected), (distance, expected)
                        checked += 1
        print(f"{checked} answers over {len(rows)} passages are right")


if __name__ == "__main__":
    main(*sys.argv[1:])
