"""A GPU shared by a search and its LLMs."""

from collections.abc import Sequence

from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import device_memory_budget, pick_device
from langgraph_nas.llm import Role
from langgraph_nas.sandbox.machine import usable_cpus


def with_device_memory(
    config: SearchConfig, roles: Sequence[Role], *, at_a_time: int = 1
) -> SearchConfig:
    """Return the settings with the GPU memory of a candidate in place of its default.

    It is found out once, so that all trials of a search have the same.

    Args:
        config: The settings.
        roles: The LLMs of the search.
        at_a_time: Candidates that run at a time.

    Raises:
        UsageError: The LLMs leave too little.
        ModelUnavailableError: A model can't be loaded to see how much it holds.
    """
    budget = device_memory_budget(
        config, pick_device(config.device), lambda: held_bytes(roles), at_a_time=at_a_time
    )
    return config.model_copy(update={"device_memory_mb": budget})


def with_cpus(config: SearchConfig) -> SearchConfig:
    """Return the settings with a candidate's part of the CPUs, where several train at a time."""
    if config.in_flight == 1 or config.cpus is not None:
        return config
    return config.model_copy(update={"cpus": max(1.0, usable_cpus() / config.in_flight)})


def held_bytes(roles: Sequence[Role]) -> int:
    """Return the GPU memory that the models of all roles hold once all are loaded."""
    models = {role.label: role for role in roles}.values()
    for role in models:
        role.load()
    # Asked only now: of two models that don't fit together, the second one made the first leave.
    return sum(role.vram_bytes() for role in models)
