"""Draws docs/vec-query-time.svg, the time of a question over the number of rows, from what `bench/run growth` measured."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot  # noqa: E402

from cases import FOLDER  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs/vec-query-time.svg"
LABELS = {
    "edgepack-1": ("vec0, one thread", "o", "-"),
    "edgepack": ("vec0, all threads", "o", "--"),
    "sqlite-vec": ("sqlite-vec 0.1.9", "s", "-"),
    "sqlite-vector": ("sqlite-vector 1.1.2, full scan", "^", "-"),
    "sqlite-vector-quantized": ("sqlite-vector 1.1.2, quantized, not exact", "^", "--"),
    "usearch": ("usearch exact, arrays in memory", "x", ":"),
    "libsql": ("libSQL 0.5.29", "d", "-"),
}


def main():
    measured = json.loads((FOLDER / "results.json").read_text())["growth float-768 k=10"]
    # Text as text: the file stays small, and the same on every machine.
    plot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "edgepack", "font.size": 10})
    figure, axes = plot.subplots(figsize=(8, 5))
    for name, (label, marker, line) in LABELS.items():
        if name in measured:
            sizes = [int(size) for size in measured[name]]
            axes.plot(sizes, [seconds * 1e3 for seconds in measured[name].values()], label=label, marker=marker, linestyle=line)
    axes.set(xscale="log", yscale="log", xlabel="rows of 768 float32", ylabel="milliseconds a question (k = 10, L2, warm)")
    axes.grid(True, which="both", alpha=0.25)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(OUTPUT, metadata={"Date": None})
    OUTPUT.write_text("".join(line.rstrip() + "\n" for line in OUTPUT.read_text().splitlines()))
    print(f"written to {OUTPUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
