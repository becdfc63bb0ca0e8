"""Candidates, and what the form they were proposed in means for them."""

from langgraph_nas.outcomes import Outcome
from langgraph_nas.programs import check_program, program_hash
from langgraph_nas.state import Candidate, Form, Source


class SpecError(ValueError):
    """A spec, or an edit of one, does not follow the grammar of its space.

    The message is for the model: it names the part and the rule. It is what a reply can meet, so
    callers ask again or record it as an outcome.
    """


ECHO = "the reply repeats the example of the prompt"


def candidate_of(
    program: str, form: Form, source: Source, spec: list[str] | None = None
) -> Candidate:
    """Return a program as a candidate."""
    problem = check_program(program)
    return Candidate(
        code=program,
        spec=spec,
        form=form,
        program_hash=None if problem else program_hash(program),
        problem=None,
        source=source,
    )


def no_candidate(form: Form, problem: str) -> Candidate:
    """Return what a reply without a network is, and why there is none in it."""
    return Candidate(
        code=None, spec=None, form=form, program_hash=None, problem=problem, source="llm"
    )


def user_candidate(program: str) -> Candidate:
    """Return the user's own network as a candidate."""
    return candidate_of(program, "code", "user")


def is_free_text(candidate: Candidate) -> bool:
    """Tell whether a candidate was written whole, so that its text says what it is near to.

    Edits and lists of blocks are near their parents by nature.
    """
    return candidate["form"] == "code"


def is_composed(candidate: Candidate) -> bool:
    """Tell whether a candidate was put together of a space's parts."""
    return candidate["form"] == "spec"


def unread_outcome(candidate: Candidate) -> Outcome:
    """Return what a reply without a network counts as."""
    return "edit_failed" if candidate["form"] == "edit" else "no_code"
