"""Write tables of settings, commands and the like, and the graph, into the docs, from the code.

`python -m langgraph_nas.cli.docs docs/*.md` replaces what stands between `<!-- settings -->` and
`<!-- /settings -->`, and likewise for all of `TABLES` that a file has marks for; with `--check`
it only says, by exit code 1, whether something is out of date.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer.main

from langgraph_nas.cli.app import PROGRAM, app
from langgraph_nas.cli.settings import GROUPS, default_text, describe, flags, values_text
from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import datasets_table
from langgraph_nas.graph import create_nas_graph
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.prompts import MEANINGS, PLACEHOLDERS, REQUIRED, USES
from langgraph_nas.state import MEASURES

_SETTING = ("option", "value", "default", "what")


def settings_table() -> str:
    """Return all settings as Markdown: one table for each topic."""
    parts = []
    for group, fields in GROUPS.items():
        rows = [_settings_row(field) for field in fields]
        parts.append(f"**{group}**\n\n" + _table(_SETTING, rows))
    return "\n\n".join(parts)


def datasets_text() -> str:
    """Return the data sets as a Markdown table."""
    columns = ["name", "shape", "augmentation", "batch size", "train", "test", "download (MB)"]
    columns.append("loader checked on")
    rows = [
        [f"`{row['name']}`", *(str(row[key]) for key in columns[1:])] for row in datasets_table()
    ]
    return _table(columns, rows)


def commands_text() -> str:
    """Return all commands as Markdown: what each does, its arguments and options."""
    return "\n\n".join(_command_text(path, command) for path, command in _commands())


def outcomes_text() -> str:
    """Return the classes of outcomes as a Markdown table."""
    return _table(
        ("outcome", "what it means"), [(f"`{k}`", v.meaning) for k, v in OUTCOMES.items()]
    )


def measures_text() -> str:
    """Return what is measured of each network as a Markdown table."""
    rows = [("`parameters`", "parameters, trainable or not")]
    rows += [(f"`{name}`", meaning) for name, meaning in MEASURES.items()]
    return _table(("measure", "what it is"), rows)


def graph_text() -> str:
    """Return the drawing of the search graph, as Mermaid."""
    drawn = create_nas_graph().compile(name="nas").get_graph().draw_mermaid()
    return f"```mermaid\n{drawn.strip()}\n```"


def prompts_text() -> str:
    """Return which prompt serves which role and form, as a Markdown table."""
    models = {None: "any", True: "base", False: "chat"}
    rows = [
        (
            f"`{name}`",
            use.role,
            ", ".join(f"`{form}`" for form in use.forms),
            models[use.completion],
            use.when,
            ", ".join(f"`${key}`" for key in sorted(REQUIRED[name])),
        )
        for name, use in USES.items()
    ]
    return _table(("prompt", "role", "form", "model", "sent", "must use"), rows)


def placeholders_text() -> str:
    """Return what each placeholder stands for and which prompts may use it, as Markdown."""
    rows = []
    for key, meaning in MEANINGS.items():
        users = [f"`{name}`" for name in PLACEHOLDERS if key in PLACEHOLDERS[name]]
        some = ", ".join(users)
        if len(users) > len(PLACEHOLDERS) / 2:
            others = [f"`{name}`" for name in PLACEHOLDERS if key not in PLACEHOLDERS[name]]
            some = f"all but {', '.join(others)}" if others else "all"
        rows.append((f"`${key}`", meaning, some))
    return _table(("placeholder", "what it stands for", "in"), rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "datasets": datasets_text,
    "settings": settings_table,
    "cli": commands_text,
    "outcomes": outcomes_text,
    "measures": measures_text,
    "graph": graph_text,
    "prompts": prompts_text,
    "placeholders": placeholders_text,
}
"""Mark -> what stands there."""


def rewrite(text: str) -> str:
    """Return `text` with every table that it has marks for.

    Raises:
        ValueError: One of its marks is not closed, or there is no such table.
    """
    for mark in marks(text):
        if mark not in TABLES:
            raise ValueError(f"there is no table {mark!r}, but {', '.join(TABLES)}")
        text = replace(text, mark, TABLES[mark]())
    return text


def marks(text: str) -> list[str]:
    """Return the names of the tables that `text` has opening or closing marks for."""
    return list(dict.fromkeys(re.findall(r"^<!-- /?([\w-]+) -->$", text, re.MULTILINE)))


def replace(text: str, mark: str, body: str) -> str:
    """Return `text` with `body` between `<!-- mark -->` and `<!-- /mark -->`.

    Raises:
        ValueError: The marks are not there, or not in this order.
    """
    opening, closing = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, found, rest = text.partition(opening)
    _, ended, after = rest.partition(closing)
    if not found or not ended:
        raise ValueError(f"{opening} ... {closing} is not in it")
    return f"{before}{opening}\n\n{body}\n\n{closing}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite or check files; return 1 if `--check` finds one out of date, 2 if one can't be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="+")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args(arguments)
    return max(_rewrite_file(file, check=given.check) for file in given.file)


def _rewrite_file(file: Path, *, check: bool) -> int:
    try:
        old = file.read_text(encoding="utf-8")
        new = rewrite(old)
    except (OSError, ValueError) as error:
        print(f"error: {file}: {error}", file=sys.stderr)
        return 2
    if new == old:
        return 0
    if check:
        print(f"{file} is out of date; run `make docs`", file=sys.stderr)
        return 1
    file.write_text(new, encoding="utf-8")
    return 0


def _settings_row(field: str) -> tuple[str, str, str, str]:
    default = default_text(field)
    names = ", ".join(f"`{flag}`" for flag in flags(field))
    values = values_text(field)
    quoted = [f"`{text}`" if text else "" for text in (values, default)]
    return (names, quoted[0], quoted[1], describe(field))


def _commands() -> Iterator[tuple[str, Any]]:
    """Yield each command with its full name, those of groups included."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield f"{PROGRAM} {name}", command
        else:
            yield from ((f"{PROGRAM} {name} {part}", each) for part, each in inner.items())


def _command_text(path: str, command: Any) -> str:
    settings = [p for p in command.params if _is_setting(p)]
    shown = [p for p in command.params if p not in settings]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    usage = " ".join([path, *[p.metavar for p in arguments], "[OPTIONS]"])
    rows = [_option_row(p) for p in shown if p.param_type_name == "option"]
    parts = [f"**`{usage}`**", str(command.help).strip()]
    if settings:
        own = [f"`{p.opts[0]}`" for p in settings]
        every = len(settings) == len(SearchConfig.model_fields)
        which = "all of them" if every else ", ".join(own)
        parts.append(f"[Settings](settings.md): {which}.")
    return "\n\n".join([*parts, *([_table(_SETTING, rows)] if rows else [])])


def _is_setting(parameter: Any) -> bool:
    """Tell a setting from an option of the command's own that has the name of one."""
    return getattr(parameter, "rich_help_panel", None) in GROUPS and (
        parameter.name in SearchConfig.model_fields
    )


def _option_row(parameter: Any) -> tuple[str, str, str, str]:
    values = "" if parameter.is_flag else parameter.metavar
    default = "" if parameter.default in (None, False) else f"{parameter.default}"
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    return (names, *(f"`{text}`" if text else "" for text in (values, default)), parameter.help)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


if __name__ == "__main__":
    sys.exit(main())
