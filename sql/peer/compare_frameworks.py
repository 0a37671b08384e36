"""Runs the vector stores of frameworks, as PyPI has them, on dist/vec0.so and on sqlite-vec, and compares what they answer.

usage: compare_frameworks.py [--module FILE], in the environment that sql/peer/run makes
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

import sqlite_vec

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def answers(module):
    command = [sys.executable, str(HERE / "framework_scenarios.py"), str(module)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def same(ours, theirs):
    """Equal, but for what single precision rounds in a sum."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-6)
    return ours == theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", type=Path, default=ROOT / "dist/vec0.so", help="our module")
    options = parser.parse_args()
    ours, theirs = answers(options.module.resolve()), answers(sqlite_vec.loadable_path())
    passed = failed = 0
    for scenario, expected in theirs.items():
        for number, answer in enumerate(expected):
            if same(ours[scenario][number], answer):
                passed += 1
                continue
            failed += 1
            print(f"{scenario}, answer {number}\n  ours:   {ours[scenario][number]}\n  theirs: {answer}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
