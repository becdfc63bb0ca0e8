"""The named diagnoses and changes that an improver of form `choices` picks from."""

from typing import Any

from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.prompts import Templates
from langgraph_nas.state import Evaluation, Suggestion


def diagnoses(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the diagnoses that fit this outcome."""
    return OUTCOMES[evaluation["outcome"]].diagnoses


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
