"""How each contender keeps a table of vectors and answers a question: through SQL where it has SQL."""

import os
from pathlib import Path

import apsw
import numpy
import sqlite_vec

ROOT = Path(__file__).resolve().parent.parent
SQLITE_VECTOR = ROOT / "build/bench/node/node_modules/@sqliteai/sqlite-vector-linux-x86_64/vector"


class Contender:
    """A database file of its own. Rows are numbered from 1."""

    def __init__(self, path, module, entry=None):
        self.connection = apsw.Connection(path)
        self.connection.enable_load_extension(True)
        self.connection.load_extension(str(module), entry)
        self.connection.execute("PRAGMA journal_mode = WAL").fetchall()

    def insert(self, case, first, last):
        """Rows `first` to before `last`, counted from 0, in one transaction."""
        vectors = case.vectors[first:last]
        with self.connection:
            self.connection.executemany(self.insert_sql, ((row, self.value(case, vector)) for row, vector in enumerate(vectors, start=first + 1)))

    def checkpoint(self):
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def value(self, case, vector):
        return vector.tobytes()

    def prepare(self, case):
        """What has to be done once by every process before its first question."""

    def ask(self, case, question, k):
        """The rowids of the k nearest, nearest first."""
        return [row[0] for row in self.connection.execute(self.question_sql, (self.value(case, question), k)).fetchall()]


class Vec0(Contender):
    """A vec0 table, of this pack or of sqlite-vec."""

    insert_sql = "INSERT INTO vectors(rowid, embedding) VALUES (?, {})"
    question_sql = "SELECT rowid, distance FROM vectors WHERE embedding MATCH {} AND k = ? ORDER BY distance"

    def create(self, case):
        self.connection.execute(f"CREATE VIRTUAL TABLE vectors USING vec0(embedding {case.column})")

    def expression(self, case):
        return {"float": "?", "int8": "vec_int8(?)", "bit": "vec_bit(?)"}[case.type]

    def insert(self, case, first, last):
        self.insert_sql = Vec0.insert_sql.format(self.expression(case))
        super().insert(case, first, last)

    def prepare(self, case):
        self.question_sql = Vec0.question_sql.format(self.expression(case))


class Edgepack(Vec0):
    threads = None

    def __init__(self, path):
        super().__init__(path, os.environ.get("EDGEPACK_BENCH_MODULE", ROOT / "dist/vec0.so"), "sqlite3_vec_init")
        if self.threads is not None:
            self.connection.execute("SELECT vec_config('threads', ?)", (self.threads,)).fetchall()


class EdgepackOneThread(Edgepack):
    threads = 1


class SqliteVec(Vec0):
    def __init__(self, path):
        super().__init__(path, sqlite_vec.loadable_path(), "sqlite3_vec_init")


class SqliteVector(Contender):
    """sqlite-vector's full scan of an ordinary table."""

    insert_sql = "INSERT INTO vectors(id, embedding) VALUES (?, ?)"
    question_sql = "SELECT rowid, distance FROM vector_full_scan('vectors', 'embedding', ?, ?)"

    def __init__(self, path):
        super().__init__(path, SQLITE_VECTOR, "sqlite3_vector_init")

    def create(self, case):
        self.connection.execute("CREATE TABLE vectors(id INTEGER PRIMARY KEY, embedding BLOB)")

    def prepare(self, case):
        type_ = {"float": "FLOAT32", "int8": "INT8", "bit": "BIT"}[case.type]
        options = f"type={type_},dimension={case.dimensions},distance={case.metric.upper()}"
        self.connection.execute("SELECT vector_init('vectors', 'embedding', ?)", (options,)).fetchall()


class SqliteVectorQuantized(SqliteVector):
    """Its scan of 8-bit numbers that were made beforehand and lie in memory, which is not exact."""

    question_sql = "SELECT rowid, distance FROM vector_quantize_scan('vectors', 'embedding', ?, ?)"

    def insert(self, case, first, last):
        super().insert(case, first, last)
        super().prepare(case)
        self.connection.execute("SELECT vector_quantize('vectors', 'embedding')").fetchall()

    def prepare(self, case):
        super().prepare(case)
        self.connection.execute("SELECT vector_quantize_preload('vectors', 'embedding')").fetchall()


class Usearch:
    """usearch's exact search of an array in memory, on one thread; there is no file and no SQL."""

    def __init__(self, path):
        self.rows = None
        self.count = None

    def create(self, case):
        pass

    def insert(self, case, first, last):
        self.count = last

    def checkpoint(self):
        pass

    def prepare(self, case):
        self.rows = numpy.array(case.vectors[: self.count])

    def ask(self, case, question, k):
        from usearch.index import MetricKind, search

        metric = {"l2": MetricKind.L2sq, "cosine": MetricKind.Cos, "hamming": MetricKind.Hamming}[case.metric]
        found = search(self.rows, question, k, metric, exact=True, threads=1)
        return [int(key) + 1 for key in found.keys]


CONTENDERS = {
    "edgepack-1": EdgepackOneThread,
    "edgepack": Edgepack,
    "sqlite-vec": SqliteVec,
    "sqlite-vector": SqliteVector,
    "sqlite-vector-quantized": SqliteVectorQuantized,
    "usearch": Usearch,
}
"""libSQL runs in Node (libsql_worker.js)."""

SHARED_FILE = {"edgepack-1": "edgepack"}
"""Contenders that ask the file of another one."""
