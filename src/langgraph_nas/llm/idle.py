"""A role that nobody asks: searches that draw their networks need no model."""

from typing import Any

from langgraph_nas.errors import UsageError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.role import Role
from langgraph_nas.llm.sampling import Call, Sampling


def idle_role(name: str, sampling: Sampling) -> Role:
    """Return a role without a model; to ask it is an error of the program."""
    return Role(name, _NoModel("none", None, sampling))  # type: ignore[arg-type]


class _NoModel(Backend):
    """Holds no model, and so no memory either."""

    def bind(self, call: Call) -> Any:
        raise UsageError("this search draws its networks; it has no model to ask")

    def unload(self) -> None:
        """Nothing is loaded."""
