"""What works on this machine, part by part, and what to do about the rest."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import ModelUnavailableError

SANDBOXES = ("Docker image", "bubblewrap")
"""Parts of which one must work, or no candidate can run."""
MODELS = ("Ollama models", "embedded model")
"""Parts of which one must work, or nobody proposes candidates (but see `openai:` models)."""

_ENOUGH_DISK_GB = 2.0
_GB = 1e9
_MIB = 1 << 20
_UNLIMITED_MIB = 1 << 40


@dataclass(frozen=True)
class Check:
    """What one part is found to be."""

    part: str
    works: bool
    message: str
    """What was found, in one line."""
    todo: str | None = None
    """What to do to make it work, where that is not in the message; None if it works."""


def check_all(config: SearchConfig | None = None) -> list[Check]:
    """Return a check of each part; takes seconds, changes nothing, never raises."""
    return list(iterate_checks(config))


def iterate_checks(config: SearchConfig | None = None) -> Iterator[Check]:
    """Yield the checks of `check_all` one by one, as each is done.

    Args:
        config: Its image, data folder and memory are looked at; default: the default settings.
    """
    settings = config or SearchConfig.model_validate({})
    checks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("Docker engine", check_engine),
        ("Docker image", lambda: check_image(settings.image, settings.device)),
        ("bubblewrap", check_bubblewrap),
        ("Ollama", check_ollama),
        ("Ollama models", check_ollama_models),
        ("embedded model", check_embedded),
        ("data sets", lambda: check_datasets(settings.data_root)),
        ("GPU", check_gpu),
        ("memory", lambda: check_memory(settings.memory_mb)),
        ("disk", check_disk),
    )
    for part, check in checks:
        try:
            yield check()
        # Wide on purpose: a broken installation fails in any way, and the other parts still count.
        except Exception as error:
            yield Check(part, False, f"the check failed: {type(error).__name__}: {error}")


def can_search(checks: list[Check]) -> bool:
    """Return whether some sandbox and some model work."""
    working = {check.part for check in checks if check.works}
    return all(working.intersection(parts) for parts in (SANDBOXES, MODELS))


def check_engine() -> Check:
    """Ask the Docker engine for its version."""
    from langgraph_nas.sandbox.engine import engine_problem

    problem = engine_problem()
    return Check("Docker engine", problem is None, problem or "answers")


def check_image(image: str, device: str = "auto") -> Check:
    """Ask the Docker engine whether it has the sandbox's image, and one for this device."""
    from langgraph_nas.evaluation import pick_device
    from langgraph_nas.sandbox.engine import engine_problem
    from langgraph_nas.sandbox.image import image_problem

    if engine_problem() is not None:
        return Check("Docker image", False, "can't be looked for without the engine")
    problem = image_problem(image, cuda=pick_device(device) == "cuda")
    return Check("Docker image", problem is None, problem or f"{image} is there")


def check_bubblewrap() -> Check:
    """Start an empty sandbox, and say what it lacks against Docker."""
    from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox, shortcomings

    problem = BubblewrapSandbox.probe()
    if problem is not None:
        return Check("bubblewrap", False, problem)
    isolation = BubblewrapSandbox().isolation
    lacks = "; ".join(shortcomings(isolation))
    message = f"an empty sandbox starts ({isolation}); weaker than Docker: {lacks}"
    return Check("bubblewrap", True, message)


def check_ollama() -> Check:
    """Ask the Ollama server whether it is there."""
    from langgraph_nas.llm import list_ollama_models
    from langgraph_nas.llm.ollama_server import host

    try:
        list_ollama_models()
    except ModelUnavailableError as error:
        return Check("Ollama", False, str(error))
    return Check("Ollama", True, f"answers at {host()}")


