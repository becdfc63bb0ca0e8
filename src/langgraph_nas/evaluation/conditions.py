"""The conditions of an outcome: all that it depends on besides the program."""

import json
from dataclasses import asdict
from typing import Any

from langgraph_nas.datasets import PreparedData
from langgraph_nas.sandbox.base import Budgets, Limits, Recipe

HARNESS = 2
"""Raised when the same program may score otherwise than before. 2: its network is built once."""
_NOT_SHARED = ("warmup_seconds", "weight_bytes")
"""Limits that no program meets."""


def conditions_of(
    data: PreparedData,
    protocol: str,
    recipe: Recipe,
    limits: Limits,
    budgets: Budgets,
    *,
    device: str,
    isolation: str,
    torch: str | None,
) -> dict[str, Any]:
    """Return them as plain values: equal programs under equal ones have equal outcomes.

    Up to chance: a time limit can be met on an idle machine and missed on a busy one, and a GPU
    adds in any order.
    """
    bounds = {name: value for name, value in asdict(limits).items() if name not in _NOT_SHARED}
    conditions = {
        "data": data.fingerprint,
        "protocol": protocol,
        "n_train": data.n_train,
        "split": data.scored_split,
        "shape": data.info.shape,
        "recipe": asdict(recipe),
        "limits": bounds,
        "budgets": asdict(budgets),
        "device": device,
        "isolation": isolation,
        "torch": torch,
        "harness": HARNESS,
    }
    plain: dict[str, Any] = json.loads(json.dumps(conditions))  # tuples become lists
    return plain
