"""Makes real embeddings for the benchmark: sentences of the documentation of Python packages, by the model of examples/.

usage: sentence_embeddings.py [--count N]

The text is what the docstrings of Python's standard library and of the packages in SOURCES say, a sentence a vector, each once. The
vectors go to build/bench/sentences.npy (float32, N x 384). It takes an hour or two of one core, keeps what it has after every
4,096 sentences, and goes on from there the next time.
"""

import argparse
import ast
import random
import re
import sys
import sysconfig
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

import embedder  # noqa: E402

SOURCES = ["numpy", "scipy", "matplotlib", "sklearn", "sympy", "networkx"]
FILE = ROOT / "build/bench/sentences.npy"
STEP = 4096
SHORTEST_WORDS, LONGEST_CHARACTERS = 6, 300


def docstrings(folder):
    """The docstrings of every module, class and function below `folder` but for its tests, in the order of the files."""
    for path in sorted(folder.rglob("*.py")):
        if {"test", "tests", "site-packages", "dist-packages"} & set(path.relative_to(folder).parts):
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):  # files that are bad on purpose
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                if docstring := ast.get_docstring(node):
                    yield docstring


def sentences():
    """Every sentence once, shuffled with a fixed seed, so that the first N are a fair sample."""
    library = Path(sysconfig.get_path("stdlib"))
    packages = Path(sysconfig.get_path("purelib"))
    found = {}
    for folder in [library, *(packages / name for name in SOURCES)]:
        for docstring in docstrings(folder):
            for paragraph in re.split(r"\n\s*\n", docstring):
                if ">>>" in paragraph:
                    continue
                for sentence in re.split(r"(?<=[.!?]) +(?=[A-Z`])", " ".join(paragraph.split())):
                    words = re.findall(r"[A-Za-z]{2,}", sentence)
                    if len(words) >= SHORTEST_WORDS and len(sentence) <= LONGEST_CHARACTERS:
                        found.setdefault(sentence)
    shuffled = list(found)
    random.Random(1).shuffle(shuffled)
    return shuffled


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_100, help="how many vectors (100,100: a table and its questions)")
    options = parser.parse_args()
    text = sentences()[: options.count]
    unfinished = FILE.with_suffix(".part.npy")
    kept = unfinished if unfinished.exists() else FILE
    vectors = numpy.load(kept) if kept.exists() else numpy.empty((0, embedder.DIMENSIONS), numpy.float32)
    model = embedder.Embedder()
    while len(vectors) < len(text):
        vectors = numpy.concatenate([vectors, model.embed(text[len(vectors) : len(vectors) + STEP])])
        written = FILE.with_suffix(".new.npy")
        numpy.save(written, vectors)
        written.replace(unfinished)
        print(f"{len(vectors)} of {len(text)}", flush=True)
    if unfinished.exists():
        unfinished.replace(FILE)


if __name__ == "__main__":
    main()
