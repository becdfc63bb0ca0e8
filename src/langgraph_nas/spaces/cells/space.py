"""Space `cells`: how its cells are asked for, read, drawn and changed."""

import random
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.prompts import read_json, read_phrases
from langgraph_nas.spaces.base import Composed, Wish, reference_spec
from langgraph_nas.spaces.candidates import ECHO, SpecError, candidate_of, no_candidate
from langgraph_nas.spaces.cells.cell import (
    EDGES,
    OPERATIONS,
    cell_cost,
    cell_program,
    cross_cells,
    draw_cell,
    edit_cell,
    mutate_cell,
    parse_cell,
)
from langgraph_nas.state import Candidate
from langgraph_nas.task import Task

_TEMPLATES = ("generate_spec_first", "generate_spec", "generate_spec_completion")


class Cells(Composed):
    """The 15,625 cells of NAS-Bench-201, in the network that it puts around them."""

    name = "cells"

    def __init__(self, task: Task, config: SearchConfig) -> None:
        super().__init__(task, config)
        folder = files(__package__)
        self.texts = {
            name: (folder / f"{name}.md").read_text(encoding="utf-8") for name in _TEMPLATES
        }
        self.phrases = read_phrases((folder / "phrases.md").read_text(encoding="utf-8"))

    def values(self, wish: Wish) -> Mapping[str, object]:
        """Return the operations in words, and for base models examples."""
        values: dict[str, object] = {"blocks": describe_operations()}
        if wish.is_completion:
            values["examples"] = self.examples(wish)
        return values

    def schema(self, wish: Wish) -> dict[str, Any]:
        """Return the schema of a cell, or of edits of the best one."""
        if wish.is_completion:
            return whole_schema() if self.wants_new(wish) else edits_schema()
        if reference_spec(wish) is None:
            return whole_schema()
        return {"anyOf": [whole_schema(), edits_schema()]}

    def read(self, reply: str, wish: Wish) -> Candidate:
        """Return the network of a reply's cell, or of edits of the best one."""
        echoes, best = wish.templates.echoes, reference_spec(wish)
        try:
            found = read_json(reply)
            if echoes.are_object(found):
                return no_candidate("spec", ECHO)
            if isinstance(found, dict) and "edits" in found:
                if best is None:
                    raise SpecError("the reply edits a cell, but there is none yet")
                cell = edit_cell(best, found["edits"])
            else:
                cell = parse_cell(found)
        except SpecError as error:
            return no_candidate("spec", str(error))
        except RecursionError:
            return no_candidate("spec", "the reply is nested too deep")
        return candidate_of(self.program(cell), "spec", "llm", cell)

    def written(self, spec: Sequence[str]) -> str:
        """Return a cell as a model would write it."""
        return '{"cell": [' + ", ".join(f'"{operation}"' for operation in spec) + "]}"

    def program(self, spec: Sequence[str]) -> str:
        """Return the program of the network with this cell."""
        return cell_program(parse_cell(list(spec)), self.task.shape, self.task.n_classes)

    def draw(self, rng: random.Random) -> list[str]:
        """Return a cell, each operation as likely as any."""
        return draw_cell(rng)

    def mutate(self, spec: Sequence[str], rng: random.Random) -> list[str]:
        """Return a cell with another operation on one edge."""
        return mutate_cell(spec, rng)

    def cross(self, one: Sequence[str], other: Sequence[str], rng: random.Random) -> list[str]:
        """Return a cell whose every edge is that of one of its parents."""
        return cross_cells(one, other, rng)

    def cost(self, spec: Sequence[str]) -> Mapping[str, float]:
        """Return parameters and multiply-adds of one image, exact."""
        return cell_cost(spec, self.task.shape, self.task.n_classes)


def describe_operations() -> str:
    """Return the edges and the operations, a line each."""
    edges = (f"{number}. node {a} -> node {b}" for number, (a, b) in enumerate(EDGES, start=1))
    operations = (f"{name}: {does}" for name, does in OPERATIONS.items())
    return "\n".join(["Edges:", *edges, "Operations:", *operations])


def whole_schema() -> dict[str, Any]:
    """Return the JSON schema of a cell: `{"cell": [six operations]}`."""
    items = {"enum": list(OPERATIONS)}
    return _object("cell", {"type": "array", "items": items, "minItems": 6, "maxItems": 6})


def edits_schema() -> dict[str, Any]:
    """Return the JSON schema of edits: `{"edits": ["replace 3 nor_conv_3x3"]}`."""
    pattern = f"^replace [1-6] ({'|'.join(OPERATIONS)})$"
    items = {"type": "string", "pattern": pattern}
    return _object("edits", {"type": "array", "items": items, "minItems": 1, "maxItems": 3})


def _object(key: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {key: value},
        "required": [key],
        "additionalProperties": False,
    }
