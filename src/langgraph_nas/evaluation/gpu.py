"""Facts of the first NVIDIA GPU, asked of its driver: torch would need seconds to be imported."""

import functools
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path


def ask_gpu(fact: str, program: str = "nvidia-smi") -> float | None:
    """Return a number that `nvidia-smi` knows, None where its driver can't be asked.

    Args:
        fact: As `--query-gpu` takes it, e.g. `compute_cap` or `memory.total` (MiB).
        program: What is asked.
    """
    command = [program, f"--query-gpu={fact}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return float(done.stdout.split()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def has_gpu() -> bool:
    """Return whether a driver answers and the torch installed here is built for it.

    A device file is no sign: it stays when the driver fails, and WSL 2 has one for any GPU.
    """
    program = shutil.which("nvidia-smi")
    return program is not None and _answers(program) and torch_drives_gpus()


@functools.cache
def _answers(program: str) -> bool:
    return ask_gpu("compute_cap", program) is not None


def torch_drives_gpus() -> bool:
    """Return whether the torch installed here is a CUDA build, without importing it."""
    found = find_spec("torch")
    folders = found.submodule_search_locations if found else None
    return any(Path(folder, "lib/libtorch_cuda.so").exists() for folder in folders or ())
