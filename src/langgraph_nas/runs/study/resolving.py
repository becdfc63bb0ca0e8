"""Settings that all searches of a comparison share: as begun, else chosen once."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, cast, get_args

from langgraph_nas.config import SandboxKind, SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import is_sandboxed, pick_device
from langgraph_nas.llm import Sampling, open_role, resolve_auto
from langgraph_nas.methods import asks_llm
from langgraph_nas.registry import OBJECT
from langgraph_nas.runs.study.arms import PlannedSearch
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.sandbox.machine import usable_cpus
from langgraph_nas.session import (
    OnProgress,
    open_config_sandbox,
    prepare_data,
    with_device_memory,
)
from langgraph_nas.session.frozen import unlike

ROLES = ("generator", "improver")
_CHOSEN = (*ROLES, "form", "improver_form", "precision", "device_memory_mb", "sandbox", "cpus")
"""Settings that are chosen at the start of a search where they are left open."""


def left_open(config: SearchConfig) -> set[str]:
    """Return the settings that nobody gave and that are chosen at the start."""
    return {field for field in _CHOSEN if getattr(config, field) in ("auto", None)}


def refuse_other(
    task: PlannedSearch, frozen: SearchConfig, models: Mapping[str, Any], sandbox: Sandbox | None
) -> None:
    """Make sure that a search was started with the settings that it would get now.

    Args:
        task: The search.
        frozen: What it was started with.
        models: Chat model objects in place of those of the settings, by role.
        sandbox: A sandbox in place of that of the settings.

    Raises:
        UsageError: A setting is another one, be it given or left out.
    """
    given = {role: f"{OBJECT}{type(model).__name__}" for role, model in models.items()}
    if sandbox is not None and sandbox.name in get_args(SandboxKind):
        given["sandbox"] = sandbox.name
    asked = task.config.decided().model_copy(update=given)
    unasked = set(ROLES) if not asks_llm(asked.method) else set()
    differ = unlike(frozen.model_dump(), asked.model_dump(exclude=left_open(asked) | unasked))
    if differ:
        raise UsageError(
            f"search {task.name!r} of this comparison was started with {'; '.join(differ)}: give "
            "the same settings, or another --name"
        )


def resolve(
    config: SearchConfig,
    begun: Sequence[SearchConfig],
    jobs: int,
    *,
    sandbox: Sandbox | None = None,
    models: Mapping[str, Any],
    build_image: bool = True,
    on_progress: OnProgress | None = None,
) -> SearchConfig:
    """Return the settings with nothing left open, for all searches alike.

    Args:
        config: The settings that the searches share.
        begun: Those of the searches that are there: what they have stays.
        jobs: Searches at a time; they divide CPUs and GPU between them.
        sandbox: A sandbox in place of `config.sandbox`.
        models: Chat model objects in place of those of the settings, by role.
        build_image: Build the Docker image where it is missing.
        on_progress: Told what is being set up.

    Raises:
        UsageError: A setting names something that is not there.
    """
    tell = on_progress or (lambda line: None)
    if begun:
        first = min(
            begun, key=lambda search: not asks_llm(search.method)
        )  # these may know no model
        config = _with(config, {field: getattr(first, field) for field in left_open(config)})
    if (
        "auto" in (config.generator, config.improver)
        and len(models) < 2
        and asks_llm(config.method)
    ):
        model, why = resolve_auto()
        tell(f"{why}.")
        config = _with(config, {r: model for r in ROLES if getattr(config, r) == "auto"})
    if is_sandboxed(config):
        prepare_data(config, tell)
    if not begun:
        config = _divided(config, jobs, models)
    if sandbox is None and is_sandboxed(config):
        with ExitStack() as stack:
            opened = open_config_sandbox(stack, config, build_image, tell)
            config = _with(config, {"sandbox": cast(SandboxKind, opened.name)})
    return config


def with_resolved(task: PlannedSearch, resolved: SearchConfig) -> PlannedSearch:
    """Return a search with what was chosen for all of them."""
    shared = resolved.model_dump(include=set(_CHOSEN))
    return PlannedSearch(task.arm, task.seed, task.name, _with(task.config, shared))


def _divided(config: SearchConfig, jobs: int, models: Mapping[str, Any]) -> SearchConfig:
    """Return the settings with each candidate's part of the machine.

    The GPU's is the same for all arms, those that ask no LLM included. Only Ollama's models are
    on it, once for all processes: those of a process compute on the CPU.
    """
    if config.cpus is None and jobs > 1:
        config = _with(config, {"cpus": max(1.0, usable_cpus() / jobs)})
    if config.device_memory_mb is not None or pick_device(config.device) != "cuda":
        return config
    with ExitStack() as stack:
        roles = []
        for name in () if not asks_llm(config.method) else ROLES:
            model = models.get(name, getattr(config, name))
            roles.append(open_role(name, model, Sampling.of(config)))
            stack.callback(roles[-1].close)
        return with_device_memory(config, roles, at_a_time=jobs)


def _with(config: SearchConfig, changes: Mapping[str, Any]) -> SearchConfig:
    return config.model_copy(update=changes)
