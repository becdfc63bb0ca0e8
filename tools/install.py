"""Install the project with pip, saying what is done and how far it is.

    python tools/install.py '.[dev]'

It needs the standard library only, and prints a line for what is large or takes long, on a
terminal as in a log.
"""

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

HEARTBEAT_SECONDS = 15.0
LARGE_MB = 20.0
_DOWNLOADING = re.compile(r"Downloading (?:\S*/)?(\S+) \(([\d.]+) (kB|MB|GB)\)")
_MB = {"kB": 1e-3, "MB": 1.0, "GB": 1e3}


class Install:
    """What pip is at, as its lines tell.

    Args:
        say: Takes a line for the user.
        scratch: The folder of pip's temporary files.
        packages: The folder that packages are installed in.
    """

    def __init__(self, say: Callable[[str], None], scratch: Path, packages: Path) -> None:
        self._say, self._scratch, self._packages = say, scratch, packages
        self._found = 0
        self._large: tuple[str, float] | None = None
        self._small_mb = 0.0
        self._installs: int | None = None
        self._there_before = 0

    def take(self, line: str) -> None:
        """Take a line of pip's; pass on what a user wants to know."""
        if line.startswith("Collecting "):
            self._found += 1
        elif found := _DOWNLOADING.search(line):
            self._download(found[1], float(found[2]) * _MB[found[3]])
        elif line.startswith("Installing collected packages: "):
            self._large = None
            self._installs = line.count(",") + 1
            self._there_before = self._installed()
            self._say(f"installing {self._installs} packages")

    def beat(self) -> None:
        """Say how far it is."""
        self._say(self._state())

    def _download(self, file: str, mb: float) -> None:
        name = "-".join(file.split("-")[:2])
        if mb < LARGE_MB:
            self._large = None
            self._small_mb += mb
            return
        self._large = (file, mb)
        self._say(f"downloading {name} ({mb:.0f} MB)")

    def _state(self) -> str:
        if self._installs is not None:
            done = max(0, self._installed() - self._there_before)
            return f"  {min(done, self._installs)} of {self._installs} packages installed"
        if self._large is not None:
            file, mb = self._large
            here = sum(path.stat().st_size for path in self._scratch.glob(f"*/{file}")) / 1e6
            return f"  {here:.0f} of {mb:.0f} MB"
        return f"  {self._found} packages found, {self._small_mb:.0f} MB of small ones downloaded"

    def _installed(self) -> int:
        return sum(1 for _ in self._packages.glob("*.dist-info"))


def main() -> int:
    """Run pip; return its exit code."""
    began = time.monotonic()

    def say(line: str) -> None:
        seconds = int(time.monotonic() - began)
        print(f"[{seconds // 60:>2}:{seconds % 60:02}] {line}", flush=True)

    say(f"installing {sys.argv[1]}: the first time some gigabytes, most of them torch's")
    with tempfile.TemporaryDirectory(prefix="install-") as scratch:
        install = Install(say, Path(scratch), Path(sysconfig.get_paths()["purelib"]))
        code, lines = run_pip(sys.argv[1], install, scratch)
    if code:
        print("\n".join(lines[-20:]), file=sys.stderr)
    say(f"pip failed with exit code {code}: see above" if code else "installed")
    return code


def run_pip(what: str, install: Install, scratch: str) -> tuple[int, list[str]]:
    """Install `what`; return pip's exit code and all that it said."""
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--editable", what]
    pip = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"TMPDIR": scratch, "PYTHONUNBUFFERED": "1"},
    )
    over = threading.Event()
    beats = threading.Thread(target=beat_until, args=(over, install), daemon=True)
    beats.start()
    lines = []
    for line in pip.stdout or ():
        lines.append(line.rstrip())
        install.take(lines[-1])
    over.set()
    beats.join()
    pip.communicate()
    return pip.returncode, lines


def beat_until(over: threading.Event, install: Install) -> None:
    """Have it say how far it is, now and then."""
    while not over.wait(HEARTBEAT_SECONDS):
        install.beat()


if __name__ == "__main__":
    sys.exit(main())
