"""Specs: lists of blocks that compile to ordinary programs, right by construction."""

from langgraph_nas.programs.spec.compile import compile_spec
from langgraph_nas.programs.spec.edits import apply_edits, edit_texts
from langgraph_nas.programs.spec.grammar import MAX_BLOCKS, SpecError, describe_blocks
from langgraph_nas.programs.spec.mutate import mutate_spec
from langgraph_nas.programs.spec.parse import parse_spec
from langgraph_nas.programs.spec.sample import random_spec
from langgraph_nas.programs.spec.schema import edit_schema, spec_schema, write_reply

__all__ = [
    "MAX_BLOCKS",
    "SpecError",
    "apply_edits",
    "compile_spec",
    "describe_blocks",
    "edit_schema",
    "edit_texts",
    "mutate_spec",
    "parse_spec",
    "random_spec",
    "spec_schema",
    "write_reply",
]
