#!/usr/bin/python3
"""Answers a question with passages from the documentation of Python's standard library.

    examples/rag.py "How do I parse a date?"
    examples/rag.py --where '$.package' json "How do I read a document?"
    examples/rag.py < questions.txt

The question is embedded by the model, here and now; edgepack, loaded into Python's own sqlite3,
finds the nearest passages. Then a replica is synced from that database and answers the same
question. Each SQL statement is shown before its answer. Without a question on the command line it
asks for one after another until the end of the input.

The first run makes a virtual environment (build/rag-venv) and a database (build/rag/passages.db).
"""

import argparse
import contextlib
import gzip
import hashlib
import os
import pathlib
import sqlite3
import sys
import tempfile

import embedder
import environment

EXAMPLES = pathlib.Path(__file__).resolve().parent
DATA = EXAMPLES / "passages.db.gz"
EXTENSION = EXAMPLES.parent / "dist" / "edgepack.so"
DATABASE = EXAMPLES.parent / "build" / "rag" / "passages.db"

CHECK_QUESTION = "How do I parse a date from a string?"
CHECK_ANSWER = "datetime.datetime.strptime"

BUILD = [
    """\
CREATE TABLE passages(id INTEGER PRIMARY KEY, text TEXT NOT NULL, document TEXT NOT NULL)""",
    """\
CREATE VIRTUAL TABLE embeddings USING vec0(embedding float[384] distance_metric=cosine)""",
    """\
INSERT INTO passages(id, text, document) SELECT id, text, document FROM shipped.passages""",
    """\
INSERT INTO embeddings(rowid, embedding) SELECT id, embedding FROM shipped.passages""",
]

NEAREST = """\
SELECT p.text, e.distance
  FROM embeddings AS e JOIN passages AS p ON p.id = e.rowid
 WHERE e.embedding MATCH :question AND e.k = :hits
 ORDER BY e.distance"""

NEAREST_WHERE = """\
SELECT p.text, e.distance
  FROM embeddings AS e JOIN passages AS p ON p.id = e.rowid
 WHERE e.embedding MATCH :question AND e.k = :hits
   AND e.rowid IN (SELECT id FROM passages WHERE fjson_value(document, :path) = :value)
 ORDER BY e.distance"""


def main():
    arguments = parse_arguments()
    model = embedder.Embedder()
    primary = open_database(arguments.database, arguments.extension)
    build(primary, arguments.database)
    replica_path = arguments.database.with_name(arguments.database.stem + "-replica.db")
    replica = open_database(replica_path, arguments.extension)
    source = f"file:{arguments.database.resolve()}"

    for question in questions(arguments):
        vector = model.embed([question])[0].tobytes()
        print(f"# {question}\n")
        hits = ask(primary, vector, arguments)
        print("# the same question, asked at a replica\n")
        shown(replica, "SELECT replica_sync(:source)", source=source)
        shown(replica, "SELECT replica_status()")
        if ask(replica, vector, arguments) != hits:
            sys.exit(f"rag: {replica_path}: answers differ from those of {arguments.database}")
        if arguments.check and not any(is_expected(text) for text, _ in hits):
            sys.exit(f"rag: {CHECK_ANSWER} is not among the {len(hits)} nearest passages")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("question", nargs="?")
    parser.add_argument("--where", nargs=2, metavar=("PATH", "VALUE"),
                        help="only passages whose document has VALUE at the JSON path PATH")
    parser.add_argument("--hits", type=positive, default=5, help="how many passages (5)")
    parser.add_argument("--database", type=pathlib.Path, default=DATABASE,
                        help="where the passages are kept between runs (build/rag/passages.db)")
    parser.add_argument("--extension", type=pathlib.Path, default=EXTENSION,
                        help="the module to load (dist/edgepack.so)")
    parser.add_argument("--check", action="store_true",
                        help=f"ask one fixed question; exit 1 if {CHECK_ANSWER} is not among the "
                        "five nearest passages")
    arguments = parser.parse_args()
    if arguments.question is not None and not arguments.question.strip():
        parser.error("the question is empty")
    if arguments.check:
        arguments.question, arguments.where, arguments.hits = CHECK_QUESTION, None, 5
    if not arguments.extension.is_file():
        sys.exit(
            f"rag: {arguments.extension}: no such module; build it with "
            "`cmake --preset release && cmake --build --preset release`, or run scripts/demo"
        )
    return arguments


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"got {number}, expected 1 or more")
    return number


