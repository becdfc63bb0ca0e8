"""The arithmetic of a search: one for all its trials, chosen for the machine."""

from pathlib import Path

from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation.gpu import ask_gpu
from langgraph_nas.sandbox.base import Precision

FAST_CPU_FLAGS = frozenset({"amx_bf16", "avx512_bf16", "bf16", "svebf16"})
"""Of /proc/cpuinfo: the CPU multiplies bf16 itself. Elsewhere it is emulated, and slower."""
LEAST_PIXELS = 1024
"""Smaller images make networks whose time goes into calls, which autocast makes more of."""
_FIRST_BF16_GPU = 8.0
"""Compute capability."""


def pick_precision(config: SearchConfig, device: str, shape: tuple[int, int, int]) -> Precision:
    """Return the precision of a search's trials.

    `auto` is fp32 in protocol `paper` and on small images; bf16 where CPU or GPU multiply it
    themselves; fp16 on older GPUs.

    Args:
        config: The settings.
        device: `cpu` or `cuda`.
        shape: Channels, height, width of the images.
    """
    if config.precision != "auto":
        return config.precision
    if config.protocol == "paper" or shape[1] * shape[2] < LEAST_PIXELS:
        return "fp32"
    if device == "cuda":
        return "bf16" if (ask_gpu("compute_cap") or 0) >= _FIRST_BF16_GPU else "fp16"
    return "bf16" if cpu_flags() & FAST_CPU_FLAGS else "fp32"


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the features of the CPU as the kernel names them, none where it does not."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return frozenset()
    found = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(found, "").split())
