"""The settings as options of the command line: made from `SearchConfig`, so none is missing."""

import functools
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from langgraph_nas.config import SECTIONS, Learning, SearchConfig, explain_settings
from langgraph_nas.errors import PromptError, UsageError
from langgraph_nas.registry import METHODS, SPACES

GROUPS: dict[str, tuple[str, ...]] = {
    title: tuple(section.model_fields) for title, section in SECTIONS.items()
}
"""The settings by topic, in the order of help and docs/settings.md."""

MODELS = "auto, ollama:MODEL, embedded, embedded:FILE.gguf, openai:MODEL@URL, or replay:FILE.jsonl"

_FLAGS = {"memory": ("--memory", "-K"), "start_program": ("--start-from",)}
_FILES = ("start_program", "prompts", "data_root")
_METAVARS = {
    "dataset": "NAME|folder:PATH",
    "evaluator": "sandboxed|table:FILE.npz|NAME",
    "method": "|".join((*METHODS.ours, "NAME")),
    "space": "|".join(("auto", *SPACES.ours, "NAME")),
    "start_program": "FILE.py",
    "prompts": "DIR",
    "data_root": "DIR",
    "generator": "MODEL",
    "improver": "MODEL",
}
_EXTRA = {
    "generator": f" One of: {MODELS}.",
    "improver": " As --generator.",
    "start_program": " It has `class Net(nn.Module)`.",
    "prompts": " A folder of .md files with the names of ours, see docs/prompts.md.",
}

Command = Callable[..., None]


def flags(field: str) -> tuple[str, ...]:
    """Return the option's names, e.g. `--train-samples`, or `--share-gpu`, `--no-share-gpu`."""
    name = field.replace("_", "-")
    if _without_none(SearchConfig.model_fields[field]) is bool:
        return (f"--{name}", f"--no-{name}")
    return _FLAGS.get(field, (f"--{name}",))


def describe(field: str) -> str:
    """Return the setting's help: what it is, in one or two sentences."""
    return f"{SearchConfig.model_fields[field].description}{_EXTRA.get(field, '')}"


def default_text(field: str) -> str | None:
    """Return the default as one would type it (of a switch, the flag), None if there is none."""
    if field in Learning._fields:
        return _learning_text(field)
    default = SearchConfig.model_fields[field].get_default(call_default_factory=True)
    if isinstance(default, bool):
        return flags(field)[0 if default else 1]
    return None if default is None or default == {} else f"{default}"


def _learning_text(field: str) -> str:
    """Return what holds where nothing is given, and what in protocol `paper`."""
    own, paper = (
        getattr(SearchConfig.model_validate({"protocol": protocol}).learning, field)
        for protocol in ("validation", "paper")
    )
    words = {True: "on", False: "off"} if isinstance(own, bool) else {}
    return f"{words.get(own, own)} (paper: {words.get(paper, paper)})"


def values_text(field: str) -> str:
    """Return what the option takes, e.g. `INTEGER >= 1` or `auto|code|spec`; a switch: nothing."""
    if field in _METAVARS:
        return _METAVARS[field]
    info = SearchConfig.model_fields[field]
    plain = _without_none(info)
    if plain is bool:
        return ""
    if get_origin(plain) is Literal:
        return "|".join(get_args(plain))
    word = {int: "INTEGER", float: "NUMBER"}.get(plain, "TEXT")
    return " ".join([word, *_bounds(info)])


def with_settings(
    *groups: str, without: Iterable[str] = (), default: str | None = None
) -> Callable[[Command], Command]:
    """Give a command the options of these groups of settings (none named: all groups).

    The command gets what was given as one dict, `settings`: field name -> value. `default` says
    what holds where an option is not given, if that is not the setting's own default.
    """
    fields = [
        field
        for group in groups or GROUPS
        for field in GROUPS[group]
        if field not in tuple(without)
    ]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def wrapped(**given: Any) -> None:
            settings = {field: given.pop(field) for field in fields}
            command(**given, settings={k: v for k, v in settings.items() if v is not None})

        own = [p for p in inspect.signature(command).parameters.values() if p.name != "settings"]
        parameters = own + [_parameter(field, default) for field in fields]
        parameters.sort(key=_panel_order)
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
        del wrapped.__wrapped__  # its signature would win
        return wrapped

    return decorate


def read_settings(settings: dict[str, Any]) -> SearchConfig:
    """Return the settings that were given on the command line; files are read.

    Raises:
        UsageError: A value is out of bounds or a file can't be read; the message names the option.
    """
    values = dict(settings)
    if "start_program" in values:
        from langgraph_nas.programs import read_program_file

        values["start_program"] = read_program_file(values["start_program"], "--start-from")
    if "prompts" in values:
        values["prompts"] = _read_prompts(values["prompts"])
    if "data_root" in values:
        values["data_root"] = str(Path(values["data_root"]).expanduser())
    try:
        return SearchConfig.model_validate(values)
    except ValidationError as error:
        raise UsageError(explain_invalid(error)) from error


def explain_invalid(error: ValidationError) -> str:
    """Return in one line which options are wrong, and why."""
    return explain_settings(error, lambda name, value: f"{flags(name)[0]} {value}")


def _parameter(field: str, default: str | None) -> inspect.Parameter:
    plain = _without_none(SearchConfig.model_fields[field])
    kind = Path if field in _FILES else plain if plain in (int, float, bool) else str
    names = flags(field)
    default = default or default_text(field)
    option = typer.Option(
        *(["/".join(names)] if plain is bool else names),
        help=describe(field) + (f" Default: {default}." if default else ""),
        metavar=values_text(field).partition(" ")[0],
        rich_help_panel=next(group for group, fields in GROUPS.items() if field in fields),
        show_default=False,
    )
    return inspect.Parameter(
        field,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )


def _panel_order(parameter: inspect.Parameter) -> int:
    """Return where a parameter goes in the help: what is no setting comes first in its panel."""
    panel = getattr(parameter.annotation.__metadata__[0], "rich_help_panel", None)
    return list(GROUPS).index(panel) if panel in GROUPS else -1


def _without_none(info: FieldInfo) -> Any:
    """Return the field's type; of `int | None`, int."""
    kinds = [kind for kind in get_args(info.annotation) if kind is not NoneType]
    is_optional = NoneType in get_args(info.annotation)
    return kinds[0] if is_optional else info.annotation


def _bounds(info: FieldInfo) -> list[str]:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    return [
        f"{sign} {getattr(bound, name)}"
        for bound in info.metadata
        for name, sign in signs.items()
        if hasattr(bound, name)
    ]


def _read_prompts(folder: Path) -> dict[str, str]:
    from langgraph_nas.prompts import read_prompt_folder

    try:
        return read_prompt_folder(folder)
    except PromptError as error:
        raise PromptError(f"--prompts {folder}: {error}") from error
