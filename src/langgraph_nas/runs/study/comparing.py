"""compare_methods(): run all searches of a comparison, and say what came of them."""

import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.methods import asks_llm
from langgraph_nas.runs.announcing import OnEvent
from langgraph_nas.runs.study.arms import DEFAULT_ARMS, SEEDS, PlannedSearch, plan_tasks
from langgraph_nas.runs.study.reading import is_finished, read_run, read_study
from langgraph_nas.runs.study.resolving import refuse_other, resolve, with_resolved
from langgraph_nas.runs.study.result import Study
from langgraph_nas.runs.study.running import open_shared
from langgraph_nas.runs.study.workers import run_in_processes
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import (
    AnyPath,
    OnProgress,
    archive_path,
    with_known_data,
)
from langgraph_nas.session.finalists import unmeasured


def compare_methods(
    config: SearchConfig,
    *,
    arms: Sequence[str] = DEFAULT_ARMS,
    seeds: int = SEEDS,
    jobs: int = 1,
    name: str | None = None,
    database: AnyPath | None = None,
    generator: BaseChatModel | None = None,
    improver: BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> Study:
    """Search by each method under the same budget and with the same seeds, and compare.

    Each search is one of its own in the archive, named NAME-ARM-SEED; those that are there already
    are not run again, and one that was stopped goes on. A hand-written ResNet-9, trained under
    the same recipe, is part of every comparison.

    Args:
        config: The settings of all searches but for what makes an arm; its seed is the first one.
        arms: Of `ARMS`; the first is what others are compared with, unless `full` is among them.
        seeds: How many seeds; each arm gets the same ones.
        jobs: Searches at a time, in processes of their own; a script that asks for several needs
            `if __name__ == "__main__":`. CPUs and GPU memory are divided between them.
        name: Of the comparison; default: `compare-` and the data set.
        database: The archive's file.
        generator: A chat model in place of `config.generator`; one job only.
        improver: A chat model in place of `config.improver`; one job only.
        sandbox: A sandbox in place of `config.sandbox`; stays open; one job only.
        on_event: Told of `iteration_ended` of each search, and of `compared`: a search is through.
        on_progress: Told what is being set up.
        stop: Set it from another thread to end it cleanly; what is finished is told.
        build_image: Build the Docker image where it is missing.

    Raises:
        UsageError: It can't be carried out as asked, e.g. was begun with other settings.
        ResumableError: A search had to stop; the same call goes on.
    """
    config = with_known_data(config)
    path, stop = archive_path(database), stop or threading.Event()
    name = name or _default_name(config)
    models = {k: v for k, v in (("generator", generator), ("improver", improver)) if v is not None}
    _refuse(config, seeds, jobs, objects=bool(models) or sandbox is not None)
    tasks = plan_tasks(name, config, arms, [config.seed + n for n in range(seeds)])
    begun, todo = _begun(tasks, path, models, sandbox)
    if todo:
        resolved = resolve(
            _shared(config, todo),
            begun,
            jobs,
            sandbox=sandbox,
            models=models,
            build_image=build_image,
            on_progress=on_progress,
        )
        todo = [with_resolved(task, resolved) for task in todo]
        told = _Telling(path, len(tasks), len(tasks) - len(todo), on_event)
        if jobs == 1:
            with open_shared(resolved, path, sandbox=sandbox, models=models) as place:
                for task in todo:
                    if not stop.is_set():
                        place.run(task, told.tell, stop)
                        told.done(task)
        else:
            run_in_processes(
                todo, resolved, path, jobs=jobs, tell=told.tell, done=told.done, stop=stop
            )
    with Archive.open(path, readonly=True) as archive:
        return read_study(name, tasks, archive)


def _refuse(config: SearchConfig, seeds: int, jobs: int, *, objects: bool) -> None:
    if seeds < 1 or jobs < 1:
        raise UsageError("a comparison needs at least one seed and one job")
    if config.finalists < 1:
        raise UsageError(
            "a comparison counts what the best network scores when it is trained again: "
            "--finalists must be at least 1"
        )
    if config.review != "never" or config.start_program is not None:
        raise UsageError("the searches of a comparison have neither reviews nor a start program")
    if config.reuse != "search":
        raise UsageError(
            "the searches of a comparison take no results from each other, as what one costs would "
            "depend on which ran before: leave out --reuse database"
        )
    if objects and jobs > 1:
        raise UsageError("chat model and sandbox objects can't go to other processes: jobs=1")


def _default_name(config: SearchConfig) -> str:
    dataset = re.sub(r"[^A-Za-z0-9._]+", "-", Path(config.dataset).name).strip("-._")
    return f"compare-{dataset[:60] or 'data'}"


def _begun(
    tasks: Sequence[PlannedSearch],
    database: Path,
    models: Mapping[str, Any],
    sandbox: Sandbox | None,
) -> tuple[list[SearchConfig], list[PlannedSearch]]:
    """Return the settings of the searches that are there, and those that are still to be run.

    Raises:
        UsageError: One of them was begun with other settings.
    """
    with Archive.open(database) as archive:
        there = set(archive.names())
        begun = [
            (task, SearchConfig.model_validate(archive.search(task.name)["settings"]))
            for task in tasks
            if task.name in there
        ]
        for task, frozen in begun:
            refuse_other(task, frozen, models, sandbox)
        finished = {
            task.name
            for task, _ in begun
            if is_finished(task.name, archive) and not unmeasured(task.name, archive)
        }
    return [frozen for _, frozen in begun], [task for task in tasks if task.name not in finished]


def _shared(config: SearchConfig, tasks: Sequence[PlannedSearch]) -> SearchConfig:
    """Return the settings that searches share: with a method that asks no LLM, if none does."""
    drawn = all(not asks_llm(task.config.method) for task in tasks)
    return config.model_copy(update={"method": tasks[0].config.method}) if drawn else config


class _Telling:
    """Tells how far a comparison is."""

    def __init__(self, database: Path, of: int, finished: int, on_event: OnEvent | None) -> None:
        self._database, self._of, self._finished = database, of, finished
        self.tell = on_event or (lambda event: None)

    def done(self, task: PlannedSearch) -> None:
        """Tell of a search that is through, unless it was stopped."""
        with Archive.open(self._database, readonly=True) as archive:
            if not is_finished(task.name, archive):
                return
            run = read_run(task, archive)
        self._finished += 1
        self.tell({"event": "compared", "run": run, "number": self._finished, "of": self._of})
