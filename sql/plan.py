"""Reads a file of SQL tests: statements, each with what it must do. The format is in README.md."""

import re
import sqlite3
from dataclasses import dataclass, field


@dataclass
class Statement:
    line: int
    sql: str
    error: str | None = None  # text that the message must contain
    rows: list[str] = field(default_factory=list)  # expected rows as SQL literals
    requires: tuple[int, ...] = ()  # oldest SQLite that runs it

    @property
    def is_assertion(self) -> bool:
        return re.match(r"(SELECT|VALUES|WITH)\b", self.sql, re.IGNORECASE) is not None


def read(path) -> list[Statement]:
    """Parses the test file `path`. Raises ValueError where it breaks the format."""
    text = path.read_text(encoding="utf-8")
    whole_file = _requires(text.partition("\n")[0])
    statements = []
    for line, chunk in _split(text, path.name):
        statement = _statement(line, chunk)
        if statement is None:
            continue
        statement.requires = max(statement.requires, whole_file)
        statements.append(statement)
    if not any(s.is_assertion or s.rows or s.error is not None for s in statements):
        raise ValueError(f"{path.name}: asserts nothing")
    return statements


def _split(text, name):
    """Yields (line, chunk): a statement with the comments before it, as sqlite3_complete sees it."""
    start = 0
    for semicolon in re.finditer(";", text):
        chunk = text[start : semicolon.end()]
        if sqlite3.complete_statement(chunk):
            yield text.count("\n", 0, start) + 1, chunk
            start = semicolon.end()
    rest = re.sub(r"--[^\n]*|/\*.*?\*/", "", text[start:], flags=re.DOTALL).strip()
    if rest:
        raise ValueError(f"{name}: unfinished statement at the end: {rest[:60]}")


def _statement(line, chunk):
    lines = chunk.split("\n")
    directives = []
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("--")):
        comment = lines.pop(0).strip()
        # Only what is directly before the statement belongs to it.
        directives = directives + [comment] if comment else []
        line += 1
    sql = "\n".join(lines).strip()
    if sql == ";":
        return None
    statement = Statement(line, sql)
    for comment in directives:
        kind, _, value = comment.removeprefix("--").strip().partition(":")
        if kind == "error":
            statement.error = value.strip()
        elif kind == "row":
            statement.rows.append(value.strip())
        elif kind == "requires":
            statement.requires = _requires(comment)
    if statement.error == "":
        raise ValueError(f"line {line}: `-- error:` says no text")
    return statement


def _requires(comment) -> tuple[int, ...]:
    found = re.fullmatch(r"--\s*requires:\s*sqlite\s*>=\s*([\d.]+)", comment.strip())
    return tuple(map(int, found[1].split("."))) if found else ()
