"""Programs as text: check them, tell equal ones, and compile them from lists of blocks.

Nothing here executes a candidate or imports torch.
"""

from langgraph_nas.programs.check import ProgramProblem, check_program
from langgraph_nas.programs.files import as_utf8, read_program_file
from langgraph_nas.programs.identity import program_hash
from langgraph_nas.programs.imports import with_imports
from langgraph_nas.programs.resnet9 import resnet9
from langgraph_nas.programs.spec import (
    MAX_BLOCKS,
    SpecError,
    apply_edits,
    compile_spec,
    describe_blocks,
    edit_schema,
    edit_texts,
    mutate_spec,
    parse_spec,
    random_spec,
    spec_schema,
    write_reply,
)

__all__ = [
    "MAX_BLOCKS",
    "ProgramProblem",
    "SpecError",
    "apply_edits",
    "as_utf8",
    "check_program",
    "compile_spec",
    "describe_blocks",
    "edit_schema",
    "edit_texts",
    "mutate_spec",
    "parse_spec",
    "program_hash",
    "random_spec",
    "read_program_file",
    "resnet9",
    "spec_schema",
    "with_imports",
    "write_reply",
]
