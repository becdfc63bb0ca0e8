"""A check of this machine, part by part, with what to do about what does not work."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from langgraph_nas.config import SearchConfig
from langgraph_nas.doctor.check import Check
from langgraph_nas.doctor.folders import FOLDERS, check_folders
from langgraph_nas.doctor.machine import check_disk, check_memory
from langgraph_nas.doctor.model import MODEL, check_model
from langgraph_nas.doctor.parts import (
    check_bubblewrap,
    check_datasets,
    check_embedded,
    check_engine,
    check_gpu,
    check_image,
    check_ollama,
    check_ollama_models,
)
from langgraph_nas.llm import Sampling
from langgraph_nas.session import default_database

__all__ = ["Check", "can_search", "check_all", "check_model", "iterate_checks"]

SANDBOXES = ("Docker image", "bubblewrap")
"""Parts of which one must work, or no candidate can run."""
MODELS = ("Ollama models", "embedded model")
"""Parts of which one must work, or nobody proposes candidates (but see `openai:` models)."""


def check_all(
    config: SearchConfig | None = None, database: Path | None = None, llm: str | None = None
) -> list[Check]:
    """Return a check of each part; takes seconds, leaves nothing behind, never raises."""
    return list(iterate_checks(config, database, llm))


def iterate_checks(
    config: SearchConfig | None = None, database: Path | None = None, llm: str | None = None
) -> Iterator[Check]:
    """Yield the checks of `check_all` one by one, as each is done.

    Args:
        config: Its image, data folder, memory and prompts are looked at; default: the default
            settings.
        database: Where searches are to be recorded; default: `default_database()`.
        llm: A model to try with a prompt as long as the settings allow; default: none.
    """
    settings = config or SearchConfig.model_validate({})
    path = database or default_database()
    checks: tuple[tuple[str, Callable[[], Iterable[Check]]], ...] = (
        ("Docker engine", lambda: [check_engine()]),
        ("Docker image", lambda: [check_image(settings.image, settings.device)]),
        ("bubblewrap", lambda: [check_bubblewrap()]),
        ("Ollama", lambda: [check_ollama()]),
        ("Ollama models", lambda: [check_ollama_models()]),
        ("embedded model", lambda: [check_embedded()]),
        ("data sets", lambda: [check_datasets(settings.data_root)]),
        ("GPU", lambda: [check_gpu()]),
        ("memory", lambda: [check_memory(settings.memory_mb)]),
        ("disk", lambda: [check_disk()]),
        (FOLDERS, lambda: [check_folders(settings.data_root, path)]),
        (MODEL, lambda: check_model(llm, _trying(settings)) if llm else []),
    )
    for part, check in checks:
        try:
            yield from check()
        # Wide on purpose: a broken installation fails in any way, and the other parts still count.
        except Exception as error:
            yield Check(part, False, f"the check failed: {type(error).__name__}: {error}")


def can_search(checks: list[Check]) -> bool:
    """Return whether some sandbox and some model work, and what a search writes can be written.

    Of models it is the one that was tried, if one was.
    """
    working = {check.part for check in checks if check.works}
    failing = {check.part for check in checks} - working
    has_model = bool(working.intersection(MODELS)) or MODEL in working
    return (
        bool(working.intersection(SANDBOXES))
        and has_model
        and not failing.intersection((FOLDERS, MODEL))
    )


def _trying(settings: SearchConfig) -> Sampling:
    """Return the settings with which a model is tried: what fails is told at once."""
    return replace(Sampling.of(settings), retries=0)
