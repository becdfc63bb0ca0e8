"""Space `blocks`: lists of blocks that compile to ordinary programs, right by construction."""

from langgraph_nas.spaces.blocks.compile import compile_spec
from langgraph_nas.spaces.blocks.edits import apply_edits, edit_texts
from langgraph_nas.spaces.blocks.grammar import MAX_BLOCKS, describe_blocks
from langgraph_nas.spaces.blocks.mutate import mutate_spec
from langgraph_nas.spaces.blocks.parse import parse_spec
from langgraph_nas.spaces.blocks.sample import random_spec
from langgraph_nas.spaces.blocks.schema import edit_schema, spec_schema, write_reply

__all__ = [
    "MAX_BLOCKS",
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
