"""Registries of what is chosen by name: methods, spaces, evaluators, ours and other packages'.

Each is named with where it is, `module:attribute`, as entry points are, so that nothing is imported
before it is used. Another package adds one under an entry point of the group.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from langgraph_nas.errors import UsageError

OBJECT = "object:"
"""Prefix of a setting that stands for an object given from Python."""


@dataclass(frozen=True)
class Registry:
    """Things of one kind, by name."""

    noun: str
    """What one of them is called in messages, e.g. `method`."""
    group: str
    """Group of the entry points by which other packages add theirs."""
    ours: Mapping[str, str]
    """Name -> `module:attribute`."""

    @cached_property
    def _others(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.group)}

    @property
    def names(self) -> tuple[str, ...]:
        """All names: ours, then those of other packages."""
        return (*self.ours, *sorted(self._others.keys() - self.ours.keys()))

    def problem(self, name: str) -> str | None:
        """Return what is wrong with a name, None if something has it or it stands for an object.

        Example:
            >>> METHODS.problem("evolutoin")
            "there is no method 'evolutoin': did you mean 'evolution'?"
        """
        if name in self.names or name.startswith(OBJECT):
            return None
        near = difflib.get_close_matches(name, self.names, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.names)}"
        return f"there is no {self.noun} {name!r}: {hint}"

    def load(self, name: str) -> Any:
        """Return what has this name.

        Raises:
            UsageError: Nothing has, it stands for an object that was not given, or another
                package's can't be imported.
        """
        if name.startswith(OBJECT):
            raise UsageError(
                f"this search was started with a {self.noun} object "
                f"({name.removeprefix(OBJECT)}): go on from Python and pass {self.noun}=..."
            )
        if wrong := self.problem(name):
            raise UsageError(wrong)
        if name in self.ours:
            module, _, attribute = self.ours[name].partition(":")
            return getattr(import_module(module), attribute)
        point = self._others[name]
        try:
            return point.load()
        except Exception as error:  # whatever another package's import raises
            raise UsageError(
                f"the {self.noun} {name!r} of another package ({point.value}) can't be imported: "
                f"{type(error).__name__}: {error}"
            ) from error


METHODS = Registry(
    "method",
    "langgraph_nas.methods",
    {
        "full": "langgraph_nas.methods.feedback:Feedback",
        "one_role": "langgraph_nas.methods.ablations:OneRole",
        "no_reference": "langgraph_nas.methods.ablations:NoReference",
        "best_of_n": "langgraph_nas.methods.ablations:BestOfN",
        "random": "langgraph_nas.methods.random:Random",
        "evolution": "langgraph_nas.methods.evolution:Evolution",
    },
)
"""How candidates are proposed."""

SPACES = Registry(
    "space",
    "langgraph_nas.spaces",
    {
        "programs": "langgraph_nas.spaces.programs:Programs",
        "blocks": "langgraph_nas.spaces.blocks.space:Blocks",
        "cells": "langgraph_nas.spaces.cells.space:Cells",
    },
)
"""Where candidates come from."""

EVALUATORS = Registry(
    "evaluator",
    "langgraph_nas.evaluators",
    {
        "sandboxed": "langgraph_nas.evaluation.sandboxed:Sandboxed",
        "table": "langgraph_nas.evaluation.table:open_table",
    },
)
"""What finds out how good a candidate is."""
