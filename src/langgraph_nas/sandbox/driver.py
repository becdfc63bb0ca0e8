"""The libraries of an NVIDIA driver: not always among the system's."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

LIBRARY = "libcuda.so.1"
"""What torch loads to reach the driver."""
USUAL = (Path("/usr/lib/wsl/lib"), Path("/usr/local/nvidia/lib64"), Path("/usr/local/nvidia/lib"))
"""Of WSL 2, and of machines that mount the driver of their host."""


def driver_folders() -> list[Path]:
    """Return the folders that hold the driver's libraries, in the order in which they are tried.

    As the loader looks for them: LD_LIBRARY_PATH, its cache, then where they usually are.
    """
    named = [Path(part) for part in os.environ.get("LD_LIBRARY_PATH", "").split(":") if part]
    found = [*named, *_cached(), *USUAL]
    return list(dict.fromkeys(folder for folder in found if (folder / LIBRARY).exists()))


def _cached() -> Iterator[Path]:
    """Yield the folders of the driver's library that the loader's cache knows."""
    program = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin")
    if program is None:
        return
    try:
        done = subprocess.run([program, "-p"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return
    for path in re.findall(rf"{re.escape(LIBRARY)} .*=> (.+)", done.stdout):
        yield Path(path).parent
