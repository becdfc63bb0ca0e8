"""Arguments that an agent may give, as a schema that it is shown and held to."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from langgraph_nas.config import SearchConfig, explain_settings, unknown_settings
from langgraph_nas.datasets import dataset_names, known_name

*_NAMES, _FOLDER = dataset_names()


def _spelled(value: Any) -> Any:
    return known_name(value) if isinstance(value, str) else value


Dataset = Annotated[
    str,
    BeforeValidator(_spelled),
    WithJsonSchema({"anyOf": [{"enum": _NAMES}, {"type": "string", "pattern": "^folder:"}]}),
]


class SearchArgs(BaseModel):
    """What an agent may ask of a search; all else is as the tool was made."""

    model_config = ConfigDict(extra="forbid")

    dataset: Dataset | None = Field(
        default=None, description=f"Data set: one of {', '.join(_NAMES)}, or {_FOLDER}."
    )
    iterations: int | None = Field(default=None, ge=1, description="How many networks to try.")
    time_budget: float | None = Field(
        default=None, gt=0, description="Seconds after which no further network is tried."
    )
    target_accuracy: float | None = Field(
        default=None, gt=0, le=1, description="Stop as soon as a network reaches this accuracy."
    )
    max_params: int | None = Field(
        default=None, ge=1, description="Most parameters that the network may have."
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Any) -> Any:
        names = [str(name) for name in values] if isinstance(values, dict) else []
        known, other = (
            cls.model_fields,
            [name for name in names if name in SearchConfig.model_fields],
        )
        wrong = unknown_settings(names, known)
        if fixed := [name for name in other if name not in known]:
            wrong = f"{', '.join(fixed)} can't be asked for, only {', '.join(known)}"
        if wrong is not None:
            raise PydanticCustomError("unknown_setting", "{wrong}", {"wrong": wrong})
        return values


def explain_arguments(error: Any) -> str:
    """Return what an agent is told of arguments that can't be used."""
    what = explain_settings(error) if isinstance(error, ValidationError) else str(error)
    return f"The search was not made: {what}"
