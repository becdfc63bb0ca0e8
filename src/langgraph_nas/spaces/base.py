"""A space: where candidates come from, and all that a search asks of it."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.prompts import Templates
from langgraph_nas.registry import SPACES
from langgraph_nas.spaces.candidates import candidate_of
from langgraph_nas.spaces.examples import edit_examples, network_examples
from langgraph_nas.state import Best, Candidate, Form, Source
from langgraph_nas.task import Task


@dataclass(frozen=True)
class Wish:
    """What the generator is asked for."""

    templates: Templates
    iteration: int = 0
    """Iterations before this one."""
    reference: Best | None = None
    """The network to improve on; None: none is shown."""
    change: str | None = None
    """What the improver asked for; None in the first round."""
    is_completion: bool = False
    """The model only goes on from a text."""
    tried: Callable[[], list[list[str]]] = list
    """Returns what was tried before, in the space's parts."""


class Space(Protocol):
    """Where candidates come from.

    Made for one search: `Space(task, config)`. A spec is a list of words, the space's own parts.
    """

    name: str
    form: Form
    """How a generator answers: a program, edits of one, or a spec."""
    forms: tuple[Form, ...]
    """What `--form` may be."""
    is_text: bool
    """Candidates are free programs: what is wrong with a reply is told when it is asked for again,
    and failing programs may be repaired. Else another one is drawn, with another seed."""
    afresh: str
    """Name of the phrase that asks for a network of another structure."""
    texts: Mapping[str, str]
    """Templates in place of the common ones, by name."""
    phrases: Mapping[str, str]
    """Phrases in place of the common ones: all of a family, such as `change_`, or none."""

    def template(self, wish: Wish) -> str:
        """Return the name of the template that asks for a candidate."""
        ...

    def values(self, wish: Wish) -> Mapping[str, object]:
        """Return the placeholders that are the space's: `blocks`, `examples`."""
        ...

    def schema(self, wish: Wish) -> dict[str, Any] | None:
        """Return the JSON schema of an answer, None if it is free text."""
        ...

    def read(self, reply: str, wish: Wish) -> Candidate:
        """Return the candidate in an answer; without one, `code` is None and `problem` says why."""
        ...

    def written(self, spec: Sequence[str]) -> str:
        """Return a spec as a model would write it, in one line."""
        ...

    def candidate(self, spec: Sequence[str], source: Source) -> Candidate:
        """Return the network of a spec: legal, with its identity and stand-alone program.

        Raises:
            SpecError: It is no network of this space, or does not fit the task.
        """
        ...

    def draw(self, rng: random.Random) -> list[str]:
        """Return a spec at random.

        Raises:
            UsageError: The space has none.
        """
        ...

    def mutate(self, spec: Sequence[str], rng: random.Random) -> list[str]:
        """Return a spec with one change at random."""
        ...

    def cross(self, one: Sequence[str], other: Sequence[str], rng: random.Random) -> list[str]:
        """Return a spec that has parts of both."""
        ...

    def cost(self, spec: Sequence[str]) -> Mapping[str, float]:
        """Return what is known of a network's cost before it is built, e.g. `macs` of one image."""
        ...


class Composed:
    """What spaces of specs have in common; a space need not derive from it."""

    form: Form = "spec"
    forms: tuple[Form, ...] = ("spec",)
    is_text = False
    afresh = "change_new_structure"
    texts: Mapping[str, str] = {}
    phrases: Mapping[str, str] = {}

    def __init__(self, task: Task, config: SearchConfig) -> None:
        self.task, self.max_macs = task, config.max_macs

    def program(self, spec: Sequence[str]) -> str:
        """Return the stand-alone program of a spec."""
        raise NotImplementedError

    def candidate(self, spec: Sequence[str], source: Source) -> Candidate:
        """Return the network of a spec; see `Space`."""
        return candidate_of(self.program(spec), "spec", source, list(spec))

    def template(self, wish: Wish) -> str:
        """Return the name of the template that asks for a candidate."""
        if wish.is_completion:
            return "generate_spec_completion"
        return "generate_spec" if wish.change is not None else "generate_spec_first"

    def wants_new(self, wish: Wish) -> bool:
        """Tell whether a base model is to write a whole network rather than edits of the best.

        It does not choose well itself, so what the improver asked for chooses.
        """
        has_spec = wish.reference is not None and bool(wish.reference["spec"])
        return not has_spec or wish.change in (None, wish.templates.phrase(self.afresh))

    def examples(self, wish: Wish) -> str:
        """Return examples for a base model: of whole networks, or of edits."""
        if wish.change is None or self.wants_new(wish):
            return network_examples(wish.iteration, wish.templates)
        return edit_examples(wish.change, wish.iteration, wish.templates)


def reference_spec(wish: Wish) -> list[str] | None:
    """Return the spec of the network to improve on, None if it has none."""
    return wish.reference["spec"] if wish.reference else None


def open_space(
    task: Task,
    config: SearchConfig,
    *,
    is_drawn: bool = False,
    is_small: bool = False,
) -> Space:
    """Return the space of a search.

    Args:
        task: What is learnt.
        config: The settings.
        is_drawn: No generator writes the candidates.
        is_small: The generator is too small to write programs.

    Raises:
        UsageError: There is no such space, or it has no such form.
    """
    name = config.space
    if name == "auto":
        is_spec = is_small if config.form == "auto" else config.form in Composed.forms
        name = "blocks" if is_drawn or is_spec else "programs"
    kind = SPACES.load(name)
    is_asked = config.space != "auto" and not is_drawn
    if is_asked and config.form not in ("auto", *kind.forms):
        raise UsageError(
            f"--form {config.form}: the space {name} has {', '.join(kind.forms)}; leave --form out"
        )
    space: Space = kind(task, config)
    return space
