#!/usr/bin/python3
"""Tests of what reads and judges the SQL tests: wrong answers must not pass."""

import sys
import tempfile
import unittest
from pathlib import Path

import judge
import plan

TRUE = ["integer", "1"]


def statements(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.sql"
        path.write_text(text)
        return plan.read(path)


def verdict(text, *results):
    found = judge.judge(statements(text), results)
    return found.passed, len(found.failures)


class Reading(unittest.TestCase):
    def test_statements_end_where_sqlite_says(self):
        read = statements(
            "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;\n"
            "SELECT ';', 1; -- a; comment\n/* ; */ SELECT 2;\n")
        self.assertEqual([s.sql[-12:] for s in read], ["SELECT 2; END;"[-12:], "ELECT ';', 1;"[-12:],
                                                       "*/ SELECT 2;"])

    def test_directives_belong_to_the_next_statement_only(self):
        read = statements("-- error: lost\n\nSELECT 1;\n-- error: kept\nSELECT 2;\nSELECT 3;")
        self.assertEqual([s.error for s in read], [None, "kept", None])
        self.assertEqual([s.line for s in read], [3, 5, 6])

    def test_requires_of_a_statement_and_of_a_file(self):
        read = statements("SELECT 1;\n-- requires: sqlite >= 3.45.1\nSELECT 2;")
        self.assertEqual([s.requires for s in read], [(), (3, 45, 1)])
        self.assertEqual(statements("-- requires: sqlite >= 3.41\n\nSELECT 1;")[0].requires, (3, 41))

    def test_broken_files_are_refused(self):
        for text in ("CREATE TABLE t(a);", "SELECT 1", "-- error:\nSELECT 1;", ""):
            with self.assertRaises(ValueError, msg=text):
                statements(text)


class Judging(unittest.TestCase):
    def test_assertions_hold_only_with_the_integer_one(self):
        yes = {"rows": [[["text", "what"], TRUE]]}
        self.assertEqual(verdict("SELECT 'what', 1;", yes), (1, 0))
        for value in (["integer", "0"], ["integer", "2"], ["real", "1.0"], ["text", "1"], ["null", ""]):
            self.assertEqual(verdict("SELECT 1;", {"rows": [[["text", "what"], value]]}), (0, 1))
        self.assertEqual(verdict("SELECT 1;", {"rows": []}), (0, 1))
        self.assertEqual(verdict("SELECT 1;", {"rows": [[TRUE]]}), (0, 1))
        self.assertEqual(verdict("SELECT 1;", {"error": "no"}), (0, 1))

    def test_expected_errors(self):
        text = "-- error: too short\nSELECT 1;"
        self.assertEqual(verdict(text, {"error": "it is too short"}), (1, 0))
        self.assertEqual(verdict(text, {"error": "too long"}), (0, 1))
        self.assertEqual(verdict(text, {"rows": [[["text", "what"], TRUE]]}), (0, 1))

    def test_expected_rows(self):
        text = "-- row: 0.5, 'it''s', NULL\nPRAGMA p;"
        row = [["real", "0.50000000001"], ["text", "it's"], ["null", ""]]
        self.assertEqual(verdict(text, {"rows": [row]}), (1, 0))
        self.assertEqual(verdict(text, {"rows": [row, row]}), (0, 1))
        self.assertEqual(verdict(text, {"rows": [[["text", "0.5"], *row[1:]]]}), (0, 1))

    def test_other_statements_must_succeed(self):
        text = "CREATE TABLE t(a);\nSELECT 1;"
        self.assertEqual(verdict(text, {"error": "locked"}, {"rows": [[["text", ""], TRUE]]}), (1, 1))


class Comparing(unittest.TestCase):
    VERSIONS = {"a": (3, 40, 1), "b": (3, 40, 1), "c": (3, 54)}

    def compare(self, **results):
        transcripts = {host: [result] for host, result in results.items()}
        return judge.compare(statements("SELECT 1;"), transcripts, self.VERSIONS)

    def test_rows_must_be_the_same_everywhere(self):
        one, two = {"rows": [[TRUE]]}, {"rows": [[["real", "1.0"]]]}
        self.assertIsNone(self.compare(a=one, b=one, c=one))
        self.assertIn("c: 1.0", self.compare(a=one, b=one, c=two))
        self.assertIsNone(self.compare(a=one, b=one, c=None))

    def test_messages_may_differ_between_versions(self):
        old, new = {"error": "old words"}, {"error": "new words"}
        self.assertIsNone(self.compare(a=old, b=old, c=new))
        self.assertIsNotNone(self.compare(a=old, b=new, c=new))
        self.assertIsNotNone(self.compare(a=old, b=old, c={"rows": [[TRUE]]}))

    def test_the_time_that_a_connection_took_is_no_difference(self):
        soon, late = ({"error": f"no answer after {ms} ms: refused"} for ms in (0, 18))
        self.assertIsNone(self.compare(a=soon, b=late, c=None))
        self.assertIsNotNone(self.compare(a=soon, b={"error": "no answer after 0 s: refused"}, c=None))


if __name__ == "__main__":
    ran = unittest.main(exit=False).result
    bad = len(ran.failures) + len(ran.errors)
    print(f"{ran.testsRun - bad} passed, {bad} failed")
    sys.exit(bad > 0)