def questions(arguments):
    if arguments.question is not None:
        lines = [arguments.question]
    elif sys.stdin.isatty():
        lines = typed_lines()
    else:
        lines = sys.stdin
    for line in lines:
        if line.strip():
            yield line.strip()


def typed_lines():
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            yield input("question> ")


def open_database(path, extension):
    """A connection to the database, which need not exist, with the extension loaded."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"rag: {path}: cannot be opened: {error}; --database takes another place")
    connection.enable_load_extension(True)
    try:
        connection.load_extension(str(extension.resolve()))
    except sqlite3.Error as error:
        sys.exit(f"rag: {extension}: cannot be loaded: {error}")
    connection.enable_load_extension(False)
    return connection


def build(connection, path):
    """Fill the database from the shipped file, unless it was filled from this very file before."""
    packed = DATA.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    made_from = filled_from(connection, path)
    if made_from == digest:
        return
    if made_from is not None:
        sys.exit(f"rag: {path}: made from another {DATA.name}; remove it, it will be made again")
    connection.execute("PRAGMA journal_mode = wal")
    with tempfile.TemporaryDirectory() as folder:
        shipped = pathlib.Path(folder) / "shipped.db"
        shipped.write_bytes(gzip.decompress(packed))
        connection.execute("ATTACH :file AS shipped", {"file": str(shipped)})
        # From here on another process waits, and finds the work done when it is its turn.
        connection.execute("BEGIN IMMEDIATE")
        if filled_from(connection, path) is None:
            print(f"# making {path}\n")
            for statement in BUILD:
                shown(connection, statement)
            connection.execute("CREATE TABLE made_from(digest TEXT NOT NULL)")
            connection.execute("INSERT INTO made_from VALUES (:digest)", {"digest": digest})
        connection.execute("COMMIT")
        connection.execute("DETACH shipped")


def filled_from(connection, path):
    """The digest of the file that the database was filled from, None if it is empty."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    if not tables:
        return None
    if "made_from" not in tables:
        sys.exit(f"rag: {path}: holds something else; name another --database")
    return connection.execute("SELECT digest FROM made_from").fetchone()[0]


def ask(connection, vector, arguments):
    """Show the statement and the nearest passages; return them as a list of (text, distance)."""
    values = {"question": vector, "hits": arguments.hits}
    if arguments.where:
        statement = NEAREST_WHERE
        path, value = arguments.where
        values |= {"path": path, "value": as_sql(value)}
    else:
        statement = NEAREST
    hits = shown(connection, statement, **values)
    for number, (text, distance) in enumerate(hits, 1):
        title, _, body = text.partition("\n")
        print(f"{number:3}  {distance:.3f}  {title}\n            {beginning(body)}")
    if not hits and arguments.where:
        print(f"     no passage has {values['value']!r} at {path}")
    print()
    return hits


def as_sql(text):
    """Numbers as numbers: fjson_value gives them so, and in SQL '7' is not 7."""
    with contextlib.suppress(ValueError):
        if -(2**63) <= int(text) < 2**63:
            return int(text)
    return text


def beginning(body, width=80):
    line = " ".join(body.split())
    return line if len(line) <= width else line[: width - 3] + "..."


def shown(connection, statement, **values):
    """Print the statement, run it, print rows of one value; return all rows."""
    print(f"{statement};")
    for name, value in values.items():
        print(f"-- :{name} = {describe(value)}")
    rows = connection.execute(statement, values).fetchall()
    if all(len(row) == 1 for row in rows):
        for (value,) in rows:
            print(value)
        print()
    return rows


def describe(value):
    return f"{len(value) // 4} floats" if isinstance(value, bytes) else repr(value)


def is_expected(text):
    return text.startswith(CHECK_ANSWER + "\n")


if __name__ == "__main__":
    environment.ensure(embedder.MODULES, embedder.PACKAGES)
    try:
        main()
    except sqlite3.Error as error:
        sys.exit(f"rag: {error}")
    except BrokenPipeError:
        os._exit(1)  # the reader of a pipe went away; there is nobody to tell
