"""Run the quick tests on each Python that this machine has: `make test-pythons`.

Each has a virtual environment of its own (`.venv-3.13`); that of `make setup` serves its own
version. Pythons are looked for on the PATH and among pyenv's.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
_SUMMARY = re.compile(r"=+ (.*\b(?:passed|failed|errors?)\b.*) =+")
_USABLE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
PYENV = Path("~/.pyenv/versions")

Run = Callable[[str, str], tuple[bool, str]]
"""Runs the tests in a virtual environment (its folder, the Python to make it with)."""


def find_python(version: str, pyenv: Path = PYENV) -> str | None:
    """Return a Python of this version that can make virtual environments; None if none does."""
    name = f"python{version}"
    newest_first = sorted(pyenv.expanduser().glob(f"{version}.*/bin/{name}"), reverse=True)
    return next((found for found in (name, *map(str, newest_first)) if _is(found, version)), None)


def _is(python: str, version: str) -> bool:
    try:
        done = subprocess.run([python, "-c", _USABLE], capture_output=True, text=True)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def run_tests(folder: str, python: str) -> tuple[bool, str]:
    """Run `make test` there, its output passed on; return whether it passed, and in words."""
    command = ["make", "--no-print-directory", "test", f"VENV={folder}", f"PYTHON={python}"]
    make = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    summary = "its environment could not be made, or pytest did not start"
    for line in make.stdout or ():
        print(line, end="", flush=True)
        if found := _SUMMARY.search(line):
            summary = found[1]
    make.communicate()
    return make.returncode == 0, summary


def results(run: Run, find: Callable[[str], str | None]) -> Iterator[tuple[str, bool | None, str]]:
    """Yield for each version whether its tests passed (None: it is missing), and in words."""
    ours = ".".join(map(str, sys.version_info[:2]))
    for version in VERSIONS:
        python = sys.executable if version == ours else find(version)
        if python is None:
            yield version, None, "missing on this machine"
            continue
        print(f"\n== Python {version} ({python})", flush=True)
        yield version, *run(".venv" if version == ours else f".venv-{version}", python)


def main(run: Run = run_tests, find: Callable[[str], str | None] = find_python) -> int:
    """Test on all, print a table; return 1 if any failed."""
    rows = list(results(run, find))
    words = {True: "passed", False: "FAILED", None: "-"}
    print("\npython  tests   what pytest said")
    for version, passed, said in rows:
        print(f"{version:<6}  {words[passed]:<6}  {said}")
    return int(any(passed is False for _, passed, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
