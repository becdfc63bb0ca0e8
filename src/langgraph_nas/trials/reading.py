"""Read a candidate in a reply that may be empty or cut."""

from collections.abc import Callable

from langgraph_nas.config import SearchConfig
from langgraph_nas.llm import Reply
from langgraph_nas.prompts import find_finished_program
from langgraph_nas.spaces.candidates import candidate_of, is_free_text
from langgraph_nas.state import Candidate
from langgraph_nas.trials.shortcomings import ENDED_BY_SERVER, is_empty, shortcoming


def read_candidate(
    reply: Reply, read: Callable[[str], Candidate], config: SearchConfig
) -> Candidate:
    """Return what a reply holds; of a cut one, a program as far as it is finished.

    Why it is empty or cut is the candidate's `problem`, and told if it fails.

    Args:
        reply: The reply.
        read: Reads the text of a whole one in the form that was asked for.
        config: The settings that it was asked with.
    """
    why = shortcoming(reply, config)
    if why is None:
        return read(reply.text)
    candidate = read("" if is_empty(reply) else reply.text)
    if is_empty(reply):
        return {**candidate, "problem": why}
    if reply.cut and is_free_text(candidate) and candidate["code"] is not None:
        candidate = _finished(reply, candidate, read)
    problem = candidate["problem"]
    return {**candidate, "problem": f"{why}; {problem}" if problem else why}


def _finished(reply: Reply, candidate: Candidate, read: Callable[[str], Candidate]) -> Candidate:
    """Return the finished program of a cut reply; without one, what was read in it.

    What the server ended because it went round in circles is nothing to repair.
    """
    program = find_finished_program(reply.text)
    if program is not None:
        return candidate_of(program, "code", "llm")
    return read("") if reply.why_cut in ENDED_BY_SERVER else candidate
