"""Whole queries of this pack beside a peer's, in turn, on one machine. Run it through bench/run.

Each contender is a process of its own with its own database file; they take turns, so that both meet the same machine.
The memory is measured before, between and after the rounds. Prints a table and writes JSON.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path

import sqlite_vec

from cases import CASES, DATA

ROOT = Path(__file__).resolve().parent.parent


class Contender:
    """A worker process with one module."""

    def __init__(self, name, module, case):
        self.name = name
        path = DATA / f"{case.name}-{name}.db"
        for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            file.unlink(missing_ok=True)
        worker = [sys.executable, str(Path(__file__).with_name("worker.py")), str(module), "sqlite3_vec_init", str(path)]
        self.path = path
        self.process = subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command, case=None):
        request = {"command": command, "case": case.name if case else None}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: the worker ended while it was asked for {command}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def memory_bandwidth():
    """Bytes a second that one core reads from memory, as the kernel benchmark measures it; the best of five."""
    benchmark = ROOT / "build/release/bench/kernels_bench"
    output = subprocess.run(
        [benchmark, "--benchmark_filter=^memory_read$", "--benchmark_repetitions=5", "--benchmark_min_time=0.05",
         "--benchmark_format=json"],
        check=True, capture_output=True, text=True,
    ).stdout
    runs = json.loads(output)["benchmarks"]
    return max(run["bytes_per_second"] for run in runs if run["run_type"] == "iteration")


def measure(case, rounds, modules):
    contenders = [Contender(name, module, case) for name, module in modules.items()]
    bandwidths = [memory_bandwidth()]
    result = {"case": case.name, "k": case.k, "contenders": {}}
    for contender in contenders:
        filled = contender.ask("fill", case)
        result["contenders"][contender.name] = {
            **contender.ask("versions"),
            "inserts_per_second": case.rows / filled["seconds"],
            "file_bytes": contender.path.stat().st_size,
            "seconds": [],
        }
    for contender in contenders:  # warms the caches, and shows that the answers are right
        answers = contender.ask("knn", case)["answers"]
        right = sum(len(set(found) & set(true)) for found, true in zip(answers, case.answers))
        result["contenders"][contender.name]["recall"] = right / (case.k * case.queries)
    for _ in range(rounds):
        for contender in contenders:
            result["contenders"][contender.name]["seconds"] += contender.ask("knn", case)["seconds"]
        bandwidths.append(memory_bandwidth())
    for contender in contenders:
        seconds = result["contenders"][contender.name]["seconds"]
        result["contenders"][contender.name]["median_ms"] = statistics.median(seconds) * 1e3
        contender.close()
    result["memory_bytes_per_second"] = max(bandwidths)
    result["limit_ms"] = case.code_bytes / max(bandwidths) * 1e3
    return result


def print_table(results):
    line = "{:<26} {:>10} {:>10} {:>8} {:>10} {:>14} {:>15}"
    print(line.format("case", "ours ms", "peer ms", "ratio", "limit ms", "recall o/p", "inserts/s o/p"))
    for result in results:
        ours, peer = result["contenders"]["edgepack"], result["contenders"]["sqlite-vec"]
        print(
            line.format(
                result["case"],
                f"{ours['median_ms']:.2f}",
                f"{peer['median_ms']:.2f}",
                f"{peer['median_ms'] / ours['median_ms']:.1f} x",
                f"{result['limit_ms']:.2f}",
                f"{ours['recall']:.3f}/{peer['recall']:.3f}",
                f"{ours['inserts_per_second']:.0f}/{peer['inserts_per_second']:.0f}",
            )
        )


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="NAME", help="run the cases whose name contains NAME")
    parser.add_argument("--rounds", type=int, default=5, help="turns that each contender takes (5)")
    parser.add_argument("--module", type=Path, default=ROOT / "dist/vec0.so", help="our module")
    parser.add_argument("--output", type=Path, default=DATA / "results.json", help="where the JSON goes")
    options = parser.parse_args()
    modules = {"edgepack": options.module.resolve(), "sqlite-vec": sqlite_vec.loadable_path()}
    chosen = [c for c in CASES if not options.cases or any(name in c.name for name in options.cases)]
    if not chosen:
        parser.error(f"no such case; there are: {', '.join(case.name for case in CASES)}")
    DATA.mkdir(parents=True, exist_ok=True)
    results = [measure(case, options.rounds, modules) for case in chosen]
    print_table(results)
    print(f"memory read by one core: {max(r['memory_bytes_per_second'] for r in results) / 1e9:.1f} GB/s ({processor()})")
    options.output.write_text(json.dumps({"processor": processor(), "results": results}, indent=1) + "\n")
    print(f"written to {options.output}")


if __name__ == "__main__":
    main()
