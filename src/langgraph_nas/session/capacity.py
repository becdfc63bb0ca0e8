"""Demands of a search on its machine, refused at once where it can never meet them."""

import os

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SandboxUnavailableError, UsageError
from langgraph_nas.evaluation import Sandboxed, has_gpu
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.sandbox.engine import engine_facts
from langgraph_nas.sandbox.machine import allowed
from langgraph_nas.sandbox.warm import CellSandbox

LEAST_CPUS = 0.01
"""Docker takes no less."""

_HERE = ("bubblewrap", "unsafe-subprocess")
"""Sandboxes that run on this machine, with the torch that is installed here."""


def refuse_missing_gpu(config: SearchConfig, sandbox: Sandbox) -> None:
    """Make sure that there is a GPU if candidates are to train on one; Docker was asked already.

    Raises:
        UsageError: There is none.
    """
    if config.device == "cuda" and sandbox.name in _HERE and not has_gpu():
        raise UsageError(
            "--device cuda: no NVIDIA driver answers here, or the torch that is installed is no "
            "CUDA build (`langgraph-nas doctor` says which); leave --device out to train on the CPU"
        )


def refuse_too_much(config: SearchConfig, sandbox: Sandbox) -> None:
    """Make sure that the machine has the CPUs and the memory of one candidate.

    The default of the memory is no wish, so it is not refused.

    Raises:
        UsageError: It has not.
    """
    if sandbox.name == "docker":
        facts = engine_facts()
        cpus, memory = int(facts.get("NCPU") or 0), int(facts.get("MemTotal") or 0) >> 20
    elif sandbox.name in _HERE:
        cpus, memory = len(list(allowed())), _memory_mb()
    else:
        return
    if config.cpus is not None and config.cpus > cpus > 0:
        raise UsageError(
            f"--cpus {config.cpus:g}: there are {cpus}; give at most that, or leave it out for all"
        )
    if config.cpus is not None and config.cpus < LEAST_CPUS:
        raise UsageError(f"--cpus {config.cpus:g}: give at least {LEAST_CPUS:g}")
    usual = int(SearchConfig.model_fields["memory_mb"].default)
    if config.memory_mb > max(memory, usual) and memory > 0:
        raise UsageError(
            f"--memory-mb {config.memory_mb}: the machine has {memory} MiB; give at most that"
        )


def refuse_no_start(evaluator: Sandboxed) -> None:
    """Make sure that a sandbox starts under these limits; it is kept for the first candidate.

    With a GPU, also that torch can use it there: it has computed with it once it is ready.

    Raises:
        SandboxUnavailableError: It does not.
    """
    sandbox = evaluator.sandbox
    if not isinstance(sandbox, CellSandbox):
        return
    evaluator.prewarm()
    on_gpu = evaluator.device == "cuda"
    problem = sandbox.launch_problem(until_ready=on_gpu)
    if problem is not None:
        problem += "; --device cpu trains without the GPU" if on_gpu else ""
        raise SandboxUnavailableError(
            f"the sandbox ({sandbox.name}) does not start with these settings: {problem}"
        )


def _memory_mb() -> int:
    """Return the memory of this machine, MiB; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    except (ValueError, OSError, AttributeError):
        return 0
