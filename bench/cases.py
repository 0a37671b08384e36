"""The cases of the whole-query benchmark: the data, the queries and the true answers of each."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy

DATA = Path(__file__).resolve().parent.parent / "build/bench"


@dataclass(frozen=True)
class Case:
    """KNN by L2 over `rows` float vectors around `clusters` centres, from a fixed seed."""

    name: str
    rows: int
    dimensions: int
    k: int
    clusters: int = 256
    queries: int = 20

    column = property(lambda self: f"float[{self.dimensions}]")
    """How the vector column is declared."""

    code_bytes = property(lambda self: self.rows * self.dimensions)
    """What a scan of 8-bit codes has to read at least; no exact method known here reads less."""

    @cached_property
    def _generated(self):
        random = numpy.random.default_rng(20240229)
        centres = random.standard_normal((self.clusters, self.dimensions), dtype=numpy.float32)
        spread = numpy.float32(0.5)
        vectors = centres[random.integers(self.clusters, size=self.rows)]
        for part in numpy.array_split(vectors, 20):  # views; keeps the temporaries small
            part += spread * random.standard_normal(part.shape, dtype=numpy.float32)
        queries = centres[random.integers(self.clusters, size=self.queries)]
        queries += spread * random.standard_normal(queries.shape, dtype=numpy.float32)
        return vectors, queries

    @property
    def vectors(self):
        """Row i is the vector of rowid i + 1."""
        return self._generated[0]

    @property
    def query_vectors(self):
        return self._generated[1]

    @cached_property
    def answers(self):
        """For each query the rowids of its k nearest rows, by distances summed in double."""
        found = []
        for query in self.query_vectors.astype(numpy.float64):
            squared = numpy.concatenate(
                [((part.astype(numpy.float64) - query) ** 2).sum(axis=1) for part in numpy.array_split(self.vectors, 50)]
            )
            found.append((numpy.argsort(squared, kind="stable")[: self.k] + 1).tolist())
        return found


CASES = [
    Case("knn-float-100k-768-k10", rows=100_000, dimensions=768, k=10),
]
