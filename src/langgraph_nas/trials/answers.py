"""The reviewer's answer about a candidate or a new best network."""

from typing import Literal, TypedDict

Action = Literal["approve", "reject", "edit"]


class Answer(TypedDict):
    """What was decided."""

    action: Action
    reason: str
    program: str
