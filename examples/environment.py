"""Runs the examples in a virtual environment of their own when this Python lacks what they need."""

import importlib.util
import os
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
FOLDER = REPOSITORY / "build" / "rag-venv"

LOADS_EXTENSIONS = "import sqlite3; sqlite3.connect(':memory:').enable_load_extension(True)"


def ensure(modules, packages):
    """Return if the modules can be imported and SQLite extensions loaded; else start again.

    Makes the virtual environment build/rag-venv, installs the packages there without the packages
    that those name in turn (the list is complete for what we use), and replaces this process by the
    same command line in it. Exits with a message when that cannot be done.
    """
    lacking = [name for name in modules if importlib.util.find_spec(name) is None]
    if not lacking and loads_extensions(sys.executable):
        return
    python = FOLDER / "bin" / "python"
    if pathlib.Path(sys.prefix) == FOLDER:
        sys.exit(f"{FOLDER}: incomplete (lacking {', '.join(lacking)}); remove it and try again")
    if not is_complete(packages):
        make(packages)
    os.execv(python, [str(python), *sys.argv])


def make(packages):
    candidates = ["/usr/bin/python3", sys.executable]
    base = next((python for python in candidates if loads_extensions(python)), None)
    if base is None:
        sys.exit(
            f"python: {', '.join(candidates)}: sqlite3 cannot load extensions; "
            "install the distribution's python3 (scripts/install demo)"
        )
    print(f"installing {', '.join(packages)} into {FOLDER}", file=sys.stderr)
    run("if venv is missing, scripts/install demo brings it", base, "-m", "venv", "--clear", FOLDER)
    pip = [FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps"]
    run("pip could not install the packages", *pip, "--disable-pip-version-check", *packages)
    receipt().write_text("\n".join(packages))


def is_complete(packages):
    return receipt().is_file() and receipt().read_text() == "\n".join(packages)


def receipt():
    """Written last: without it the environment is half made."""
    return FOLDER / "packages.txt"


def loads_extensions(python):
    command = [python, "-c", LOADS_EXTENSIONS]
    try:
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def run(hint, *command):
    if subprocess.run([str(part) for part in command]).returncode != 0:
        sys.exit(f"environment: {FOLDER}: could not be made; {hint}")
