"""Templates: the files `*.md` beside this one, or the user's own in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from string import Template

from langgraph_nas.errors import PromptError
from langgraph_nas.prompts.echoes import Echoes

TASK = frozenset(
    [
        "dataset",
        "channels",
        "height",
        "width",
        "n_classes",
        "classes",
        "n_train",
        "epochs",
        "batch_size",
        "limits",
    ]
)
_ROUND = frozenset(["best_result", "current_result", "problem", "inspiration", "modification"])
_DIAGNOSIS = frozenset(
    ["best_result", "current_result", "iteration", "comparison", "details", "lessons"]
)

PLACEHOLDERS: dict[str, frozenset[str]] = {
    "generate_code_first": TASK,
    "generate_code": TASK | _ROUND | {"best_program", "current_program"},
    "generate_edit": TASK | _ROUND | {"best_program", "current_program"},
    "repair": TASK | {"current_program", "current_result", "details"},
    "generate_spec_first": TASK | {"blocks"},
    "generate_spec": TASK | _ROUND | {"blocks", "best_spec", "current_spec"},
    "generate_spec_completion": TASK
    | _ROUND
    | {"blocks", "best_layers", "current_layers", "examples"},
    "diagnose": TASK | _DIAGNOSIS | {"best_program", "current_program"},
    "diagnose_choices": TASK
    | _DIAGNOSIS
    | {"best_program", "current_program", "diagnoses", "changes"},
    "diagnose_choices_completion": TASK
    | _DIAGNOSIS
    | {"current_layers", "best_layers", "diagnoses", "changes", "examples"},
}
"""The placeholders that each template may use."""

REQUIRED: dict[str, frozenset[str]] = {
    "generate_code_first": frozenset({"n_classes"}),
    "generate_code": frozenset({"best_program", "modification"}),
    "generate_edit": frozenset({"best_program", "modification"}),
    "repair": frozenset({"current_program", "current_result"}),
    "generate_spec_first": frozenset({"blocks"}),
    "generate_spec": frozenset({"blocks", "best_spec", "modification"}),
    "generate_spec_completion": frozenset({"modification", "examples"}),
    "diagnose": frozenset({"current_program", "current_result", "lessons"}),
    "diagnose_choices": frozenset({"current_result", "diagnoses", "changes"}),
    "diagnose_choices_completion": frozenset({"current_result", "examples"}),
}
"""The placeholders without which a template would leave its role blind."""


@dataclass(frozen=True)
class Templates:
    """The templates and phrases of one search."""

    texts: Mapping[str, str]
    phrases: Mapping[str, str]

    @cached_property
    def echoes(self) -> Echoes:
        """What these templates say themselves, to tell it from what a model says."""
        return Echoes(self.texts.values())

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Return template `name` with its placeholders filled.

        Raises:
            PromptError: A placeholder has no value.
        """
        return _substitute(name, self.texts[name], values)

    def placeholders(self, name: str) -> frozenset[str]:
        """Return the placeholders that template `name` uses."""
        return frozenset(Template(self.texts[name]).get_identifiers())

    def phrase(self, name: str, **values: object) -> str:
        """Return the phrase `name` with its placeholders filled."""
        return _substitute(f"phrase {name}", self.phrases[name], values)

    def phrases_of(self, prefix: str) -> dict[str, str]:
        """Return the phrases whose names begin with `prefix`, without it, in file order."""
        return {
            name.removeprefix(prefix): text
            for name, text in self.phrases.items()
            if name.startswith(prefix)
        }


@cache
def our_echoes() -> Echoes:
    """Return what our own templates say."""
    return load_templates().echoes


def load_templates(overrides: Mapping[str, str] | None = None) -> Templates:
    """Return our templates, with the user's own where `overrides` (name -> text) has one.

    Raises:
        PromptError: An override has an unknown name, lacks a required placeholder or uses one
            that does not exist.
    """
    texts = {name: _ours(name) for name in PLACEHOLDERS}
    for name, text in (overrides or {}).items():
        _check(name, text)
        texts[name] = text
    return Templates(texts, _read_phrases(_ours("phrases")))


def read_prompt_folder(folder: Path) -> dict[str, str]:
    """Return the user's templates (`NAME.md`) in `folder`, checked, by name.

    Raises:
        PromptError: The folder or a file can't be read, there is no template in it, or one of
            them is not usable.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".md")
        texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"can't read the prompts in {folder}: {error}") from error
    if not texts:
        raise PromptError(f"no prompt in {folder}: expected {', '.join(PLACEHOLDERS)} (.md)")
    for name, text in texts.items():
        _check(name, text)
    return texts


def _check(name: str, text: str) -> None:
    if name not in PLACEHOLDERS:
        raise PromptError(f"unknown prompt {name!r}: expected one of {', '.join(PLACEHOLDERS)}")
    template = Template(text)
    if not template.is_valid():
        raise PromptError(f"prompt {name!r}: a lone $ must be written as $$")
    used = set(template.get_identifiers())
    if missing := sorted(REQUIRED[name] - used):
        raise PromptError(f"prompt {name!r} lacks the placeholder ${missing[0]}")
    if unknown := sorted(used - PLACEHOLDERS[name]):
        known = ", ".join(f"${key}" for key in sorted(PLACEHOLDERS[name]))
        raise PromptError(f"prompt {name!r} has no placeholder ${unknown[0]}; there are {known}")


def _ours(name: str) -> str:
    return (files("langgraph_nas.prompts") / f"{name}.md").read_text(encoding="utf-8")


def _read_phrases(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if ": " in line and not line.startswith("#"))
    return dict(line.split(": ", 1) for line in lines)


def _substitute(name: str, text: str, values: Mapping[str, object]) -> str:
    try:
        return Template(text).substitute(values)
    except KeyError as error:
        raise PromptError(
            f"prompt {name!r}: no value for the placeholder ${error.args[0]}"
        ) from None
