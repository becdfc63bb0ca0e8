"""The base of methods, and how one is found by its name."""

from collections.abc import Generator, Mapping
from typing import Any

from langgraph_nas.errors import UsageError
from langgraph_nas.registry import METHODS
from langgraph_nas.spaces import Space
from langgraph_nas.state import Candidate, Move, RoleName, SearchState, Suggestion
from langgraph_nas.trials.context import Method, SearchContext
from langgraph_nas.trials.prompt_values import fallback_suggestion


class BaseMethod:
    """A method that asks no LLM: its advice is what the outcome itself says.

    Derive from it, and write `propose`. See `trials.context.Method` for what is asked of one.
    """

    name = ""
    roles: tuple[RoleName, ...] = ()
    moves: tuple[Move, ...] = ()

    def check(self, space: Space) -> None:
        """Take any space."""

    def propose(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Candidate]:
        """Return the next candidate."""
        raise NotImplementedError

    def advise(self, state: SearchState, context: SearchContext) -> Generator[Any, Any, Suggestion]:
        """Return the suggestion that the outcome itself makes."""
        yield from ()
        return fallback_suggestion(state["evaluation"], context, source="sampler")

    def facts(self, settings: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return nothing."""
        return {}


def find_method(name: str) -> Method:
    """Return the method of this name.

    Raises:
        UsageError: There is none, or it stands for an object from Python.
    """
    method: Method = METHODS.load(name)()
    return method


def asks_llm(name: str) -> bool:
    """Tell whether a method asks an LLM; of one that is not here, yes."""
    try:
        return bool(find_method(name).roles)
    except UsageError:
        return True
