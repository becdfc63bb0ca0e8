"""Space `programs`: free PyTorch programs, written whole or edited."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.programs.edits import EditFailed, apply_reply
from langgraph_nas.prompts import Echoes, find_program, strip_thoughts
from langgraph_nas.spaces.base import Wish
from langgraph_nas.spaces.candidates import ECHO, candidate_of, no_candidate
from langgraph_nas.state import Candidate, Form, Source
from langgraph_nas.task import Task


class Programs:
    """Free programs; with `--form edit` the generator edits the best one."""

    name = "programs"
    forms: tuple[Form, ...] = ("code", "edit")
    is_text = True
    afresh = "explore"
    texts: Mapping[str, str] = {}
    phrases: Mapping[str, str] = {}

    def __init__(self, task: Task, config: SearchConfig) -> None:
        self.task = task
        self.form: Form = "edit" if config.form == "edit" else "code"

    def template(self, wish: Wish) -> str:
        """Return the name of the template that asks for a candidate."""
        if self._edits(wish):
            return "generate_edit"
        return "generate_code" if wish.change is not None else "generate_code_first"

    def values(self, wish: Wish) -> Mapping[str, object]:
        """Return nothing: what a prompt for a program shows is the same in all spaces."""
        return {}

    def schema(self, wish: Wish) -> dict[str, Any] | None:
        """Return None: a program is free text."""
        return None

    def read(self, reply: str, wish: Wish) -> Candidate:
        """Return the program in a reply, or what its edits make of the best one."""
        if wish.reference is not None and self._edits(wish):
            return read_edits(reply, wish.reference["code"], wish.templates.echoes)
        return read_program(reply, wish.templates.echoes)

    def written(self, spec: Sequence[str]) -> str:
        """Return a spec of another space as lines."""
        return "\n".join(spec)

    def candidate(self, spec: Sequence[str], source: Source) -> Candidate:
        """Return the program whose lines are given."""
        return candidate_of("\n".join(spec), "code", source)

    def draw(self, rng: random.Random) -> NoReturn:
        """Refuse: nobody draws free programs at random."""
        raise UsageError(CANNOT)

    def mutate(self, spec: Sequence[str], rng: random.Random) -> NoReturn:
        """Refuse, as `draw`."""
        raise UsageError(CANNOT)

    def cross(self, one: Sequence[str], other: Sequence[str], rng: random.Random) -> NoReturn:
        """Refuse, as `draw`."""
        raise UsageError(CANNOT)

    def cost(self, spec: Sequence[str]) -> Mapping[str, float]:
        """Return nothing: what a program costs is not known before it is built."""
        return {}

    def _edits(self, wish: Wish) -> bool:
        return self.form == "edit" and wish.reference is not None


CANNOT = (
    "free programs can't be drawn or changed at random: choose a space of parts, --space blocks or "
    "cells, or a method that asks an LLM"
)


def read_program(reply: str, echoes: Echoes) -> Candidate:
    """Return the program in a reply; without one, `code` is None and `problem` says why."""
    if echoes.are_blocks(reply):
        return no_candidate("code", ECHO)
    program = find_program(reply)
    if program is None:
        return no_candidate("code", "the reply holds no program with a class Net")
    return candidate_of(program, "code", "llm")


def read_edits(reply: str, reference: str, echoes: Echoes) -> Candidate:
    """Return what the edits in a reply make of `reference`; a whole program is taken as one.

    Edits that can't be applied leave `code` None, and `problem` says why. Those that only repeat
    the example of the prompt are passed over.
    """
    reply = strip_thoughts(reply)
    if echoes.are_blocks(reply):
        return no_candidate("edit", ECHO)
    edited = apply_reply(reply, reference, echoes.examples)
    if isinstance(edited, EditFailed):
        return no_candidate("edit", edited.reason)
    return candidate_of(edited.program, "code" if edited.told == "program" else "edit", "llm")
