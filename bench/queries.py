"""Whole queries of this pack beside its peers', in turn, on one machine. Run it through bench/run.

Each contender is a process of its own with its own database file; they take turns, so that all meet the same machine.
The memory is measured before, between and after the rounds. Prints a table and writes JSON.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from cases import CASES, DATA, FOLDER, QUESTIONS
from contenders import CONTENDERS, SHARED_FILE

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent
SLOW = {"libsql"}  # a few questions are enough
SIZES = [1_000, 3_000, 10_000, 30_000, 100_000]


def file_of(name, case, label=""):
    return FOLDER / f"{case.name}-{SHARED_FILE.get(name, name)}{label}.db"


class Process:
    """A worker with one contender and one case."""

    def __init__(self, name, case, label=""):
        self.name = name
        path = file_of(name, case, label)
        if name == "libsql":
            questions, vectors = DATA / f"{case.name}-questions.npy", DATA / f"{case.name}-vectors.npy"
            command = ["node", HERE / "libsql_worker.js", FOLDER / "node/node_modules", vectors, questions, path, case.metric, case.dimensions]
        else:
            command = [sys.executable, HERE / "worker.py", name, case.name, path]
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, command, **arguments):
        print(json.dumps({"command": command, **arguments}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: the worker ended while it was asked to {command}")
        return json.loads(line)

    def ask(self, k, questions=QUESTIONS):
        return self.do("ask", k=k, questions=questions)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def contenders_of(case, chosen):
    names = [*CONTENDERS, "libsql"] if case.type == "float" else list(CONTENDERS)
    if case.type != "float":
        names.remove("sqlite-vector-quantized")
    return [name for name in names if not chosen or name in chosen]


def remove(path):
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        file.unlink(missing_ok=True)


def memory_bandwidth():
    """Bytes a second that one core reads from memory, as the kernel benchmark measures it; the best of five."""
    output = subprocess.run(
        [ROOT / "build/release/bench/kernels_bench", "--benchmark_filter=^memory_read$", "--benchmark_repetitions=5", "--benchmark_min_time=0.05", "--benchmark_format=json"],
        check=True, capture_output=True, text=True,
    ).stdout
    return max(run["bytes_per_second"] for run in json.loads(output)["benchmarks"] if run["run_type"] == "iteration")


def fill(case, names):
    """Makes the files anew, each in one transaction."""
    result = {}
    for name in names:
        if name in SHARED_FILE:
            continue
        remove(file_of(name, case))
        process = Process(name, case)
        process.do("create")
        result[name] = {"inserts_per_second": case.rows / process.do("insert", first=0, last=case.rows)["seconds"]}
        process.close()
    return result


def warm(case, names, rounds, k):
    """Every contender answers every question in each round."""
    processes = [Process(name, case) for name in names]
    result, bandwidths = {}, [memory_bandwidth()]
    for process in processes:
        process.do("prepare")
        questions = 3 if process.name in SLOW else QUESTIONS
        answers = process.ask(k, questions)["answers"]  # warms the caches, and shows how right the answers are
        result[process.name] = {"recall": case.recall(answers, k), "seconds": []}
    for _ in range(rounds):
        for process in processes:
            questions = 1 if process.name in SLOW else QUESTIONS
            asked = process.ask(k, questions)
            result[process.name]["seconds"] += asked["seconds"]
            result[process.name].setdefault("worked", []).extend(asked.get("worked", []))
        bandwidths.append(memory_bandwidth())
    for process in processes:
        process.close()
    measured = finish(result) | {"memory_bytes_per_second": max(bandwidths), "limit_seconds": case.code_bytes / max(bandwidths)}
    if "edgepack-1" in result:
        measured["scan_bytes_per_second"] = case.scanned_bytes / result["edgepack-1"]["median_worked"]
    return measured


def first(case, names, rounds, k):
    """The first question of a new process: its file is in the system's cache, its own memory is empty."""
    result = {name: {"seconds": []} for name in names}
    for _ in range(rounds):
        for name in names:
            process = Process(name, case)
            preparing = process.do("prepare")["seconds"]
            result[name]["seconds"].append(preparing + process.ask(k, 1)["seconds"][0])
            process.close()
    return finish(result)


