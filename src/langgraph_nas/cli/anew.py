"""The command of another search in the place of one whose settings can't work."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langgraph_nas.cli.settings import GROUPS, flags
from langgraph_nas.config import SearchConfig
from langgraph_nas.config.learning import Learning

_TEXTS = ("start_program", "prompts")
"""Settings that are read from files, and so are no words of a command."""


def new_search_command(
    config: SearchConfig,
    instead: Mapping[str, Any],
    best: Path | None,
    database: Path,
    default_database: Path,
) -> str:
    """Return the command of a search with these settings but for some.

    Args:
        config: The settings of the search that can't go on.
        instead: What is to be different.
        best: Its best network, with which the new one begins; None if there is none.
        database: The archive's file.
        default_database: What it is when it isn't named.
    """
    changes = dict(instead)
    if (
        "prompt_tokens" in changes
        and config.num_ctx is not None
        and config.num_ctx < (changes["prompt_tokens"] + config.reply_tokens)
    ):
        changes["num_ctx"] = None  # what prompt and reply need
    words = ["langgraph-nas", "search", *_options(config.model_copy(update=changes))]
    if best is not None:
        words += [flags("start_program")[0], str(best)]
    if database.absolute() != default_database.absolute():
        words += ["--database", str(database)]
    return shlex.join(words)


def _options(config: SearchConfig) -> list[str]:
    """Return the options that say what is not as it is by default."""
    usual = SearchConfig.model_validate({})
    words: list[str] = []
    both = config.generator == config.improver != usual.generator
    if both:
        words += ["--llm", config.generator]
    for field in (name for group in GROUPS.values() for name in group):
        value = getattr(config, field)
        is_usual = value == getattr(usual, field) or (
            field in Learning._fields
            and getattr(config.learning, field) == getattr(usual.learning, field)
        )
        if is_usual or field in _TEXTS or (both and field in ("generator", "improver")):
            continue
        if isinstance(value, bool):
            words.append(flags(field)[0 if value else 1])
        elif value is not None:
            words += [flags(field)[0], str(value)]
    return words
