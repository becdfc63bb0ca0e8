"""The paper's method with one part left out, each to compare with."""

from collections.abc import Generator
from typing import Any

from langgraph_nas.methods.base import BaseMethod
from langgraph_nas.methods.exploration import MOVES
from langgraph_nas.methods.feedback import Feedback
from langgraph_nas.state import Move, RoleName, SearchState, Suggestion
from langgraph_nas.trials.context import SearchContext


class OneRole(Feedback):
    """No improver: the outcome itself is the advice."""

    name = "one_role"
    roles: tuple[RoleName, ...] = ("generator",)

    def advise(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Suggestion]:
        """Return the suggestion that the outcome itself makes."""
        return BaseMethod.advise(self, state, context)


class NoReference(Feedback):
    """The generator does not see the best network."""

    name = "no_reference"
    moves: tuple[Move, ...] = tuple(move for move in MOVES if move != "elite")

    def shown(self, state: SearchState, context: SearchContext) -> SearchState:
        """Return the state without the best network."""
        return {**super().shown(state, context), "best": None}


class BestOfN(OneRole):
    """The first prompt again and again."""

    name = "best_of_n"
    moves: tuple[Move, ...] = ()

    def shown(self, state: SearchState, context: SearchContext) -> SearchState:
        """Return the state as it was before the first round."""
        return {key: state[key] for key in ("search", "iteration") if key in state}  # type: ignore[return-value]
