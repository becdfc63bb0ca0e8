"""Whether a reply of the generator counts, or another one is asked for."""

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.near import near_of
from langgraph_nas.nodes.twins import find_twin
from langgraph_nas.state import Candidate

TRIES = 4
"""Most replies of the generator in one round, repairs aside."""


def why_again(
    candidate: Candidate, search: str, iteration: int, attempt: int, context: SearchContext
) -> str | None:
    """Return a note for the next prompt if the generator is asked again, None if the reply counts.

    A repeated or unreadable spec is asked for again with another seed, as `spec_retries` says; an
    unreadable program, or an edit that does not apply, with what was wrong, as `reasks` says; a
    repeated or nearly repeated program only if `on_near_duplicate` is `ask-again`.
    """
    if attempt + 1 >= TRIES:
        return None
    config, templates = context.config, context.templates
    twin = find_twin(search, candidate["program_hash"], iteration, context)
    if context.form == "spec":
        is_asked = attempt < config.spec_retries and (candidate["code"] is None or twin)
        return "" if is_asked else None
    if candidate["code"] is None:
        is_asked = attempt < config.learning.reasks
        return templates.phrase("unread_program", reason=candidate["problem"]) if is_asked else None
    if config.on_near_duplicate != "ask-again":
        return None
    if twin:
        return templates.phrase("same_again", iteration=twin["iteration"])
    near = near_of(search, candidate, iteration, context)
    if near is None:
        return None
    similarity = f"{near.similarity:.0%}"
    return templates.phrase("near_again", iteration=near.key, similarity=similarity)
