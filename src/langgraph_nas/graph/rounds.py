"""The order of the nodes in a round, which `update_state` and a second input may not break.

`update_state(..., as_node=X)` goes on behind `X`, wherever the search stood, and an input begins
with `generate`: so trials were skipped, and lessons drawn from the outcomes of others. Each node
leaves a mark in the state, by which the next one knows whether it is its turn.
"""

import hashlib
import json
from typing import Any

from langgraph_nas.config import RAISED, SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.state import Mark, SearchState

NODES = ("generate", "execute", "diagnose", "update_memory")

_WATCHED = (
    *("search", "iteration", "started_at", "candidate", "evaluation", "suggestion", "pending"),
    *("stagnation", "move", "seconds", "flights", "passes"),
)
_STEERED = ("best", "memory")


def mark_of(state: SearchState, node: str) -> Mark:
    """Return the mark that a node leaves behind, given the state as it leaves it."""
    return Mark(iteration=state["iteration"], node=node, digests=_digests(state))


def refuse_other_turn(state: SearchState, node: str) -> None:
    """Make sure that it is this node's turn.

    Raises:
        UsageError: It is not; the message says whose turn it is, and how to go on.
    """
    mark = state.get("mark")
    if mark is None:
        if "iteration" not in state and node != "generate":
            raise UsageError(
                f"no search has begun on this thread, so there is nothing for `{node}` to do: "
                "begin one with graph.invoke({}, thread), on a new thread"
            )
        return  # or of a version that left none
    turn = next_turn(mark)
    if node != turn:
        raise UsageError(
            f"search {state['search']!r} stands before `{turn}` of iteration {_round(mark)}: an "
            f"input, a goto, or an update_state with another as_node than {mark['node']!r}, would "
            f"go on with `{node}` instead, so nothing was run. {_way_back(turn, mark['node'])}"
        )


def refuse_unfinished(state: SearchState) -> None:
    """Make sure that a round is over, where it is decided whether another one follows.

    Raises:
        UsageError: It is not; raised by `update_state` itself, which then has changed nothing.
    """
    mark = state.get("mark")
    if "iteration" not in state:
        raise UsageError(
            "no search has begun on this thread: give settings as its input, "
            'graph.invoke({"settings": {...}}, thread)'
        )
    if mark is not None and mark["node"] != "update_memory":
        raise UsageError(
            f"search {state['search']!r} stands before `{next_turn(mark)}` of iteration "
            f"{_round(mark)}, which as_node='update_memory' would end unfinished: give the update "
            f"as_node={mark['node']!r}. Nothing was changed"
        )


def edited(state: SearchState) -> set[str]:
    """Return what of the state was changed from outside since the last node."""
    mark = state.get("mark")
    if mark is None:
        return set()
    now = _digests(state)
    return {key for key, digest in mark["digests"].items() if now.get(key, digest) != digest}


def next_turn(mark: Mark) -> str:
    """Return the node that comes after a mark."""
    return NODES[(NODES.index(mark["node"]) + 1) % len(NODES)]


def _round(mark: Mark) -> int:
    return mark["iteration"] + (mark["node"] == "update_memory")


def _way_back(turn: str, before: str) -> str:
    # A new checkpoint: at the old one a goto stays, and would be followed again.
    return (
        "Take it up from there, with an update or None: graph.invoke(None, graph.update_state("
        "next(s.config for s in graph.get_state_history(thread) if s.next == "
        f"({turn!r},)), None, as_node={before!r}))"
    )


def _digests(state: SearchState) -> dict[str, str]:
    """Return a digest of each value that may not be edited anywhere, or is read if it is."""
    values: dict[str, Any] = {key: state.get(key) for key in (*_WATCHED, *_STEERED)}
    settings = state.get("settings") or {}
    if settings.keys() >= SearchConfig.model_fields.keys():
        values["settings"] = {key: settings[key] for key in settings if key not in RAISED}
        values["end"] = {key: settings[key] for key in RAISED}
    else:
        values["end"] = settings
    for part, whole in (("code", "candidate"), ("gist", "suggestion")):
        value = values[whole]
        values[part] = value.get(part) if isinstance(value, dict) else None
    return {key: _digest(value) for key, value in values.items()}


def _digest(value: Any) -> str:
    # As a checkpoint holds it: without half surrogate pairs.
    text = json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:16]
