"""Compares what hosts answered with what a test file expects, and with one another."""

import re
import sqlite3
from dataclasses import dataclass, field

from hosts.values import typed


@dataclass
class Verdict:
    passed: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, problem):
        """Counts one test; `problem` is None when it passed."""
        if problem is None:
            self.passed += 1
        else:
            self.failures.append(problem)


def value_text(value) -> str:
    """A value of a transcript as an SQL literal, reals rounded to six digits."""
    kind, text = value
    if kind == "real":
        rounded = f"{float(text):.6g}"
        return rounded if any(c in rounded for c in ".en") else rounded + ".0"
    if kind == "text":
        return "'" + text.replace("'", "''") + "'"
    return {"integer": text, "blob": f"x'{text.lower()}'", "null": "NULL"}[kind]


def result_text(result) -> str:
    if "error" in result:
        return "error: " + result["error"]
    return "\n".join(", ".join(map(value_text, row)) for row in result["rows"]) or "no rows"


def _timeless(text) -> str:
    """A message without the milliseconds that libcurl says an attempt took: they differ by chance."""
    return re.sub(r"\bafter \d+ ms\b", "after some ms", text)


def judge(statements, results) -> Verdict:
    """Judges one host's results of one file; `results` pairs with `statements`."""
    verdict = Verdict()
    for statement, result in zip(statements, results, strict=True):
        where = f"line {statement.line}: {' '.join(statement.sql.split())[:200]}\n"
        for problem in _problems(statement, result):
            verdict.add(problem and where + problem)
    return verdict


def _problems(statement, result):
    """Yields for each test of the statement None, or what is wrong."""
    got = result_text(result)
    if statement.error is not None:
        found = "error" in result and statement.error in result["error"]
        yield None if found else f"  expected error: {statement.error}\n  got {got}"
    elif "error" in result:
        yield f"  got {got}"
    elif statement.rows:
        expected = "\n".join(map(_literal_row, statement.rows))
        yield None if got == expected else f"  expected rows:\n{expected}\n  got:\n{got}"
    elif statement.is_assertion:
        if not result["rows"]:
            yield "  got no rows, so nothing is asserted"
        for row in result["rows"]:
            holds = len(row) == 2 and row[0][0] == "text" and row[1] == ["integer", "1"]
            yield None if holds else "  got " + ", ".join(map(value_text, row))


def _literal_row(literals) -> str:
    with sqlite3.connect(":memory:") as database:
        row = database.execute("SELECT " + literals).fetchone()
    return ", ".join(map(value_text, typed(row)))


def compare(statements, transcripts, versions) -> str | None:
    """Names the first answer in which hosts differ.

    `transcripts`: host to results, None where skipped; `versions`: host to its SQLite. Messages are
    compared among hosts of one version only: SQLite changes its words, and twins of its functions
    change theirs with it.
    """
    for index, statement in enumerate(statements):
        answers = {}
        for host, results in transcripts.items():
            result = results[index]
            if result is not None:
                version = versions[host] if "error" in result else None
                text = result_text(result)
                if "error" in result:
                    text = _timeless(text)
                answers.setdefault(version, {}).setdefault(text, []).append(host)
        differ = any(len(texts) > 1 for texts in answers.values())
        if differ or (None in answers and len(answers) > 1):
            listed = "\n".join(f"  {', '.join(hosts)}: {text}"
                               for texts in answers.values() for text, hosts in texts.items())
            return f"line {statement.line}: {statement.sql[:200]}\n{listed}"
    return None
