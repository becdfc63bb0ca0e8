"""GPU memory of a candidate: what the LLMs that share the device leave free.

So the smaller of two equally good networks fits where the larger does not, as on the paper's
single GPU.
"""

from collections.abc import Callable

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation.gpu import ask_gpu

RESERVE_MB = 1536
"""Left over for the driver, a desktop, and the CUDA contexts of two sandboxes: two in the one that
waits, in one of which its program will be rehearsed."""
LEAST_MB = 256
"""With less than this hardly any network trains."""


def device_memory_budget(
    config: SearchConfig,
    device: str,
    llm_bytes: Callable[[], int],
    *,
    at_a_time: int = 1,
) -> int | None:
    """Return how much GPU memory a candidate may use, MiB; None: no bound but the device's.

    Args:
        config: The settings; `device_memory_mb` is taken as it is.
        device: `cpu` or `cuda`.
        llm_bytes: Says what the LLMs hold of the device. Not asked where it does not matter, nor
            with `share_gpu`, under which they leave before each training.
        at_a_time: Candidates that share what is left.

    Raises:
        UsageError: The LLMs leave too little.
    """
    if config.device_memory_mb is not None or device != "cuda":
        return config.device_memory_mb
    memory = ask_gpu("memory.total")
    if memory is None:
        return None
    total = int(memory)
    held = 0 if config.share_gpu else llm_bytes() >> 20
    budget = (total - held - RESERVE_MB) // at_a_time
    if budget < LEAST_MB:
        shared = f" for each of {at_a_time} candidates" if at_a_time > 1 else ""
        raise UsageError(
            f"the LLMs hold {held} of the GPU's {total} MiB, which leaves too little{shared}: "
            "pass --share-gpu, choose smaller models, or train with --device cpu; "
            "--device-memory-mb overrides this"
        )
    return budget
