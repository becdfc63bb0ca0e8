"""Changes by a user to a search that stands still, and where they count."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from langgraph_nas.errors import UsageError
from langgraph_nas.graph.rounds import edited
from langgraph_nas.spaces import user_candidate
from langgraph_nas.state import Best, Candidate, SearchState, Suggestion, Triple
from langgraph_nas.trials import SearchContext
from langgraph_nas.trials.divergence import check_advice
from langgraph_nas.trials.lessons import new_triple

_BEFORE = {
    "suggestion": ("generate", "update_memory"),
    "candidate": ("execute",),
    "end": ("generate",),
}
"""Where a change of it counts; of `best` and `memory` it counts everywhere."""

_WHERE = {
    "suggestion": "a suggestion counts before `update_memory` (update_state as_node='diagnose') "
    "or before `generate` (as_node='update_memory')",
    "candidate": "a candidate is edited before `execute` (update_state as_node='generate')",
    "evaluation": "what became of a candidate is measured; to overrule it, search with review and "
    "reject it",
    "settings": "settings are frozen, but for a later end: begin another search on a new thread",
    "end": "another end counts before `generate` (update_state as_node='update_memory')",
}
_KEPT = "the search itself keeps it"


def steered(state: SearchState, node: str, *, is_ours: bool) -> SearchState:
    """Return what a user changed for this node, whole and checked; empty if nothing.

    Args:
        state: The state that the node is called with.
        node: Its name.
        is_ours: Whether the settings are the state's; `search()` passes them itself.

    Raises:
        UsageError: It does not count here, or is not usable.
    """
    keys = edited(state)
    for key in sorted(keys - {"best", "memory", "code", "gist"}):
        if (key in ("settings", "end") and not is_ours) or node in _BEFORE.get(key, ()):
            continue
        name = "settings" if key == "end" else key
        raise UsageError(
            f"`{name}` of search {state['search']!r} was changed before `{node}`, where that can't "
            f"count: {_WHERE.get(key, _KEPT)}. Nothing was run; if the change is written already, "
            "go on from before it: graph.invoke(None, graph.get_state(thread).parent_config)"
        )
    if keys & {"suggestion", "candidate", "memory", "best"} and state.get("flights") is not None:
        raise UsageError(
            f"search {state['search']!r} has several trials in flight, of which none is changed "
            "from outside: begin one without --in-flight to steer it"
        )
    changed: SearchState = {}
    if "suggestion" in keys:
        changed["suggestion"] = _suggestion(state, told_anew="gist" in keys)
    if "candidate" in keys:
        changed["candidate"] = _candidate(state, is_new="code" in keys)
    if "best" in keys and state["best"] is not None:
        changed["best"] = _read(Best, "best", {"spec": None, **_dict("best", state["best"])})
    if "memory" in keys:
        changed["memory"] = _read(list[Triple], "memory", state["memory"])
    return changed


def revise_lesson(state: SearchState, context: SearchContext) -> SearchState:
    """Have the open triple tell the suggestion that a user gave in place of the improver's.

    Returns:
        The triple, as an update.

    Raises:
        Forked: The search has gone on from the improver's.
    """
    before = state.get("pending")
    if before is None:
        return {}
    triple = new_triple(state, context)
    triple["move"] = before.get("move")
    why = check_advice(state["search"], triple, context)
    context.archive.record_triple(state["search"], triple, why)
    return {"pending": triple}


def _suggestion(state: SearchState, *, told_anew: bool) -> Suggestion:
    given = {"inspiration": "", **_dict("suggestion", state["suggestion"]), "source": "user"}
    if not told_anew:
        given.pop("gist", None)  # of the one before
    suggestion: Suggestion = _read(Suggestion, "suggestion", given)
    return suggestion


def _candidate(state: SearchState, *, is_new: bool) -> Candidate:
    """Return the network that a user gave, or one without a program, which is an outcome, too."""
    given = _dict("candidate", state["candidate"])
    program, problem = given.get("code"), given.get("problem")
    if is_new and program is None and isinstance(problem, str) and problem.strip():
        refused = {**given, "spec": None, "program_hash": None}
        candidate: Candidate = _read(Candidate, "candidate", refused)
        return candidate
    if not is_new or not isinstance(program, str) or not program.strip():
        raise UsageError(
            "an edited candidate needs another program, whole, as `code`, from which all else of "
            "it is made; or None there, and as `problem` why it is refused"
        )
    return user_candidate(program)


def _dict(key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"`{key}` must be a dict, not {type(value).__name__}")
    return value


def _read(kind: Any, key: str, value: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join(filter(None, (".".join(map(str, item["loc"])), item["msg"].lower())))
            for item in error.errors()
        )
        raise UsageError(f"`{key}` can't be used: {wrong}") from error
