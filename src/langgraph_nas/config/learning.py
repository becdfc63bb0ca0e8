"""How a search learns: what is beyond the paper, and the baselines to compare with."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, Field

Method = Literal["full", "one_role", "no_reference", "best_of_n", "random", "evolution"]
"""How candidates are proposed; all but `full` are there to compare with.

`one_role`: no improver, the outcome itself is the advice. `no_reference`: the generator does not
see the best network. `best_of_n`: the first prompt again and again. `random`: uniform lists of
blocks. `evolution`: regularised evolution of lists of blocks (Real et al., 2019). The last two ask
no LLM.
"""


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

    method: Method = Field(
        default="full",
        description="How candidates are proposed. All but `full` are baselines to compare with: no "
        "improver, no best network shown, the first prompt every time, random lists of blocks, or "
        "regularised evolution of them; the last two need no model.",
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
        description="Times a failing program is mended at once, with its error.",
    )
    on_near_duplicate: Literal["train", "refuse", "ask-again"] = Field(
        default="train",
        description="What becomes of a free program that is almost an earlier one: trained and "
        "recorded, refused, or another one asked for first. Edits and lists of blocks are trained "
        "in any case.",
    )
    near_duplicate: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description="Jaccard similarity of 7-token shingles from which two programs are almost the "
        "same.",
    )
