"""The named diagnoses and changes that an improver of form `choices` picks from."""

from typing import Any

from langgraph_nas.prompts import Templates
from langgraph_nas.state import Evaluation, Suggestion

_OF_A_SCORE = (
    "too_small",
    "too_large",
    "poor_gradients",
    "too_coarse",
    "too_local",
    "weak_head",
    "overfits",
    "near_best",
)
_OF_A_FAILURE: dict[str, tuple[str, ...]] = {
    "duplicate": ("repeated", "near_best"),
    "near_duplicate": ("repeated", "near_best"),
    "no_code": ("broken_program",),
    "syntax_error": ("broken_program",),
    "bad_structure": ("broken_program",),
    "edit_failed": ("broken_program",),
    "build_error": ("broken_shapes", "broken_program"),
    "forward_error": ("broken_shapes", "broken_program"),
    "bad_output": ("weak_head", "broken_shapes", "broken_program"),
    "not_finite": ("unstable", "poor_gradients", "too_large"),
    "out_of_memory": ("too_expensive", "too_large"),
    "over_budget": ("too_expensive", "too_large"),
    "timeout": ("too_expensive", "too_large"),
}
_OTHERWISE = ("broken_program", "too_expensive", "unstable")


def diagnoses(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the diagnoses that fit this outcome."""
    if evaluation["outcome"] == "ok":
        return _OF_A_SCORE
    return _OF_A_FAILURE.get(evaluation["outcome"], _OTHERWISE)


def changes(templates: Templates) -> tuple[str, ...]:
    """Return the changes on offer."""
    return tuple(templates.phrases_of("change_"))


def choice_schema(evaluation: Evaluation, offered: list[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer: one diagnosis and one of the changes on offer."""
    return {
        "type": "object",
        "properties": {
            "diagnosis": {"enum": list(diagnoses(evaluation))},
            "change": {"enum": offered},
        },
        "required": ["diagnosis", "change"],
        "additionalProperties": False,
    }


def suggestion_of_choice(
    diagnosis: str, change: str, evaluation: Evaluation, templates: Templates
) -> Suggestion:
    """Return the words for a chosen diagnosis and change."""
    return Suggestion(
        problem=templates.phrase(f"diagnosis_{diagnosis}"),
        inspiration=f"{diagnosis} after {evaluation['outcome']}",
        modification=templates.phrase(f"change_{change}"),
        source="llm",
    )
