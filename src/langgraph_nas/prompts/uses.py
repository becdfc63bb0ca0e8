"""Uses of the templates: the role and form that each serves, and its placeholders."""

from collections.abc import Iterable
from dataclasses import dataclass

from langgraph_nas.state import RoleName


@dataclass(frozen=True)
class Use:
    """When a template is sent."""

    role: RoleName
    forms: tuple[str, ...]
    """Of `--form` or `--improver-form`."""
    completion: bool | None
    """For base models, which only continue a text, or for all others; None: for any model."""
    when: str


USES: dict[str, Use] = {
    "generate_code_first": Use(
        "generator", ("code", "edit"), None, "the first round, where no program was given"
    ),
    "generate_code": Use(
        "generator", ("code", "edit"), None, "the rounds after it; form `edit`: until one trains"
    ),
    "generate_edit": Use("generator", ("edit",), None, "each round once a network has trained"),
    "repair": Use("generator", ("code", "edit"), None, "after a failure, with `--repairs`"),
    "generate_spec_first": Use(
        "generator", ("spec",), False, "the first round, where no program was given"
    ),
    "generate_spec": Use("generator", ("spec",), False, "the rounds after it"),
    "generate_spec_completion": Use("generator", ("spec",), True, "each round"),
    "diagnose": Use("improver", ("text",), None, "after each trial"),
    "diagnose_choices": Use("improver", ("choices",), False, "after each trial"),
    "diagnose_choices_completion": Use("improver", ("choices",), True, "after each trial"),
}

MEANINGS = {
    "dataset": "name of the data set",
    "channels": "channels of an image",
    "height": "height of an image, in pixels",
    "width": "width of an image, in pixels",
    "n_classes": "number of classes",
    "classes": "names of the classes, the first ones of many",
    "n_train": "images to train on",
    "epochs": "epochs that each network trains",
    "batch_size": "images in a batch",
    "limits": "seconds, memory and budgets that a network must keep to",
    "blocks": "the blocks of form `spec`, with their arguments",
    "best_program": "program of the best network so far",
    "best_result": "which trial that was, and its accuracy",
    "best_spec": "its blocks, numbered, one a line",
    "best_layers": "its blocks as JSON in one line",
    "current_program": "program of the last trial",
    "current_result": "what became of it: accuracy, or where and how it failed",
    "current_spec": "its blocks, numbered, one a line",
    "current_layers": "its blocks as JSON in one line",
    "problem": "the improver's last diagnosis",
    "inspiration": "the idea it named",
    "modification": "the change it asked for",
    "iteration": "number of the last trial",
    "comparison": "whether it beat the best before it",
    "details": "the failing line, module and shapes, and whether that failure came up before",
    "lessons": "the triples in memory: problem, change and what came of it",
    "diagnoses": "names of the diagnoses to choose from",
    "changes": "names of the changes to choose from",
    "examples": "worked examples, which a base model goes on from",
}
"""Placeholder -> what it stands for."""


def unused(
    names: Iterable[str],
    *,
    forms: dict[RoleName, str],
    completion: dict[RoleName, bool],
    silent: Iterable[RoleName] = (),
    repairs: bool = True,
    starts_itself: bool = True,
) -> list[str]:
    """Return those templates that a search will never send.

    Args:
        names: Templates.
        forms: How each role answers.
        completion: Whether the model of each role only continues texts.
        silent: Roles that the search never asks.
        repairs: Whether it has programs repaired.
        starts_itself: Whether the first network is the generator's.
    """

    def is_sent(name: str, use: Use) -> bool:
        return (
            use.role not in set(silent)
            and forms[use.role] in use.forms
            and use.completion in (None, completion[use.role])
            and (repairs or name != "repair")
            and (starts_itself or not name.endswith("_first"))
        )

    return [name for name in names if not is_sent(name, USES[name])]
