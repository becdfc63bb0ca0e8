"""Facts of the first NVIDIA GPU, asked of its driver: torch would need seconds to be imported."""

import subprocess


def ask_gpu(fact: str) -> float | None:
    """Return a number that `nvidia-smi` knows, None where its driver can't be asked.

    Args:
        fact: As `--query-gpu` takes it, e.g. `compute_cap` or `memory.total` (MiB).
    """
    command = ["nvidia-smi", f"--query-gpu={fact}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return float(done.stdout.split()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
