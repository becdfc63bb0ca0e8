"""Settings for tests that are not about learning: one training a trial, one reply a question."""

from typing import Any

PLAIN: dict[str, Any] = {
    "rich_lessons": False,
    "redirect": False,
    "structured": False,
    "reasks": 0,
    "widen_after": 0,
    "widen_after_failures": 0,
    "confirm_best": False,
}
