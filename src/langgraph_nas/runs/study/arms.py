"""The arms of a comparison: each is the same search with one thing changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import get_info
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import is_sandboxed
from langgraph_nas.programs import resnet9

SEEDS = 10
"""Paired seeds of a comparison, where nothing else is asked for."""

BASELINE = "full"
"""The arm that all others are compared with."""

HAND_WRITTEN = "resnet9"
"""A network written by hand, trained under the same recipe: part of each comparison that trains."""


@dataclass(frozen=True)
class Arm:
    """One way to search."""

    name: str
    what: str
    """What is different, in a few words."""
    changes: Mapping[str, Any]
    """Settings in which it differs from the search as it was asked for."""


_PUBLISHED: Mapping[str, Any] = {
    "method": "full",
    "rich_lessons": False,
    "redirect": False,
    "structured": False,
    "reasks": 0,
    "widen_after": 0,
    "widen_after_failures": 0,
}
"""Confirmation is shared by all arms, and so is no difference between them."""

ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("full", "the full method", {"method": "full"}),
        Arm("as_published", "lessons as the paper has them", _PUBLISHED),
        Arm("no_memory", "no memory of triples (K = 0)", {"method": "full", "memory": 0}),
        Arm("one_role", "no improver", {"method": "one_role"}),
        Arm("no_reference", "the best network not shown", {"method": "no_reference"}),
        Arm("best_of_n", "the first prompt every time", {"method": "best_of_n"}),
        Arm("random", "uniform random lists of blocks", {"method": "random"}),
        Arm("evolution", "regularised evolution of lists of blocks", {"method": "evolution"}),
        *(
            Arm(name, what, {"method": "full", **changes})
            for name, what, changes in (
                ("no_lessons", "triples as the paper has them", {"rich_lessons": False}),
                ("no_redirect", "the improver may repeat itself", {"redirect": False}),
                ("no_structured", "no schema for the improver's reply", {"structured": False}),
                ("no_reasks", "unreadable replies are lost", {"reasks": 0}),
                ("no_widening", "never widened", {"widen_after": 0, "widen_after_failures": 0}),
                ("no_confirming", "a best counts at once", {"confirm_best": False}),
                ("two_repairs", "failing programs are mended", {"repairs": 2}),
            )
        ),
    )
}
"""Name -> arm, in the order of tables."""

DEFAULT_ARMS = tuple(ARMS)[:8]
"""The arms that are compared unless others are named; the rest change one setting each."""

_ALONE: Mapping[str, Any] = {
    "method": "random",
    "iterations": 1,
    "finalists": 1,
    "confirm_best": False,
    "target_accuracy": None,
    "time_budget": None,
    "max_params": None,
    "max_macs": None,
    "max_latency": None,
    "max_memory": None,
}


@dataclass(frozen=True)
class PlannedSearch:
    """One search of a comparison."""

    arm: str
    seed: int
    name: str
    """Of the search in the archive."""
    config: SearchConfig


def plan_tasks(
    comparison: str, config: SearchConfig, arms: Sequence[str], seeds: Sequence[int]
) -> list[PlannedSearch]:
    """Return the searches of a comparison: all arms of a seed, then those of the next.

    So a comparison that is stopped half-way has whole pairs.

    Raises:
        UsageError: There is no such arm, or no setting of seeds that can be.
    """
    unknown = [arm for arm in arms if arm not in ARMS]
    if unknown or not arms:
        names = ", ".join(ARMS)
        raise UsageError(f"there is no arm {', '.join(unknown) or 'at all'}; there are {names}")
    return [
        PlannedSearch(arm, seed, f"{comparison}-{arm}-{seed}", arm_config(config, arm, seed))
        for seed in seeds
        for arm in (*dict.fromkeys(arms), *([HAND_WRITTEN] if is_sandboxed(config) else []))
    ]


def arm_config(config: SearchConfig, arm: str, seed: int) -> SearchConfig:
    """Return the settings of one arm; those that are not its own are as they were given."""
    if arm != HAND_WRITTEN:
        return config.model_copy(update={**ARMS[arm].changes, "seed": seed})
    root = Path(config.data_root) if config.data_root else None
    info = get_info(config.dataset, root=root, attribute=config.celeba_attribute)
    program = resnet9(info.shape, info.n_classes)
    return config.model_copy(update={**_ALONE, "start_program": program, "seed": seed})
