"""The collaborators of a search: what nodes need and state may not hold."""

import threading
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import Evaluator, Pool
from langgraph_nas.llm import Journal, Role
from langgraph_nas.llm.sampling import RECORDED
from langgraph_nas.prompts import Parts, Prompt, Templates, fit, load_templates
from langgraph_nas.spaces import Space
from langgraph_nas.state import Candidate, Form, Move, RoleName, SearchState, Suggestion
from langgraph_nas.task import Task
from langgraph_nas.trials.answers import Answer
from langgraph_nas.trials.seen import SeenPrograms
from langgraph_nas.trials.shortcomings import EmptyReplies

SHOWN_CLASSES = 20
"""Class names listed in a prompt; of more, these and the count."""


class Method(Protocol):
    """How candidates are proposed, and what is learnt from what became of them.

    `methods.Method` has what most have in common. A method keeps nothing between two calls: what
    it goes on from is in the state and in the archive, so that a killed search goes on as it was.
    """

    name: str
    roles: tuple[RoleName, ...]
    """The LLM roles that it asks; none are opened for others."""
    moves: tuple[Move, ...]
    """How a round of it may be explored when the search stagnates."""

    def check(self, space: Space) -> None:
        """Make sure that it can search this space.

        Raises:
            UsageError: It can't; the message says what to do.
        """
        ...

    def propose(
        self, state: SearchState, context: "SearchContext"
    ) -> Generator[Any, Any, Candidate]:
        """Return the next candidate; yield what is to be asked for it.

        Args:
            state: After the iteration before; `iteration` is that one's number.
            context: The collaborators.
        """
        ...

    def advise(
        self, state: SearchState, context: "SearchContext"
    ) -> Generator[Any, Any, Suggestion]:
        """Return what to try next, after `state["evaluation"]`; yield what is to be asked."""
        ...

    def facts(self, settings: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a search must go on to know of its start, as plain values.

        Args:
            settings: Its settings, as they were at its start.
            facts: What is recorded of it already.
        """
        ...


@dataclass(frozen=True)
class SearchContext:
    """Runtime context of the graph: settings, chat models, evaluator and archive.

    Attributes:
        config: The frozen settings.
        generator: The Code Generator.
        improver: The Prompt Improver.
        evaluator: Finds out how good a candidate is.
        space: Where candidates come from.
        method: How they are proposed.
        archive: Where trials, triples and LLM calls are recorded.
        journal: Where finished replies are kept, so that a killed search gets them again.
        templates: The words for both roles.
        stop: Set it to end the search; what runs is killed, what is finished is kept.
        opened_at: On the monotonic clock; a pause before it is not the search's time.
        may_fork: Whether the search may be taken up from an earlier checkpoint; see `forks`.
        empties: Of how many replies in a row nothing came.
        answers: What was decided in this node already, if the search forked in it.
        pool: Where several candidates train at a time; None: one after the other.
    """

    config: SearchConfig
    generator: Role
    improver: Role
    evaluator: Evaluator
    space: Space
    method: Method
    archive: Archive
    journal: Journal
    templates: Templates = field(default_factory=load_templates)
    stop: threading.Event = field(default_factory=threading.Event)
    opened_at: float = field(default_factory=time.monotonic)
    may_fork: bool = False
    empties: EmptyReplies = field(default_factory=EmptyReplies)
    answers: list[Answer] = field(default_factory=list)
    pool: Pool | None = None

    @cached_property
    def seen(self) -> SeenPrograms:
        """The programs that trained, to tell what is almost one of them."""
        return SeenPrograms(self.config.near_duplicate)

    @property
    def task(self) -> Task:
        """What is learnt."""
        return self.evaluator.task

    @property
    def form(self) -> Form:
        """How networks are proposed."""
        return self.space.form

    @property
    def improver_form(self) -> Literal["text", "choices"]:
        """How the improver answers."""
        if self.config.improver_form != "auto":
            return self.config.improver_form
        return "choices" if self.improver.embedded else "text"

    @property
    def original(self) -> str | None:
        """The search of which this one is a replay, None if it is none."""
        model = self.config.generator
        return model.removeprefix(RECORDED) if model.startswith(RECORDED) else None

    @property
    def makes_room(self) -> bool:
        """Whether the LLMs leave the GPU before each training."""
        return self.config.share_gpu and self.evaluator.device == "cuda"

    def make_room(self) -> dict[str, str]:
        """Have the roles' models leave the GPU; return role -> why it can't, told once."""
        problems = {role.name: role.unload() for role in (self.generator, self.improver)}
        return {name: problem for name, problem in problems.items() if problem is not None}

    def role(self, name: RoleName) -> Role:
        """Return the role of that name."""
        return self.generator if name == "generator" else self.improver

    def prompt_budget(self, role: Role) -> int:
        """Return the most tokens of a prompt for this role: the setting, or what it can read."""
        return min(self.config.prompt_tokens, role.prompt_limit)

    def prompt(self, role: Role, parts: Parts) -> Prompt:
        """Return a prompt for this role, within its token budget."""
        budget, count = self.prompt_budget(role), role.count_tokens
        return fit(self.templates, **parts, budget=budget, count=count)

    def task_values(self) -> Mapping[str, object]:
        """Return the placeholders that state shape, classes and limits of the data set."""
        task = self.task
        channels, height, width = task.shape
        names = [str(name) for name in task.classes]
        more = f" and {len(names) - SHOWN_CLASSES} more" if len(names) > SHOWN_CLASSES else ""
        return {
            "dataset": task.dataset,
            "channels": channels,
            "height": height,
            "width": width,
            "n_classes": len(names),
            "classes": ", ".join(names[:SHOWN_CLASSES]) + more,
            "n_train": task.n_train,
            "epochs": self.config.epochs,
            "batch_size": self.config.batch_size or task.batch_size,
            "limits": self._limits_text(),
        }

    def _limits_text(self) -> str:
        """Return the limits of a candidate, and the budgets that are set."""
        config, phrase = self.config, self.templates.phrase
        budgets = {
            "limit_params": config.max_params,
            "limit_macs": config.max_macs,
            "limit_latency": config.max_latency,
            "limit_memory": config.max_memory,
        }
        seconds = f"{config.time_limit:g}"
        first = phrase("limits", seconds=seconds, memory_mb=self._training_memory_mb)
        rest = [phrase(name, most=f"{most:,}") for name, most in budgets.items() if most]
        return "; ".join([first, *rest])

    @property
    def _training_memory_mb(self) -> int:
        on_gpu = self.config.device_memory_mb if self.evaluator.device == "cuda" else None
        return on_gpu or self.config.memory_mb
