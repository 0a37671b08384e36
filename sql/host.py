"""The hosts that run SQL tests, and how each is started."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "sql" / "hosts"
BUILT = ROOT / "build" / "hosts"
PYTHON = "/usr/bin/python3"  # the distribution's, whatever else is first in PATH


@dataclass(frozen=True)
class Host:
    name: str
    command: tuple[str, ...]
    what: str


def hosts(build="release") -> list[Host]:
    """All hosts. The C++ one comes from the build folder of the preset `build`."""
    go = str(BUILT / "go" / "host")
    return [
        Host("shell", (PYTHON, str(HERE / "shell_host.py"), "sqlite3"), "the sqlite3 shell, .load"),
        Host("python", (PYTHON, str(HERE / "python_host.py")), "Python's sqlite3"),
        Host("apsw", (str(BUILT / "venv/bin/python"), str(HERE / "python_host.py"), "apsw"),
             "apsw for Python"),
        Host("go", (go, "hook"), "mattn/go-sqlite3, LoadExtension"),
        Host("go-sql", (go, "function"), "mattn/go-sqlite3, SELECT load_extension()"),
        Host("node", ("node", str(BUILT / "node" / "host.js")), "better-sqlite3"),
        Host("cpp", (str(ROOT / "build" / build / "sql" / "sql_host"),), "C++ with the pack inside"),
    ]


class HostFailed(Exception):
    """The host could not load the module, crashed or hung."""


def run(host, module, statements, timeout=300) -> dict:
    """Runs SQL texts on a fresh database with `module` loaded; answers the transcript."""
    with tempfile.TemporaryDirectory(prefix="edgepack-sql-") as folder:
        task = {
            "module": str(module),
            "entry": f"sqlite3_{module.stem.rstrip('0123456789')}_init",
            "database": f"{folder}/main.db",
            "statements": [sql.replace("$TMP", folder) for sql in statements],
        }
        try:
            done = subprocess.run(host.command, input=json.dumps(task), capture_output=True,
                                  encoding="utf-8", timeout=timeout)
        except FileNotFoundError as missing:
            raise HostFailed(f"{missing.filename} is missing; scripts/install gets it") from None
        except subprocess.TimeoutExpired:
            raise HostFailed(f"no answer within {timeout} s") from None
        if done.returncode != 0:
            raise HostFailed(f"exit status {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")
        return json.loads(done.stdout.replace(folder, "$TMP"))
