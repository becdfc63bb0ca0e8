"""One sandbox and one loaded model for the searches of a comparison, run in turn."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import is_sandboxed
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.methods import asks_llm
from langgraph_nas.runs.run import resume, search
from langgraph_nas.runs.study.arms import HAND_WRITTEN, PlannedSearch
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import open_config_sandbox

Tell = Callable[[dict[str, Any]], None]

_LOADED = ("auto", "embedded")
"""Models that this process runs itself: loaded once, for as long as somebody holds them."""


@dataclass(frozen=True)
class Shared:
    """What the searches share."""

    database: Path
    sandbox: Sandbox | None
    """None: nothing is trained."""
    models: dict[str, Any] = field(default_factory=dict)
    """Chat model objects in place of those of the settings, by role."""

    def run(self, task: PlannedSearch, tell: Tell, stop: threading.Event) -> None:
        """Run a search, or go on with it where it stopped.

        Raises:
            UsageError: It can't be run as asked.
            ResumableError: It had to stop.
        """
        with Archive.open(self.database) as archive:
            known = task.name in archive.names()

        def forward(event: dict[str, Any]) -> None:
            if event["event"] == "iteration_ended":
                tell({**event, "search": task.name})

        shared = {
            "database": self.database,
            "sandbox": self.sandbox,
            "on_event": forward,
            "stop": stop,
            **self.models,
        }
        try:
            if known:
                resume(task.name, **shared)
            else:
                search(task.config, name=task.name, **shared)
        except UsageError as error:
            if task.arm != HAND_WRITTEN:
                raise
            raise UsageError(f"the hand-written ResNet-9 can't be trained here: {error}") from error


@contextmanager
def open_shared(
    config: SearchConfig,
    database: Path,
    *,
    sandbox: Sandbox | None = None,
    models: dict[str, Any] | None = None,
) -> Iterator[Shared]:
    """Yield the place for searches with these settings; what was opened is closed at the end."""
    with ExitStack() as stack:
        given = models or {}
        for name in ("generator", "improver"):
            model = getattr(config, name)
            is_loaded = name not in given and model.partition(":")[0] in _LOADED
            if is_loaded and asks_llm(config.method):
                # Each search opens it again, at no cost while it is held here.
                stack.callback(open_role(name, model, Sampling.of(config)).close)
        if sandbox is None and is_sandboxed(config):
            sandbox = open_config_sandbox(stack, config, False, lambda line: None)
        yield Shared(database, sandbox, given)
