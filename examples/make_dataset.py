#!/usr/bin/python3
"""Makes passages.db.gz: Python's documentation strings with embeddings, and 20 questions.

    examples/make_dataset.py [OUTPUT]

OUTPUT is examples/passages.db.gz unless given. Takes some minutes. The text is that of the Python
that runs this, so another version of Python makes another data set. What the tables hold, and the
licences, are described in README.md.
"""

import builtins
import gzip
import json
import pathlib
import platform
import sqlite3
import sys
import tempfile
import warnings

import docstrings
import embedder
import environment

QUESTIONS = """\
How do I parse a date from a string?
How do I read a JSON document from a file?
How do I pick a random element from a list?
How do I copy a whole directory tree?
How do I run a shell command and capture its output?
How do I keep a list sorted while inserting into it?
How do I remove leading and trailing whitespace from a string?
How can I cache the results of a function?
How do I open a URL and read what the server answers?
How do I write rows to a CSV file?
How can I send an email through an SMTP server?
How do I create a temporary file that is deleted automatically?
How do I compute the median of a list of numbers?
How do I compress data with gzip?
How can I find the differences between two texts?
What does the yield expression do?
How do I measure how long a piece of code takes?
How do I walk over all files in a directory?
How do I join two paths?
How do I log a message to a rotating file?
"""

# Components are rounded to multiples of 2**-16. Most lie between -0.15 and 0.15, so about 14 bits
# of each are left and the zeros of the others compress.
ROUNDING_BITS = 16

SCHEMA = """
CREATE TABLE passages(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  document TEXT NOT NULL,
  embedding BLOB NOT NULL
);
CREATE TABLE questions(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  embedding BLOB NOT NULL
);
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


def main():
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default_output()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library deprecates some of its own modules
        passages = docstrings.passages()
    questions = QUESTIONS.splitlines()
    model = embedder.Embedder()
    exact = model.embed([text for text, _ in passages], report_progress(len(passages)))
    exact_questions = model.embed(questions)
    vectors, question_vectors = rounded(exact), rounded(exact_questions)

    effect = compare(exact, vectors, exact_questions, question_vectors)
    print(effect)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "passages.db"
        write(path, passages, vectors, questions, question_vectors, about(passages, effect))
        # Level 9, no name and no time: the same contents give the same bytes.
        with open(output, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
            packed.write(path.read_bytes())
        print(f"{output}: {len(passages)} passages, {output.stat().st_size} bytes, "
              f"unpacked {path.stat().st_size}")


def default_output():
    return pathlib.Path(__file__).resolve().parent / "passages.db.gz"


def report_progress(total):
    def report(done):
        print(f"\r{done}/{total} embedded", end="" if done < total else "\n", flush=True)

    return report


def rounded(vectors):
    import numpy

    scale = numpy.float64(2**ROUNDING_BITS)
    return (numpy.round(vectors * scale) / scale).astype("<f4")


def compare(exact, vectors, exact_questions, question_vectors):
    """Say how many of the ten nearest passages, by cosine, the rounding changes."""
    import numpy

    def nearest(table, queries):
        table, queries = (x / numpy.linalg.norm(x, axis=1, keepdims=True)
                          for x in (table.astype(float), queries.astype(float)))
        return numpy.argsort(-(queries @ table.T), axis=1, kind="stable")[:, :10]

    every = max(1, len(exact) // 1000)
    probes = [(exact_questions, question_vectors), (exact[::every], vectors[::every])]
    said = []
    for (before, after), what in zip(probes, ("questions", "passages asked as questions")):
        old, new = nearest(exact, before), nearest(vectors, after)
        same = sum((a == b).all() for a, b in zip(old, new))
        kept = sum(len(set(a) & set(b)) for a, b in zip(old, new)) / old.size
        said.append(f"{same} of {len(old)} {what} keep their 10 nearest passages in the same "
                    f"order ({100 * kept:.2f} % of the passages)")
    return "; ".join(said)


def about(passages, effect):
    return {
        "passages": str(len(passages)),
        "source": "documentation strings of the standard library, and the language reference as "
        f"shown by help(), of {platform.python_implementation()} {platform.python_version()}",
        "license": "text: Python Software Foundation License Version 2; "
        "model: Apache License 2.0",
        "copyright": str(builtins.copyright),
        "license_text": (docstrings.library_folder() / "LICENSE.txt").read_text("utf-8"),
        "model": embedder.MODEL,
        "dimensions": str(embedder.DIMENSIONS),
        "embedding": "384 little-endian 32-bit floats, length 1 before rounding",
        "rounding": f"components rounded to multiples of 2^-{ROUNDING_BITS}",
        "rounding_effect": effect,
    }


def write(path, passages, vectors, questions, question_vectors, about):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA page_size = 4096")
    connection.executescript(SCHEMA)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO passages(text, document, embedding) VALUES (?, ?, ?)",
        ((text, json.dumps(document, ensure_ascii=False), vector.tobytes())
         for (text, document), vector in zip(passages, vectors)),
    )
    connection.executemany(
        "INSERT INTO questions(text, embedding) VALUES (?, ?)",
        ((text, vector.tobytes()) for text, vector in zip(questions, question_vectors)),
    )
    connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.close()


if __name__ == "__main__":
    environment.ensure(embedder.MODULES, embedder.PACKAGES)
    main()
