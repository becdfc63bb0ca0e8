"""Repetition at the end of a text that goes round in circles."""

from langgraph_nas.llm.sampling import Reply, WhyCut

BLANKS = 12
"""Blanks and line ends at the end of a text that are too many."""
TIMES = 12
"""Repeats of the same few characters that are too many."""
LONGEST = 40
"""Characters of what is repeated, at most: a token, or a few."""


def repeats_itself(text: str) -> bool:
    """Return whether a text ends with blanks, or the same few characters, again and again."""
    if text.isspace() or len(text) - len(text.rstrip()) >= BLANKS:
        return True
    tail = "".join(text[-4 * LONGEST * TIMES :].split())
    units = (tail[-length:] for length in range(1, LONGEST + 1) if length * TIMES <= len(tail))
    return any(tail.endswith(unit * TIMES) for unit in units)


def why_ended(reply: Reply) -> WhyCut:
    """Return why a server ended a reply in good order without saying so."""
    is_circle = repeats_itself(reply.text) or (not reply.text and reply.thought)
    return "repeated" if is_circle else "unfinished"
