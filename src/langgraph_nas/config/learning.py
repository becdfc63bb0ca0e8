"""Settings of learning: what is beyond the paper, and the baselines to compare with."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, Field, field_validator

from langgraph_nas.config.invalid import known_in
from langgraph_nas.registry import METHODS, SPACES

ALIASES = {"feedback": "full"}
"""Names that a method may be given by, besides its own."""


class Learning(NamedTuple):
    """How a search learns beyond what the paper does; settings that were left open are decided."""

    rich_lessons: bool
    redirect: bool
    structured: bool
    reasks: int
    widen_after: int
    widen_after_failures: int
    confirm_best: bool


BEYOND_THE_PAPER = Learning(True, True, True, 1, 8, 4, True)
AS_THE_PAPER = Learning(False, False, False, 0, 0, 0, False)


class LearningSettings(BaseModel):
    """How candidates are proposed and what is learnt from them."""

    method: str = Field(
        default="full",
        description="How candidates are proposed. `full`, or `feedback`: the paper's. To compare "
        "with: `one_role`: no improver; `no_reference`: the best network is not shown; "
        "`best_of_n`: the first prompt every time; `random` and `evolution` (regularised) draw of "
        "a space of parts and need no model. Other packages may add some.",
    )
    space: str = Field(
        default="auto",
        description="Where candidates come from: `programs`, free ones; `blocks`, lists of them; "
        "`cells`, those of NAS-Bench-201; or another package's. `auto`: as `--form` says, `blocks` "
        "for methods that need no model.",
    )
    rich_lessons: bool | None = Field(
        default=None,
        description="Triples hold the whole point of a suggestion in one sentence, the difference "
        "to the best, and the line that failed; off, as in the paper: texts cut at 300 characters.",
    )
    redirect: bool | None = Field(
        default=None,
        description="Tell the improver when a failure came up again or its suggestion repeats one "
        "of the window; it must then say something else.",
    )
    structured: bool | None = Field(
        default=None, description="Hold the improver's reply to a JSON schema where its server can."
    )
    reasks: int | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Times a reply that can't be read is asked for again, with what was wrong.",
    )
    widen_after: int | None = Field(
        default=None,
        ge=0,
        description="Rounds without a better score after which every second one is widened: a new "
        "structure, another good network as reference, a higher temperature. 0: never.",
    )
    widen_after_failures: int | None = Field(
        default=None, ge=0, description="The same after so many failures in a row. 0: never."
    )
    confirm_best: bool | None = Field(
        default=None,
        description="Train a new best once more with another seed before it becomes the "
        "reference; it is ranked by its mean.",
    )
    repairs: int = Field(
        default=0,
        ge=0,
        le=2,
        description="Times a failing program is repaired at once, with its error.",
    )
    on_near_duplicate: Literal["train", "refuse", "ask-again"] = Field(
        default="train",
        description="What becomes of a free program that is almost an earlier one: trained and "
        "recorded, refused, or another one asked for first. Edits and lists of blocks are trained "
        "in any case.",
    )

    @field_validator("method")
    @classmethod
    def _find_method(cls, value: str) -> str:
        value = ALIASES.get(value, value)
        return known_in(METHODS, value)

    @field_validator("space")
    @classmethod
    def _find_space(cls, value: str) -> str:
        return value if value == "auto" else known_in(SPACES, value)

    near_duplicate: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description="Jaccard similarity of 7-token shingles from which two programs are almost the "
        "same.",
    )
