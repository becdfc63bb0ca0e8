"""Method `full`: the paper's. The generator writes, the improver says what to try next."""

from collections.abc import Generator
from typing import Any

from langgraph_nas.methods.advice import ask_for_advice
from langgraph_nas.methods.base import BaseMethod
from langgraph_nas.methods.exploration import MOVES, shown_state
from langgraph_nas.methods.proposal import ask_for_candidate
from langgraph_nas.state import Candidate, Move, RoleName, SearchState, Suggestion
from langgraph_nas.trials.context import SearchContext


class Feedback(BaseMethod):
    """A generator that is shown the best network, and what the improver makes of the last one."""

    name = "full"
    roles: tuple[RoleName, ...] = ("generator", "improver")
    moves: tuple[Move, ...] = MOVES

    def shown(self, state: SearchState, context: SearchContext) -> SearchState:
        """Return what of the state the generator's prompt is written from."""
        return shown_state(state, context)

    def propose(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Candidate]:
        """Return what the generator proposes."""
        return ask_for_candidate(self.shown(state, context), context)

    def advise(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Suggestion]:
        """Return what the improver suggests."""
        return ask_for_advice(state, context)
