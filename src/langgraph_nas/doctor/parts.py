"""Sandboxes, models, data sets and the GPU, each looked at on its own."""

import os
from pathlib import Path

from langgraph_nas.doctor.check import Check
from langgraph_nas.errors import ModelUnavailableError

_GB = 1e9


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

    from langgraph_nas.evaluation.gpu import ask_gpu

    if not torch.cuda.is_available():
        instead = f"candidates train on {os.cpu_count()} CPUs"
        if ask_gpu("compute_cap") is None:
            said = f"no NVIDIA driver answers: {instead}"
            return Check("GPU", False, said, "nothing, or install NVIDIA's driver")
        if torch.version.cuda is None:
            said = f"NVIDIA's driver answers, torch {torch.__version__} is a CPU build: {instead}"
            return Check("GPU", False, said, "`pip install torch`, on Linux a CUDA build")
        said = f"torch {torch.__version__} can't use the GPU ({_cuda_problem()}): {instead}"
        advice = f"update NVIDIA's driver, or install torch for a CUDA below {torch.version.cuda}"
        return Check("GPU", False, said, advice)
    free, total = torch.cuda.mem_get_info()
    name = torch.cuda.get_device_name()
    return Check("GPU", True, f"{name}, {free / _GB:.1f} of {total / _GB:.1f} GB free")


def _cuda_problem() -> str:
    """Return what torch says of a GPU that it can't use."""
    import torch

    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
    except Exception as error:  # torch raises what it likes here; all of it is the answer
        return str(error).splitlines()[0]
    return "it sees none"
