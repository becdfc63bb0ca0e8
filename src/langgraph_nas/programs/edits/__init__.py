"""Edits of a program, told as a diff, as search/replace blocks, or as the whole program anew.

Read as models write them, applied all or none, never at a place that is in doubt. Nothing is
executed.
"""

from langgraph_nas.programs.edits.apply import apply_reply
from langgraph_nas.programs.edits.hunks import Edited, EditFailed

__all__ = ["EditFailed", "Edited", "apply_reply"]
