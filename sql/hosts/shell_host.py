#!/usr/bin/python3
"""Host of SQL tests: the sqlite3 shell, given as the first argument. Protocol: ../README.md.

The shell prints rows and errors to different streams. Rows are told apart by a line before each
statement; errors by the line number that the shell puts into them.
"""

import json
import re
import sqlite3
import subprocess
import sys

from values import typed

END = "\x1e\n"  # of a row: a text may contain line ends
ERROR = re.compile(r"^(?:Parse error|Runtime error|Error):? near line (\d+): (.*)$")


def main():
    task = json.load(sys.stdin)
    script = [f".load '{task['module']}'", ".mode quote", '.separator "," "\\036\\n"']
    starts = {}
    for index, sql in enumerate(task["statements"]):
        script.append(f".print @@ {index}")
        starts[len(script) + 1] = index
        script.extend(sql.split("\n"))
    shell = subprocess.run(
        [sys.argv[1], "-batch", task["database"]],
        input="\n".join(script) + "\n", capture_output=True, encoding="utf-8",
    )
    results = rows_by_statement(shell.stdout, len(task["statements"]))
    for line in shell.stderr.splitlines():
        if found := ERROR.match(line):
            message = re.sub(r" \(\d+\)$", "", found[2])
            results[starts[int(found[1])]] = {"error": message}
        elif line.startswith("Error"):
            sys.exit(line)
    if shell.returncode < 0:
        sys.exit(f"the shell was ended by signal {-shell.returncode}\n{shell.stderr}")
    version = sqlite_version(sys.argv[1])
    json.dump({"sqlite": version, "results": results}, sys.stdout)


def sqlite_version(shell):
    return subprocess.check_output([shell, "--version"], text=True).split()[0]


def rows_by_statement(output, count):
    parts = re.split(r"^@@ (\d+)\n", output, flags=re.MULTILINE)
    results = [{"rows": []} for _ in range(count)]
    with sqlite3.connect(":memory:") as literals:
        for index, rows in zip(parts[1::2], parts[2::2]):
            for row in rows.split(END)[:-1]:
                # The shell writes infinity as a word that is no literal.
                row = re.sub(r"(?<![^,])(-?)Inf(?![^,])", r"\g<1>9e999", row)
                values = literals.execute("SELECT " + row).fetchone()
                results[int(index)]["rows"].append(typed(values))
    return results


main()
