"""Settings of a search: one frozen Pydantic model, described and bounded, in sections by topic."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from langgraph_nas.config.invalid import explain_settings, slips_in, unknown_settings
from langgraph_nas.config.isolation import SandboxKind, SandboxSettings
from langgraph_nas.config.learning import (
    AS_THE_PAPER,
    BEYOND_THE_PAPER,
    Learning,
    LearningSettings,
)
from langgraph_nas.config.roles import RoleSettings
from langgraph_nas.config.task import CourseSettings, Protocol, TaskSettings
from langgraph_nas.config.training import BudgetSettings, TrainingSettings
from langgraph_nas.objectives import Objective, read_objectives

__all__ = [
    "RAISED",
    "SECTIONS",
    "Learning",
    "Protocol",
    "SandboxKind",
    "SearchConfig",
    "explain_settings",
    "slips_in",
    "unknown_settings",
]

SECTIONS: Mapping[str, type[BaseModel]] = {
    "The task": TaskSettings,
    "The search": CourseSettings,
    "Learning": LearningSettings,
    "The LLM roles": RoleSettings,
    "Training": TrainingSettings,
    "Budgets": BudgetSettings,
    "The sandbox": SandboxSettings,
}
"""The settings by topic, in the order of help and documentation."""

RAISED = ("iterations", "time_budget", "target_accuracy")
"""Settings that say when a search ends, and not what it finds: they may change while it stands."""


# Pydantic takes the fields of the last base first.
class SearchConfig(
    SandboxSettings,
    BudgetSettings,
    TrainingSettings,
    RoleSettings,
    LearningSettings,
    CourseSettings,
    TaskSettings,
):
    """Everything that a search is started with; frozen in the archive for as long as it lives.

    Example:
        >>> SearchConfig(dataset="digits", iterations=3).memory
        5
    """

    # Whatever is wrong, Pydantic's own words quote no setting: one may hold a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            wrong = unknown_settings(map(str, values), cls.model_fields)
            if wrong is not None:
                raise PydanticCustomError("unknown_setting", "{wrong}", {"wrong": wrong})
        return values

    @model_validator(mode="after")
    def _refuse_what_needs_turns(self) -> "SearchConfig":
        if self.in_flight > 1 and (self.review != "never" or self.share_gpu):
            what = "--share-gpu" if self.share_gpu else f"--review {self.review}"
            words = f"{what} needs one trial after the other: leave out --in-flight"
            raise PydanticCustomError("needs_turns", "{words}", {"words": words})
        return self

    @property
    def goals(self) -> tuple[Objective, ...]:
        """What makes a network better, the first thing first."""
        return read_objectives(self.objectives)

    @property
    def learning(self) -> Learning:
        """How it learns: as set, else on; in protocol `paper`, else as the paper."""
        otherwise = AS_THE_PAPER if self.protocol == "paper" else BEYOND_THE_PAPER
        given: Mapping[str, Any] = {
            name: value for name in Learning._fields if (value := getattr(self, name)) is not None
        }
        return otherwise._replace(**given)

    def decided(self) -> "SearchConfig":
        """Return the settings with none left open of those in `learning`."""
        return self.model_copy(update=self.learning._asdict())
