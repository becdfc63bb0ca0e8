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


FAMILIES = (
    *("change_", "direction_", "example_trial_", "example_failed_", "example_new_"),
    "example_edit_",
)
"""Prefixes of phrases that a space may bring its own of."""


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


def load_templates(
    overrides: Mapping[str, str] | None = None,
    *,
    texts: Mapping[str, str] | None = None,
    phrases: Mapping[str, str] | None = None,
) -> Templates:
    """Return the templates of a search.

    Args:
        overrides: The user's own, by name; they go before all others.
        texts: A space's own, by name.
        phrases: A space's own; where it has some of a family, ours of that family are left out.

    Raises:
        PromptError: Overrides have unknown names, lack required placeholders or use some that do
            not exist; all of them are named.
    """
    ours = {name: _ours(name) for name in PLACEHOLDERS} | dict(texts or {})
    own = overrides or {}
    _refuse([problem for name, text in own.items() for problem in _problems(name, text)])
    return Templates({**ours, **own}, _merged(read_phrases(_ours("phrases")), phrases or {}))


def _merged(ours: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    replaced = tuple(family for family in FAMILIES if any(name.startswith(family) for name in own))
    kept = {name: text for name, text in ours.items() if not name.startswith(replaced)}
    return {**kept, **own}


def read_prompt_folder(folder: Path) -> dict[str, str]:
    """Return the user's templates (`NAME.md`) in `folder`, checked, by name.

    Left out are those that are as ours, a README and hidden files.

    Raises:
        PromptError: The folder or a file can't be read, there is no template in it, or some of
            them are not usable; all of these are named.
    """
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix == ".md" and not _is_aside(p))
        texts = {path.stem: path.read_text(encoding="utf-8-sig") for path in paths}
    except OSError as error:
        raise PromptError(f"can't read the prompts: {error.filename}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PromptError(
            f"can't read the prompts: a file in {folder} is not UTF-8 text ({error})"
        ) from error
    if not texts:
        raise PromptError(
            f"there is no prompt in the folder: expected {', '.join(PLACEHOLDERS)} (.md); "
            "`langgraph-nas prompts --to DIR` writes ours"
        )
    changed = {name: text for name, text in texts.items() if not _is_ours(name, text)}
    _refuse([problem for name, text in changed.items() for problem in _problems(name, text)])
    return changed


def write_prompt_folder(folder: Path, *, force: bool = False) -> list[Path]:
    """Write our templates into a folder, to change them and give it as `--prompts`.

    Args:
        folder: Made where it is missing.
        force: Write over files that are there and differ.

    Returns:
        The files.

    Raises:
        PromptError: Files are there already; nothing was written. Or they can't be written.
    """
    texts = {folder / f"{name}.md": _ours(name) for name in PLACEHOLDERS}
    try:
        differ = [f.name for f, text in texts.items() if f.exists() and _text_of(f) != text]
        if differ and not force:
            raise PromptError(
                f"{folder} has other files of these names: {', '.join(differ)}; give another "
                "folder, or --force to write over them"
            )
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PromptError(f"can't write the prompts: {error.filename}: {error.strerror}") from error
    return list(texts)


def _text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _is_aside(path: Path) -> bool:
    """Tell whether a file is no template, and nobody would think so."""
    return path.name.startswith(".") or path.stem.lower() == "readme"


def _is_ours(name: str, text: str) -> bool:
    is_known = name in PLACEHOLDERS or name == "phrases"
    return is_known and text.split() == _ours(name).split()


def _refuse(problems: list[str]) -> None:
    if problems:
        raise PromptError("; ".join(problems))


def _problems(name: str, text: str) -> list[str]:
    """Return all that is wrong with a template."""
    if name == "phrases":
        return ["prompt 'phrases': these are ours alone and can't be changed; leave phrases.md out"]
    if name not in PLACEHOLDERS:
        return [f"unknown prompt {name!r}: expected one of {', '.join(PLACEHOLDERS)}"]
    template = Template(text)
    if not template.is_valid():
        return [f"prompt {name!r}: a lone $ must be written as $$"]
    used, found = set(template.get_identifiers()), []
    if missing := sorted(REQUIRED[name] - used):
        found.append(f"prompt {name!r} lacks the placeholder{_listed(missing)}")
    if unknown := sorted(used - PLACEHOLDERS[name]):
        known = ", ".join(f"${key}" for key in sorted(PLACEHOLDERS[name]))
        found.append(f"prompt {name!r} has no placeholder{_listed(unknown)}; there are {known}")
    return found


def _listed(names: list[str]) -> str:
    """Return placeholders as they go on after the word `placeholder`."""
    return f"{'s' if len(names) > 1 else ''} {', '.join(f'${name}' for name in names)}"


def _ours(name: str) -> str:
    return (files("langgraph_nas.prompts") / f"{name}.md").read_text(encoding="utf-8")


def read_phrases(text: str) -> dict[str, str]:
    """Return the phrases of a file: `name: text` a line."""
    lines = (line for line in text.split("\n") if ": " in line and not line.startswith("#"))
    return dict(line.split(": ", 1) for line in lines)


def _substitute(name: str, text: str, values: Mapping[str, object]) -> str:
    try:
        return Template(text).substitute(values)
    except KeyError as error:
        raise PromptError(
            f"prompt {name!r}: no value for the placeholder ${error.args[0]}"
        ) from None
