"""Notice that a search goes another way than it did: time travel, or an edited state.

A search that was killed asks again exactly what it had asked, and records what it had recorded. One
that asks, tries, decides or learns something else under a number that is recorded was taken up from
an earlier checkpoint: it is another search, and must not write over the first.
"""

from langgraph_nas.archive import TrialRow, TripleRow
from langgraph_nas.state import Evaluation, SearchState, Triple
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.duplicates import first_program


class Forked(Exception):
    """The search is another one from here on, and needs a name of its own."""


def check_call(search: str, number: int, prompt: str, context: SearchContext) -> None:
    """Make sure that a call is new, or the very one that is recorded.

    Raises:
        Forked: It is another one.
    """
    if not context.may_fork:
        return
    recorded = context.archive.find_call(search, number)
    if recorded is not None and recorded["prompt"] != _as_recorded(prompt):
        raise Forked


def check_trial(state: SearchState, refused: Evaluation | None, context: SearchContext) -> None:
    """Make sure that a trial is new, or the very one that is recorded.

    Args:
        state: Its candidate, edits included.
        refused: Its outcome, if a user rejects it.
        context: Where it would be recorded.

    Raises:
        Forked: It is another one, or something else was decided of it.
    """
    if not context.may_fork:
        return
    recorded = context.archive.find_trial(state["search"], state["iteration"])
    if recorded is None:
        return
    candidate = state["candidate"]
    if first_program(recorded) != _as_recorded(candidate["code"]):
        raise Forked
    is_decided = context.config.review == "before_execute"
    if is_decided and (recorded["source"], refusal(recorded)) != (
        candidate["source"],
        refusal(refused),
    ):
        raise Forked


def refusal(trial: TrialRow | Evaluation | None) -> str | None:
    """Return in which words a user refused a trial, None if nobody did."""
    return _as_recorded(trial["message"]) if trial and trial["outcome"] == "rejected" else None


def check_decision(state: SearchState, context: SearchContext) -> None:
    """Make sure that the search has not gone on from another decision about its last trial.

    Raises:
        Forked: It has.
    """
    if not context.may_fork:
        return
    search, iteration = state["search"], state["iteration"]
    calls = context.archive.calls(search, iteration)
    advised = any(call["role"] == "improver" for call in calls)
    if advised or context.archive.find_triple(search, iteration) is not None:
        raise Forked


def check_lesson(
    search: str, closed: Triple | None, opened: Triple, context: SearchContext
) -> None:
    """Make sure that both triples of an iteration are new, or the very ones that are recorded.

    Raises:
        Forked: The one before ended otherwise, or the one that it opens is another one.
    """
    if not context.may_fork:
        return
    if closed is not None:
        before = context.archive.find_triple(search, closed["iteration"])
        if before is not None and before["outcome"] not in (None, _as_recorded(closed["outcome"])):
            raise Forked
    recorded = context.archive.find_triple(search, opened["iteration"])
    if recorded is not None and not is_same(recorded, opened):
        raise Forked


def check_advice(search: str, opened: Triple, context: SearchContext) -> str | None:
    """Make sure that nothing has followed yet from the advice of the open triple.

    Returns:
        Why the round to come is explored, as it was recorded.

    Raises:
        Forked: Something has: with other advice it is another search.
    """
    recorded = context.archive.find_triple(search, opened["iteration"])
    if recorded is None:
        return None
    if context.may_fork and not is_same(recorded, opened):
        to_come = opened["iteration"] + 1
        has_trial = context.archive.find_trial(search, to_come) is not None
        if has_trial or context.archive.calls(search, to_come):
            raise Forked
    return recorded["why"]


def is_same(recorded: TripleRow, triple: Triple) -> bool:
    """Return whether a triple is the recorded one, whatever came of that since."""
    told = _as_recorded(triple["problem"]), _as_recorded(triple["suggestion"]), triple.get("move")
    return (recorded["problem"], recorded["suggestion"], recorded["move"]) == told


def _as_recorded(text: str | None) -> str | None:
    """Return a text as the archive holds it: without half surrogate pairs."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
