"""The last words of a search: scores, where things are, and what to do next."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from langgraph_nas.report.notes import is_looked_up, isolation_note, paper_note
from langgraph_nas.report.text import counted, duration, score

if TYPE_CHECKING:
    from langgraph_nas.runs import SearchResult

_REASONS = {
    "iterations": "all iterations are done",
    "target_accuracy": "the target accuracy is reached",
    "time_budget": "the time budget is spent",
    "interrupted": "interrupted",
}


def ending_text(result: "SearchResult", default_database: Path, *, again: str | None = None) -> str:
    """Return what a search found, for people.

    Args:
        result: The end of the search.
        default_database: What the archive's file is when it isn't named.
        again: The command that goes on with a search that can't be made longer.
    """
    lines = [
        "",
        f"{_REASONS.get(result.stopped, result.stopped)}: "
        f"{counted(result.iterations, 'iteration')} in {duration(result.seconds)}, "
        f"{result.valid} valid, {result.distinct_valid} of them distinct",
        *(_scores(result) if result.best_accuracy is not None else [_nothing(result)]),
        f"  database      {result.database}",
        *[f"  note: {note}" for note in _notes(result)],
        "",
        *_next_commands(result, default_database, again),
    ]
    return "\n".join(lines)


def resume_command(name: str, database: Path, default_database: Path) -> str:
    """Return the command that goes on with a search."""
    return f"langgraph-nas resume {name}{_where(database, default_database)}"


def replay_command(name: str, new_name: str, database: Path, default_database: Path) -> str:
    """Return the command that goes on with a replay and checks it."""
    where = _where(database, default_database)
    return f"langgraph-nas replay {name} --name {new_name} --check{where}"


def _scores(result: "SearchResult") -> list[str]:
    split = result.scored_split
    lines = [
        f"  first         {score(result.first_accuracy)} on {split}",
        f"  best          {score(result.best_accuracy)} on {split}, "
        f"at iteration {result.best_iteration}",
    ]
    if result.remeasured_accuracy is not None and not is_looked_up(result.isolation):
        lines.append(
            f"  re-measured   {score(result.remeasured_accuracy)} on {split}, the best trained "
            "again with a new seed"
        )
    if result.test_accuracy is not None and split != "test":
        lines.append(f"  test          {score(result.test_accuracy)}, scored once")
    if result.best_program is not None:
        lines.append(f"  best network  {result.best_program}")
    return lines


def _nothing(result: "SearchResult") -> str:
    if not result.iterations:
        return "  no iteration was finished"
    return "  no network trained; `langgraph-nas show` says why each failed"


def _notes(result: "SearchResult") -> list[str]:
    # Of equal scores the earliest is the best, so the first is the best where they are equal.
    is_first = result.valid > 1 and result.best_accuracy == result.first_accuracy
    first = "the first network was the best: no later one beat it" if is_first else None
    known = (first, paper_note(result.scored_split == "test"), isolation_note(result.isolation))
    return [note for note in known if note]


def _next_commands(result: "SearchResult", default_database: Path, again: str | None) -> list[str]:
    name, where = result.name, _where(Path(result.database), default_database)
    resume = resume_command(name, Path(result.database), default_database)
    if result.stopped == "interrupted":
        return [f"go on with: {again or resume}"]
    commands = [f"langgraph-nas show {name}{where}"]
    if result.best_accuracy is not None:
        commands.append(f"langgraph-nas export {name} --to {name}-export{where}")
    if again is None:
        commands.append(f"{resume} --iterations {max(2 * result.iterations, 1)}")
    return ["next:", *[f"  {command}" for command in commands]]


def _where(database: Path, default_database: Path) -> str:
    same = database.absolute() == default_database.absolute()
    return "" if same else f" --database {shlex.quote(str(database))}"
