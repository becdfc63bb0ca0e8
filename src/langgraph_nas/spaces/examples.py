"""Few-shot examples for base models, which continue texts instead of following instructions.

Such a model leans to what it saw last, so another few of the examples are shown each iteration.
"""

from langgraph_nas.prompts import Templates
from langgraph_nas.state import Evaluation

SHOWN = 3
CHANGE = "change_"


def trial_examples(evaluation: Evaluation, iteration: int, templates: Templates) -> str:
    """Return examples of diagnoses: of scores after a score, of failures after a failure."""
    kind = "trial" if evaluation["outcome"] == "ok" else "failed"
    return "\n".join(_rotated(list(templates.phrases_of(f"example_{kind}_").values()), iteration))


def network_examples(iteration: int, templates: Templates) -> str:
    """Return examples of whole networks, each as the answer to a request for a new one."""
    request = f"Request: {templates.phrase('change_new_structure')}"
    answers = list(templates.phrases_of("example_new_").values())
    return "\n".join(f"{request}\n{answer}" for answer in _rotated(answers, iteration))


def edit_examples(change: str, iteration: int, templates: Templates) -> str:
    """Return examples of edits; the last answers the very request that is to be answered."""
    answers = templates.phrases_of("example_edit_")
    requests = {name: templates.phrase(f"{CHANGE}{name}") for name in answers}
    asked = [name for name in answers if requests[name] == change]
    others = _rotated([name for name in answers if name not in asked], iteration)
    names = [*others[: SHOWN - len(asked)], *asked]
    return "\n".join(f"Request: {requests[name]}\n{answers[name]}" for name in names)


def _rotated(items: list[str], iteration: int) -> list[str]:
    start = iteration * SHOWN % len(items)
    return [*items[start:], *items[:start]][:SHOWN]
