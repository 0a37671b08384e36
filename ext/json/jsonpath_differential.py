#!/usr/bin/python3
"""usage: jsonpath_differential.py MODULE PACKAGE [--pairs N] [--seed N]

Asks the jsonpath_* functions of MODULE and an implementation in JavaScript (PACKAGE is the folder of npm's
jsonpath-rfc9535) for the nodes of generated paths in generated documents, and for whether mutilated
paths are refused. Prints what differs. The last line is `N passed, M failed`.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

# JavaScript orders members that are called like numbers.
NAMES = ["a", "b", "c", "aa", "", "a b", "é", "😀", "x'y", 'q"r', "\\", "/", "~", "\n", "true"]
SCALARS = [None, True, False, 0, 1, -1, 2, 10, 1.0, 1.5, -0.5, 1e3, 12345678901, "", "a", "b", "ab", "aab", "A1",
           "é", "😀", "1", "true", "a\nb", "[", "a.b", "[ab]+", "a{1,2}b?"]
PATTERNS = ["a", "a.*", "[ab]+", "[^a]", "(a|b)", "(a|b)*", "\\p{L}+", "\\p{Lu}\\p{Nd}", "\\P{L}", ".", ".*", "a{2}",
            "a{1,}b", "a{0,1}b", "(é|😀)", "\\[", "[\\n]", "x?", "(aa?)*b", "", "a..", "[a-c]{2,3}", "[\\p{Ll}0-9-]+"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def document(self, depth=0):
        if depth > 4 or self.chance(0.25 if depth else 0.02):
            return self.random.choice(SCALARS)
        size = self.random.randint(0, 5)
        if self.chance(0.5):
            return [self.document(depth + 1) for _ in range(size)]
        return {self.random.choice(NAMES): self.document(depth + 1) for _ in range(size)}

    def blanks(self):
        return self.random.choice([" ", "\n", "\t ", "\r"]) if self.chance(0.1) else ""

    def string(self, text):
        quote = self.random.choice("'\"")
        written = ""
        for character in text:
            if character == quote or character == "\\" or character < " ":
                written += {"\n": "\\n"}.get(character, "\\" + character)
            elif self.chance(0.05):
                units = character.encode("utf-16-be").hex()
                written += "".join("\\u" + units[i:i + 4] for i in range(0, len(units), 4))
            else:
                written += character
        return quote + written + quote

    def index(self):
        return str(self.random.choice([0, 1, 2, 3, -1, -2, -4, 9]))

    def selector(self, depth):
        kind = self.random.random()
        if kind < 0.3:
            return self.string(self.random.choice(NAMES))
        if kind < 0.45:
            return self.index()
        if kind < 0.6:
            return "*"
        if kind < 0.75:
            # The package loses elements where a bound is further from the end than the array is long.
            parts = [self.random.choice("01239") if self.chance(0.6) else "" for _ in range(self.random.choice([2, 2, 3]))]
            if len(parts) == 3 and parts[2] == "":
                parts[2] = self.random.choice(["1", "2", "-1", "-2", "0"])  # the package: blanks alone are 0
            return (self.blanks() + ":" + self.blanks()).join(parts)
        return "?" + self.blanks() + self.condition(depth + 1)

    def segment(self, depth):
        kind = self.random.random()
        if kind < 0.3:
            return "." + self.random.choice(["a", "b", "c", "aa", "é", "*", "true"])
        if kind < 0.4:
            return ".." + self.random.choice(["a", "b", "*"])
        dots = ".." if kind < 0.5 else ""
        selectors = [self.selector(depth) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
        return dots + "[" + self.blanks() + (self.blanks() + "," + self.blanks()).join(selectors) + self.blanks() + "]"

    def query(self, root, depth, most=3):
        return root + "".join(self.blanks() + self.segment(depth) for _ in range(self.random.randint(0, most)))

    def singular(self):
        # Names alone: the package does not find all that an index names there.
        steps = [self.random.choice([".a", ".b", "['a']", '["a b"]', ".c", ".aa"])
                 for _ in range(self.random.randint(0, 2))]
        return self.random.choice("@@@$") + "".join(steps)

    def literal(self):
        scalar = self.random.choice(SCALARS)
        return self.string(scalar) if isinstance(scalar, str) else json.dumps(scalar)

    def value(self, depth):
        kind = self.random.random()
        if kind < 0.6:
            return self.singular()
        if kind < 0.8:
            return self.literal()
        if kind < 0.87:
            return f"length({self.blanks()}{self.value(depth + 1)})"
        name = self.random.choice(["count", "value"])
        return f"{name}({self.query('@', depth + 1, 2)}{self.blanks()})"

    def condition(self, depth):
        kind = self.random.random()
        if depth < 3 and kind < 0.2:
            join = self.blanks() + self.random.choice(["&&", "||"]) + self.blanks()
            # In brackets: the package forgets the first of three conditions.
            return join.join(f"({self.condition(depth + 1)})" for _ in range(2))
        if depth < 3 and kind < 0.3:
            return self.random.choice(["", "!"]) + "(" + self.blanks() + self.condition(depth + 1) + self.blanks() + ")"
        if kind < 0.65:
            # One side is a literal: the package takes nothing and a container for equal. It also has an order
            # of strings of its own.
            sides = [self.value(depth), self.literal()]
            is_string = sides[1][0] in "'\""
            operator = self.random.choice(["==", "!="] if is_string else ["==", "!=", "<", "<=", ">", ">="])
            self.random.shuffle(sides)
            return (self.blanks() + operator + self.blanks()).join(sides)
        if kind < 0.8:
            pattern = self.string(self.random.choice(PATTERNS)) if self.chance(0.8) else self.singular()
            return f"{self.random.choice(['match', 'search'])}({self.singular()},{self.blanks()}{pattern})"
        return self.random.choice(["", "", "!"]) + self.query("@", depth, 2)

    def path(self):
        return self.query("$", 0)

    def mutilated(self, path):
        at = self.random.randrange(len(path) + 1)
        kind = self.random.random()
        if kind < 0.4 and at < len(path):
            return path[:at] + path[at + 1:]
        return path[:at] + self.random.choice("$@.[]()*?!'\"\\:,-019ae=<>&| \n") + path[at + (kind < 0.7):]


PEER = """
import { paths, query } from PACKAGE;
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { document, path } = JSON.parse(line);
  let answer = null;
  try {
    answer = [query(document, path), paths(document, path)];
  } catch {}
  console.log(JSON.stringify(answer));
}
"""


def answers_of_peer(package, pairs):
    """For each document and path the nodes and their paths, or None when the path is refused."""
    module = json.dumps((Path(package) / "dist/esm/index.js").absolute().as_uri())
    lines = "".join(json.dumps({"document": document, "path": path}) + "\n" for document, path in pairs)
    done = subprocess.run(["node", "--input-type=module", "-e", PEER.replace("PACKAGE", module)],
                          input=lines, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def canonical(answer):
    """What must be equal: JavaScript does not tell 1 from 1.0, and the package visits descendants in another order
    (RFC 9535 leaves some choice; its compliance suite is what checks the order)."""
    if answer is None:
        return None
    nodes = json.loads(json.dumps(answer[0]), parse_int=float)
    return sorted((path, json.dumps(node, sort_keys=True)) for node, path in zip(nodes, answer[1], strict=True))


def actual(connection, document, path):
    try:
        [(nodes,)] = connection.execute("SELECT jsonpath_query(?, ?)", (document, path))
        rows = connection.execute("SELECT path FROM jsonpath_each(?, ?)", (document, path)).fetchall()
    except sqlite3.Error as error:
        return error
    return json.loads(nodes), [path for path, in rows]


# What the package lets pass though RFC 9535, section 2.4.3, does not.
NOT_WELL_TYPED = ("there is no function", "only a query for one node", "is no condition", "cannot be compared", "the argument must be",
                  "a function or '(', got ')'", "a function or '(', got '!'")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("module")
    arguments.add_argument("package")
    arguments.add_argument("--pairs", type=int, default=10000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    connection = sqlite3.connect(":memory:")
    connection.enable_load_extension(True)
    connection.load_extension(options.module)
    generator = Generator(options.seed)
    pairs = []
    for _ in range(options.pairs):
        path = generator.path()
        pairs.append((generator.document(), generator.mutilated(path) if generator.chance(0.3) else path))
    passed = failed = selected = refused = 0
    for (document, path), wanted in zip(pairs, answers_of_peer(options.package, pairs), strict=True):
        got = actual(connection, json.dumps(document, ensure_ascii=generator.chance(0.3)), path)
        if isinstance(got, sqlite3.Error):
            got = wanted if any(problem in str(got) for problem in NOT_WELL_TYPED) else None
        if canonical(got) == canonical(wanted):
            passed += 1
            refused += wanted is None
            selected += wanted is not None and len(wanted[0]) > 0
        else:
            failed += 1
            if failed <= 20:
                print(f"{path!r} in {json.dumps(document, ensure_ascii=False)}\n  package: {wanted}\n  module:  {got}")
    print(f"{selected} paths selected nodes, {refused} were refused by both")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
