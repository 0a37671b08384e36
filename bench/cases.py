"""The data of the whole-query benchmark, its questions and their true answers, kept in build/bench/data."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy

FOLDER = Path(__file__).resolve().parent.parent / "build/bench"
DATA = FOLDER / "data"
QUESTIONS = 20
GREATEST_K = 100


@dataclass(frozen=True)
class Case:
    """KNN over `rows` vectors of one type under one metric."""

    name: str
    rows: int
    dimensions: int
    type: str  # float, int8, bit: as a vec0 column is declared
    metric: str  # l2, cosine, hamming
    source: str  # clusters, sentences

    @property
    def column(self):
        metric = "" if self.type == "bit" else f" distance_metric={self.metric}"
        return f"{self.type}[{self.dimensions}]{metric}"

    @property
    def code_bytes(self):
        """What one pass over 8-bit codes, or over the vectors of int8 and bit columns, reads."""
        return self.rows * self.dimensions // (8 if self.type == "bit" else 1)

    @property
    def scanned_bytes(self):
        """What vec0 reads of every row at least: the upper halves of 8-bit codes, the first half of long bit vectors, int8 vectors whole."""
        return self.code_bytes // (1 if self.type == "int8" else 2)

    @property
    def vectors(self):
        """Row i is the vector of rowid i + 1; bits are packed, the first in the lowest bit. Mapped, not read."""
        return numpy.load(self._made("vectors"), mmap_mode="r")

    @property
    def questions(self):
        return numpy.load(self._made("questions"))

    def _made(self, what):
        file = DATA / f"{self.name}-{what}.npy"
        if not file.exists():
            DATA.mkdir(parents=True, exist_ok=True)
            vectors, questions = {"clusters": clusters, "sentences": sentences}[self.source](self)
            numpy.save(DATA / f"{self.name}-vectors.npy", vectors)
            numpy.save(DATA / f"{self.name}-questions.npy", questions)
        return file

    @cached_property
    def answers(self):
        """For each question the rowids of its GREATEST_K nearest rows, by distances summed in double."""
        file = DATA / f"{self.name}-answers.json"
        if not file.exists():
            file.write_text(json.dumps([self._nearest(question) for question in self.questions]))
        return json.loads(file.read_text())

    def _nearest(self, question):
        parts = numpy.array_split(self.vectors, max(1, self.rows // 5000))
        distances = numpy.concatenate([distance(self.metric, numpy.asarray(part), question) for part in parts])
        return (numpy.argsort(distances, kind="stable")[:GREATEST_K] + 1).tolist()

    def recall(self, found, k):
        """The share of the true k nearest among `found`, over all questions. A row as far away as the k-th counts as true: answers are compared by distance."""
        right = 0
        for question, rowids, true in zip(self.questions, found, self.answers):
            furthest = distance(self.metric, self.vectors[[true[k - 1] - 1]], question)[0]
            given = distance(self.metric, self.vectors[numpy.array(rowids[:k]) - 1], question)
            right += int((given <= furthest * (1 + 1e-12)).sum())
        return right / (k * len(found))


def distance(metric, rows, question):
    """In double precision; L2 is squared."""
    if metric == "hamming":
        return numpy.bitwise_count(rows ^ question).sum(axis=1, dtype=numpy.int64)
    rows, question = rows.astype(numpy.float64), question.astype(numpy.float64)
    if metric == "l2":
        return ((rows - question) ** 2).sum(axis=1)
    return 1 - rows @ question / (numpy.linalg.norm(rows, axis=1) * numpy.linalg.norm(question))


def clusters(case, count=256, spread=0.5):
    """Normal clouds around normally distributed centres; 8-bit numbers and bits are what rounding leaves of them."""
    random = numpy.random.default_rng(20240229)
    centres = random.standard_normal((count, case.dimensions), dtype=numpy.float32)

    def around(number):
        vectors = centres[random.integers(count, size=number)]
        vectors += numpy.float32(spread) * random.standard_normal(vectors.shape, dtype=numpy.float32)
        if case.type == "int8":
            return numpy.clip(numpy.rint(vectors * 40), -127, 127).astype(numpy.int8)
        return numpy.packbits(vectors > 0, axis=1, bitorder="little") if case.type == "bit" else vectors

    questions = around(QUESTIONS)
    piece = 10_000  # so that the floats of a large case never lie in memory together
    return numpy.concatenate([around(min(piece, case.rows - start)) for start in range(0, case.rows, piece)]), questions


def sentences(case):
    """Embeddings of real text (sentence_embeddings.py); questions are sentences that are not among the rows."""
    file = FOLDER / "sentences.npy"
    vectors = numpy.load(file) if file.exists() else numpy.empty((0, case.dimensions), numpy.float32)
    if len(vectors) < case.rows + QUESTIONS:
        raise SystemExit(f"{file}: {len(vectors)} vectors, {case.rows + QUESTIONS} are needed; run bench/sentence_embeddings.py (bench/README.md)")
    return vectors[: case.rows], vectors[case.rows : case.rows + QUESTIONS]


CASES = [
    Case("float-768", 100_000, 768, "float", "l2", "clusters"),
    Case("sentences-384", 100_000, 384, "float", "cosine", "sentences"),
    Case("int8-128", 1_000_000, 128, "int8", "l2", "clusters"),
    Case("bits-1024", 1_000_000, 1024, "bit", "hamming", "clusters"),
]
