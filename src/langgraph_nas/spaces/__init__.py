"""Spaces, where candidates come from: free programs, lists of blocks, cells."""

from langgraph_nas.spaces.base import Composed, Space, Wish, open_space
from langgraph_nas.spaces.candidates import (
    SpecError,
    is_composed,
    is_free_text,
    unread_outcome,
    user_candidate,
)

__all__ = [
    "Composed",
    "Space",
    "SpecError",
    "Wish",
    "is_composed",
    "is_free_text",
    "open_space",
    "unread_outcome",
    "user_candidate",
]