def check_ollama_models() -> Check:
    """Ask the Ollama server for its models."""
    from langgraph_nas.llm import list_ollama_models
    from langgraph_nas.llm.ollama_server import PULL, can_chat, choose_model, told

    try:
        names = list_ollama_models()
    except ModelUnavailableError:
        return Check("Ollama models", False, "can't be listed without the server")
    chosen = choose_model(names, can_chat)
    if chosen is None:
        return Check("Ollama models", False, f"none that can chat{told(names)}", PULL)
    return Check("Ollama models", True, f"{', '.join(names)}; auto takes {chosen}")


def check_embedded() -> Check:
    """Import the runtime of the embedded model."""
    from langgraph_nas.llm import embedded_problem

    problem = embedded_problem()
    if problem is None:
        import xllamacpp  # noqa: F401  # what may fail is the import of its compiled part
    return Check("embedded model", problem is None, problem or "installed")


def check_datasets(data_root: str | None) -> Check:
    """Look for the files of each data set; nothing is downloaded."""
    from langgraph_nas.datasets import datasets_table, default_root

    root = Path(data_root) if data_root else default_root()
    table = [row for row in datasets_table() if not str(row["name"]).startswith("folder")]
    there = [str(row["name"]) for row in table if _has_files(str(row["files"]), root)]
    rest = [
        f"{row['name']} ({row['download (MB)']} MB)" for row in table if row["name"] not in there
    ]
    more = f"; not in {root}, downloaded on first use: {', '.join(rest)}" if rest else ""
    return Check("data sets", True, f"on disk: {', '.join(there)}{more}")


def _has_files(files: str, root: Path) -> bool:
    """Return whether the first of a data set's official files is there (see its table)."""
    first = files.split()[0].rstrip(",")
    return first == "none:" or (root / first).exists()


def check_gpu() -> Check:
    """Ask torch for a CUDA device and its memory."""
    import torch

    if not torch.cuda.is_available():
        cpus = os.cpu_count()
        return Check(
            "GPU",
            False,
            f"torch {torch.__version__} sees no CUDA device: candidates train on {cpus} CPUs",
            "nothing, or install NVIDIA's driver and a CUDA build of torch",
        )
    free, total = torch.cuda.mem_get_info()
    name = torch.cuda.get_device_name()
    return Check("GPU", True, f"{name}, {free / _GB:.1f} of {total / _GB:.1f} GB free")


def check_memory(wanted_mb: int) -> Check:
    """Compare the memory that is free with what one candidate may take."""
    free = available_mib()
    message = f"{free / 1024:.1f} GiB free, a candidate may take {wanted_mb / 1024:.1f}"
    todo = None if free >= wanted_mb else f"free some, or lower it: --memory-mb {free // 2}"
    return Check("memory", todo is None, message, todo)


def available_mib() -> int:
    """Return the memory that can still be taken, in MiB: the machine's, or this container's."""
    machine = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _MIB
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        lines = dict(line.split(":") for line in meminfo.read_text().splitlines())
        machine = int(lines["MemAvailable"].split()[0]) // 1024
    return min(machine, _container_mib(Path("/sys/fs/cgroup")))


def _container_mib(group: Path) -> int:
    """Return what a container's limit leaves, in MiB; very much where there is none."""
    try:
        limit, used = (
            (group / name).read_text().strip() for name in ("memory.max", "memory.current")
        )
    except OSError:
        return _UNLIMITED_MIB
    return (int(limit) - int(used)) // _MIB if limit.isdecimal() else _UNLIMITED_MIB


def check_disk() -> Check:
    """Look for room where data, models and searches are written."""
    from langgraph_nas.datasets import default_cache

    places = {"the cache": default_cache(), "here": Path.cwd()}
    free = {name: shutil.disk_usage(_existing(path)).free / _GB for name, path in places.items()}
    message = ", ".join(f"{gb:.1f} GB free for {name}" for name, gb in free.items())
    full = [name for name, gb in free.items() if gb < _ENOUGH_DISK_GB]
    cache = f"; NAS_CACHE moves the cache from {places['the cache']}" if "the cache" in full else ""
    return Check("disk", not full, message, f"free some{cache}" if full else None)


def _existing(path: Path) -> Path:
    return next(folder for folder in [path, *path.parents] if folder.exists())