def growth(case, names, rounds, k):
    """The median time of a question while the table grows."""
    sizes = [size for size in SIZES if size <= case.rows]
    result = {name: {} for name in names}
    owners = [name for name in names if name not in SHARED_FILE]
    for name in owners:
        remove(file_of(name, case, "-growing"))
        process = Process(name, case, "-growing")
        process.do("create")
        for start, end in zip([0, *sizes], sizes):
            process.do("insert", first=start, last=end)
            sharing = [process, *(Process(other, case, "-growing") for other in names if SHARED_FILE.get(other) == name)]
            for asked in sharing:
                asked.do("prepare")
                asked.ask(k, 1)
                questions = 1 if name in SLOW else QUESTIONS
                seconds = [time for _ in range(rounds) for time in asked.ask(k, questions)["seconds"]]
                result[asked.name][end] = statistics.median(seconds)
            for asked in sharing[1:]:
                asked.close()
        process.close()
        remove(file_of(name, case, "-growing"))
    return result


def finish(result):
    for measured in result.values():
        measured["median_seconds"] = statistics.median(measured["seconds"])
        if measured.get("worked"):
            measured["median_worked"] = statistics.median(measured["worked"])
    return {"contenders": result}


def show(title, measured):
    print(f"\n{title}")
    ours = measured["contenders"].get("edgepack-1", {})
    for name, one in measured["contenders"].items():
        recall = f"  recall {one['recall']:.3f}" if "recall" in one else ""
        columns = [f"{one[key] * 1e3:10.3f} ms {one[key] / ours[key]:8.2f} x" if key in ours and key in one else "" for key in ("median_seconds", "median_worked")]
        if not ours:
            columns = [f"{one['median_seconds'] * 1e3:10.3f} ms"]
        print(f"  {name:<26} {'  processor'.join(filter(None, columns))}{recall}")
    if "limit_seconds" in measured:
        memory = measured["memory_bytes_per_second"]
        print(f"  one pass over codes or vectors at {memory / 1e9:.1f} GB/s: {measured['limit_seconds'] * 1e3:.3f} ms")
        if scan := measured.get("scan_bytes_per_second"):
            print(f"  edgepack-1 reads {scan / 1e9:.1f} GB/s of what it needs of every row: {100 * scan / memory:.0f} % of the memory's")


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["fill", "warm", "first", "growth"])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(case.name for case in CASES)}; all of them unless given")
    parser.add_argument("--contenders", nargs="*", metavar="NAME", help="all of them unless given")
    parser.add_argument("--rounds", type=int, default=5, help="turns that each contender takes (5)")
    parser.add_argument("--k", type=int, default=10)
    options = parser.parse_args()
    results = FOLDER / "results.json"
    kept = json.loads(results.read_text()) if results.exists() else {}
    for case in CASES:
        if options.cases and case.name not in options.cases:
            continue
        names = contenders_of(case, options.contenders)
        name = f"{options.step} {case.name}" + ("" if options.step == "fill" else f" k={options.k}")
        if options.step == "fill":
            measured = fill(case, names)
            print(name, {key: round(value["inserts_per_second"]) for key, value in measured.items()})
        elif options.step == "growth":
            measured = growth(case, names, options.rounds, options.k)
            print(name, json.dumps(measured, indent=1))
        else:
            measured = {"warm": warm, "first": first}[options.step](case, names, options.rounds, options.k)
            show(name, measured)
        kept[name] = {**kept.get(name, {}), **measured} if options.step == "fill" else measured
        kept["processor"] = processor()
        results.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
