"""Settings of the task and of the search: what is searched for, and for how long."""

import os
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from langgraph_nas.config.invalid import known_in
from langgraph_nas.errors import UsageError
from langgraph_nas.objectives import ACCURACY, read_objectives
from langgraph_nas.registry import EVALUATORS, OBJECT

Protocol = Literal["validation", "paper"]


class TaskSettings(BaseModel):
    """What is learnt, from which samples."""

    @field_validator("data_root", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return os.fspath(value) if isinstance(value, os.PathLike) else value

    dataset: str = Field(
        default="digits", description="Data set: a name of the table, or folder:PATH."
    )
    evaluator: str = Field(
        default="sandboxed",
        description="What finds out how good a candidate is: `sandboxed` trains it; "
        "`table:FILE.npz` looks it up, for spaces of which all networks are known; or another "
        "package's, as NAME or NAME:ARGUMENT.",
    )

    @field_validator("evaluator")
    @classmethod
    def _find_evaluator(cls, value: str) -> str:
        name = value.partition(":")[0]
        known_in(EVALUATORS, value if f"{name}:" == OBJECT else name)
        if name == "sandboxed" and value != name:
            words = f"`sandboxed` takes nothing behind it, not {value!r}"
            raise PydanticCustomError("unknown_name", "{words}", {"words": words})
        return value

    data_root: str | None = Field(
        default=None,
        description="Folder with the data sets' files; default: the user's cache folder.",
    )
    celeba_attribute: str = Field(default="Smiling", description="The attribute learnt on celeba.")
    train_samples: int | None = Field(
        default=None,
        ge=1,
        description="Train on this many samples of the training split; default: all.",
    )
    protocol: Protocol = Field(
        default="validation",
        description="`validation` steers by a held-out split and scores the finalists on test "
        "once; `paper` trains on all of train and steers by test, as the paper does.",
    )


class CourseSettings(BaseModel):
    """How long a search lasts, and what it keeps."""

    iterations: int = Field(default=20, ge=1, description="Candidates to propose.")
    in_flight: int = Field(
        default=1,
        ge=1,
        le=64,
        description="W, trainings at a time. 1: strictly one trial after the other, as the paper. "
        "Above: while W candidates train the next one is written, and each trial's advice goes to "
        "the trial that takes its place. CPUs and GPU memory are divided between them.",
    )
    memory: int = Field(
        default=5,
        ge=0,
        description="K, the diagnostic triples the improver sees; 0 means no memory.",
    )
    target_accuracy: float | None = Field(
        default=None, gt=0, le=1, description="Stop when a network reaches this accuracy."
    )
    time_budget: float | None = Field(
        default=None,
        gt=0,
        description="Stop after the iteration in which this many seconds are spent.",
    )
    objectives: str = Field(
        default="accuracy",
        description="What makes a network better: `accuracy`, which decides which is the best, "
        "and maybe some of what it costs, e.g. accuracy,macs. With several, the prompts, the "
        "finalists and `show` go by the networks that no other one beats in all of them.",
    )

    @field_validator("objectives")
    @classmethod
    def _read_objectives(cls, value: str) -> str:
        try:
            found = read_objectives(value)
        except UsageError as error:
            raise PydanticCustomError("unknown_name", "{wrong}", {"wrong": str(error)}) from None
        if found[0] is not ACCURACY:
            wrong = f"the first objective must be accuracy, not {found[0].name}"
            raise PydanticCustomError("unknown_name", "{wrong}", {"wrong": wrong})
        return ",".join(objective.name for objective in found)

    finalists: int = Field(
        default=3, ge=0, description="Best networks to train again and score on test at the end."
    )
    seed: int = Field(
        default=43, ge=0, lt=2**31, description="Seed of splits, training and LLM calls."
    )
    start_program: str | None = Field(
        default=None, description="Program text of the user's own first network."
    )
    reuse: Literal["search", "database"] = Field(
        default="search",
        description="Where a network that was trained before is looked for. In the search itself "
        "it is a `duplicate`; `database`: the result of another search of the file that was made "
        "under equal conditions stands in for its training.",
    )
    review: Literal["never", "before_execute", "on_new_best"] = Field(
        default="never",
        description="When the search pauses for a reviewer to approve, reject or edit what it has: "
        "each candidate before it is trained, or each new best network.",
    )
    keep_checkpoints: int = Field(
        default=40, ge=4, description="Newest checkpoints to keep; one iteration makes four."
    )
