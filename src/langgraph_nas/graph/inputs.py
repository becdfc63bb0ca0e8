"""The input of a run: what LangGraph would drop without a word is refused."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import TypeAdapter, ValidationError

from langgraph_nas.config import slips_in, unknown_settings
from langgraph_nas.errors import UsageError
from langgraph_nas.graph.rounds import NODES
from langgraph_nas.session import SettingsForm, is_nested
from langgraph_nas.state import Mark, SearchState

ReadInput = Callable[[Any, RunnableConfig, list[str]], Any]
"""Returns what counts of an input, given the run's configuration and the keys that there are."""

GIVEN = ("search", "settings")
"""What of the state a caller gives; all else of it the search keeps itself."""


class CheckedGraph(StateGraph[Any, Any, Any, Any]):
    """A `StateGraph` that reads the input of a run before LangGraph drops the keys it has not."""

    read: ReadInput

    def compile(self, *args: Any, **keywords: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
        """Compile it, as `StateGraph.compile` does."""
        compiled = super().compile(*args, **keywords)
        known, read = list(self.schemas[self.input_schema]), self.read

        def start(told: Any, config: RunnableConfig) -> Any:
            return read(told, config, known)

        async def astart(told: Any, config: RunnableConfig) -> Any:
            return read(told, config, known)

        reader = RunnableLambda(start, afunc=astart, name=START)
        compiled.nodes[START] = compiled.nodes[START].copy({"bound": reader})
        return compiled


def read_input(told: Any, config: RunnableConfig, known: list[str]) -> Any:
    """Return the input of a run of the search.

    In a parent graph it is the parent's state, of which an unfinished search counts as a whole,
    and else what callers give: the rest is of another search that has ended.

    Raises:
        UsageError: There is no such key.
    """
    if isinstance(told, str | int | float | list):
        raise UsageError(f"an input is a dict, e.g. {{}}, not {type(told).__name__}")
    if not isinstance(told, Mapping):
        return told
    if is_nested(config.get("configurable", {})):
        return told if _is_whole(told) else _without_kept(told)
    if wrong := [wrong_key(str(key), known) for key in told if key not in known]:
        raise UsageError("; ".join(wrong))
    return told


def with_settings_below(told: Any, config: RunnableConfig, known: list[str]) -> Any:
    """Return an input whose settings may stand beside `settings` as well as below it."""
    if not isinstance(told, Mapping):
        return told
    settings = told.get("settings")
    beside = {key: told[key] for key in told if key not in known}
    return {"settings": {**beside, **(settings or {})}} if beside else told


def wrong_key(key: str, known: Iterable[str]) -> str:
    """Return what is said of a key that an input does not have."""
    settings = SettingsForm.model_fields
    if key in settings:
        return f'{key!r} is a setting: give it as {{"settings": {{{key!r}: ...}}}}'
    if slips_in([key], settings):
        return f'{unknown_settings([key], settings)} Settings are given as {{"settings": {{...}}}}'
    takes = [name for name in known if name in GIVEN or name not in SearchState.__annotations__]
    return f"an input has no key {key!r}: it takes {', '.join(map(repr, takes))}"


def refuse_kept(state: SearchState) -> None:
    """Make sure that a search begins without what it keeps itself.

    Raises:
        UsageError: Some of that is given.
    """
    kept = [key for key in SearchState.__annotations__ if key not in GIVEN and state.get(key)]
    if kept:
        raise UsageError(
            f"a search begins without {', '.join(map(repr, kept))}: it keeps that itself. Give its "
            "first network as the setting `start_program`, and change what it keeps with "
            "update_state once it has begun"
        )


def refuse_malformed(state: SearchState) -> None:
    """Make sure that what tells how far a search is can be read.

    Raises:
        UsageError: It can't, or a part of it is missing.
    """
    for key, kind, what in (("search", str, "a name"), ("settings", Mapping, "a dict")):
        value = state.get(key)
        if value is not None and not isinstance(value, kind):
            raise UsageError(f"`{key}` must be {what}, not {type(value).__name__}")
    if "mark" in state and not (_is_mark(state["mark"]) and "iteration" in state):
        raise UsageError("`mark` is what the search itself leaves behind, and can't be changed")
    is_told = isinstance(state.get("iteration"), int) and all(state.get(key) for key in GIVEN)
    if "iteration" in state and not is_told:
        raise UsageError(
            "`iteration` is given, but not of which search: begin one with "
            'graph.invoke({"settings": {...}}, thread); in a parent graph whose state has that '
            "key, add the search by nas_node"
        )


def _is_whole(state: Mapping[str, Any]) -> bool:
    return _is_mark(state.get("mark")) and all(state.get(key) for key in (*GIVEN, "iteration"))


@cache
def _marks() -> TypeAdapter[Mark]:
    """Return what reads marks; making it takes longer than reading a thousand."""
    return TypeAdapter(Mark)


def _is_mark(value: Any) -> bool:
    try:
        mark = _marks().validate_python(value)
    except ValidationError:
        return False
    return mark["node"] in NODES and bool(mark["digests"])


def _without_kept(state: Mapping[str, Any]) -> dict[str, Any]:
    kept = SearchState.__annotations__.keys() - set(GIVEN)
    return {key: value for key, value in state.items() if key not in kept}
