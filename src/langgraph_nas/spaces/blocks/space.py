"""Space `blocks`: how its lists are asked for, read, drawn and changed."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph_nas.prompts import Echoes, read_json
from langgraph_nas.spaces.base import Composed, Wish, reference_spec
from langgraph_nas.spaces.blocks.compile import compile_spec
from langgraph_nas.spaces.blocks.cross import cross_specs
from langgraph_nas.spaces.blocks.edits import apply_edits, edit_texts
from langgraph_nas.spaces.blocks.grammar import describe_blocks
from langgraph_nas.spaces.blocks.mutate import mutate_spec
from langgraph_nas.spaces.blocks.parse import parse_blocks, parse_spec
from langgraph_nas.spaces.blocks.plan import plan
from langgraph_nas.spaces.blocks.sample import random_spec
from langgraph_nas.spaces.blocks.schema import edit_schema, spec_schema, write_reply
from langgraph_nas.spaces.candidates import ECHO, SpecError, candidate_of, no_candidate
from langgraph_nas.state import Candidate
from langgraph_nas.task import Task

COMPLETION_BLOCKS = 5
"""Most blocks, besides the head, of a network that a base model writes whole."""


class Blocks(Composed):
    """Lists of blocks, right by construction."""

    name = "blocks"

    def values(self, wish: Wish) -> Mapping[str, object]:
        """Return the blocks in words, and for base models examples."""
        values: dict[str, object] = {"blocks": describe_blocks()}
        if wish.is_completion:
            values["examples"] = self.examples(wish)
        return values

    def schema(self, wish: Wish) -> dict[str, Any]:
        """Return the schema of a whole network, or of edits of the best one."""
        best = reference_spec(wish)
        if not wish.is_completion:
            return proposal_schema(best, self.task)
        if self.wants_new(wish):
            return completion_schema(None, self.task, [])
        return completion_schema(best, self.task, wish.tried())

    def read(self, reply: str, wish: Wish) -> Candidate:
        """Return the network that a reply's blocks, or edits of the best network, compile to."""
        return read_block_reply(
            reply, reference_spec(wish), self.task, self.max_macs, echoes=wish.templates.echoes
        )

    def written(self, spec: Sequence[str]) -> str:
        """Return a list of blocks as a model would write it."""
        return write_reply(spec)

    def program(self, spec: Sequence[str]) -> str:
        """Return the program that a list of blocks compiles to."""
        return compile_spec(spec, self.task.shape, self.task.n_classes, self.max_macs)

    def draw(self, rng: random.Random) -> list[str]:
        """Return a list of blocks at random."""
        return random_spec(rng, self.task.shape)

    def mutate(self, spec: Sequence[str], rng: random.Random) -> list[str]:
        """Return a list with one block replaced, inserted or deleted."""
        return mutate_spec(spec, rng, self.task.shape)

    def cross(self, one: Sequence[str], other: Sequence[str], rng: random.Random) -> list[str]:
        """Return the beginning of one list and the end of another."""
        return cross_specs(one, other, rng)

    def cost(self, spec: Sequence[str]) -> Mapping[str, float]:
        """Return the multiply-adds of one image, estimated within some ten per cent."""
        *body, _ = parse_blocks(list(spec))
        steps = plan(body, self.task.shape, self.max_macs)
        return {"macs": float(round(sum(step.cost.macs for step in steps)))}


def read_block_reply(
    reply: str,
    best_spec: list[str] | None,
    task: Task,
    max_macs: int | None = None,
    *,
    echoes: Echoes,
) -> Candidate:
    """Return the network that a reply's blocks, or edits of the best network, compile to.

    Edits that stand in the example of the prompt are passed over.
    """
    try:
        found = read_json(reply)
        if echoes.are_object(found):
            return no_candidate("spec", ECHO)
        spec = _spec(found, best_spec, echoes)
        program = compile_spec(spec, task.shape, task.n_classes, max_macs)
    except SpecError as error:
        return no_candidate("spec", str(error))
    except RecursionError:
        return no_candidate("spec", "the reply is nested too deep")
    return candidate_of(program, "spec", "llm", spec)


def proposal_schema(best_spec: list[str] | None, task: Task) -> dict[str, Any]:
    """Return the JSON schema of a proposal: a whole network, or edits of the best one."""
    whole = spec_schema(task.shape)
    if best_spec is None:
        return whole
    return {"anyOf": [whole, edit_schema(best_spec, task.shape)]}


def completion_schema(
    best_spec: list[str] | None, task: Task, tried: list[list[str]]
) -> dict[str, Any]:
    """Return the JSON schema for a base model: edits of `best_spec`, a whole network if None.

    Such a model goes on until it must stop, so its networks are bounded; and it likes to repeat
    itself, so edits that give a network tried before are left out.
    """
    if best_spec is not None:
        return edit_schema(best_spec, task.shape, tried=tried)
    schema = spec_schema(task.shape)
    schema["properties"]["layers"]["maxItems"] = COMPLETION_BLOCKS
    return schema


def _spec(value: Any, best_spec: list[str] | None, echoes: Echoes) -> list[str]:
    if isinstance(value, dict) and "edits" in value:
        if best_spec is None:
            raise SpecError("the reply edits a network, but there is none yet")
        told = edit_texts(value["edits"])
        own = [edit for edit in told if not (isinstance(edit, str) and echoes.are_item(edit))]
        if not own:
            raise SpecError(ECHO)
        return apply_edits(best_spec, own)
    return parse_spec(value)
