"""Notice that a search goes another way than it did: time travel, or an edited state.

A search that was killed asks again exactly what it had asked. One that asks something else under
the number of a call that is booked, or tries something else in an iteration that is booked, was
taken up from an earlier checkpoint: it is another search, and must not write over the first.
"""

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.twins import first_program
from langgraph_nas.state import SearchState


class Forked(Exception):
    """The search is another one from here on, and needs a name of its own."""


def check_call(search: str, number: int, prompt: str, context: SearchContext) -> None:
    """Make sure that a call is new, or the very one that is booked.

    Raises:
        Forked: It is another one.
    """
    if not context.may_fork:
        return
    booked = context.archive.find_call(search, number)
    if booked is not None and booked["prompt"] != prompt:
        raise Forked


def check_trial(state: SearchState, context: SearchContext) -> None:
    """Make sure that a trial is new, or the very one that is booked.

    Raises:
        Forked: It is another one.
    """
    if not context.may_fork:
        return
    booked = context.archive.find_trial(state["search"], state["iteration"])
    if booked is not None and first_program(booked) != state["candidate"]["code"]:
        raise Forked
