#!/usr/bin/python3
"""usage: jsonpath_conformance.py MODULE SUITE

Runs the JSONPath Compliance Test Suite (SUITE is its cts.json) through the jsonpath_* functions of
MODULE: nodes, their order, their normalized paths, and the paths that must be refused. The last
line is `N passed, M failed`.
"""

import json
import sqlite3
import sys


def canonical(value):
    return json.dumps(value, sort_keys=True)


def problem_of(connection, test):
    """None when the functions answer what the suite wants."""
    # Not made ASCII: names are then compared as UTF-8 too.
    document = json.dumps(test.get("document"), ensure_ascii=False)
    try:
        [(nodes, count)] = connection.execute("SELECT jsonpath_query(?1, ?2), jsonpath_count(?1, ?2)",
                                              (document, test["selector"]))
    except sqlite3.Error as error:
        if test.get("invalid_selector"):
            return None if ": position " in str(error) else f"the error names no position: {error}"
        return f"fails: {error}"
    if test.get("invalid_selector"):
        return f"is not refused; it answers {nodes}"
    paths = [path for path, in connection.execute("SELECT path FROM jsonpath_each(?, ?)",
                                                  (document, test["selector"]))]
    nodes = json.loads(nodes)
    # Where members of an object may come in any order, the suite has all the results.
    results = [test["result"]] if "result" in test else test["results"]
    result_paths = [test["result_paths"]] if "result_paths" in test else test.get("results_paths")
    if count != len(nodes):
        return f"jsonpath_count answers {count} of {len(nodes)} nodes"
    if canonical(nodes) not in map(canonical, results):
        return f"answers {nodes}, not {results}"
    if result_paths is not None and paths not in result_paths:
        return f"is at {paths}, not {result_paths}"
    return None


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 2
    connection = sqlite3.connect(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as suite:
        tests = json.load(suite)["tests"]
    failed = 0
    for test in tests:
        if problem := problem_of(connection, test):
            failed += 1
            print(f"{test['name']}: {test['selector']!r} {problem}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 0 if tests and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
