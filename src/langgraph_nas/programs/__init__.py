"""Programs as text: check them, tell equal ones, edit them.

Nothing here executes a candidate or imports torch.
"""

from langgraph_nas.programs.check import ProgramProblem, check_program
from langgraph_nas.programs.files import as_utf8, read_program_file
from langgraph_nas.programs.identity import program_hash
from langgraph_nas.programs.imports import with_imports
from langgraph_nas.programs.resnet9 import resnet9

__all__ = [
    "ProgramProblem",
    "as_utf8",
    "check_program",
    "program_hash",
    "read_program_file",
    "resnet9",
    "with_imports",
]
