"""The attempts of one call: how it is asked, and what an error means for the next one."""

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.faults import is_loss, pauses, status_of, words_of
from langgraph_nas.llm.sampling import Call, Reply

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage


class Attempts:
    """One call of a role, until it is answered or the search has to stop.

    A server that was away is waited for. One that refuses a schema is asked without it, and if
    it answers then, its backend sends none any more.
    """

    def __init__(self, backend: Backend, call: Call) -> None:
        self._backend = backend
        self._call = call if backend.takes_schemas else replace(call, schema=None)
        self._pauses = islice(pauses(), backend.sampling.retries)
        self._refused: Exception | None = None
        """What the server said to the schema."""

    def bind(self) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model to invoke and the keywords to invoke it with."""
        return self._backend.bind(self._call)

    def read(self, message: "AIMessage", seconds: float) -> Reply:
        """Return the answer in plain values."""
        reply = self._backend.read(message, seconds)
        if self._refused is not None:
            self._backend.takes_schemas = False
        return reply

    def pause(self, error: Exception) -> float:
        """Return the seconds to wait before the next attempt, or raise what ends the search."""
        if is_loss(error):
            return self._pause_for_server(error)
        if status_of(error) is None:
            raise error
        if self._refused is not None:
            raise self._refused_either_way(error) from self._refused
        if self._call.schema is None or not self._backend.may_refuse_schema(error):
            raise self._backend.refusal(error) from error
        self._refused, self._call = error, replace(self._call, schema=None)
        return 0

    def _pause_for_server(self, error: Exception) -> float:
        pause = next(self._pauses, None)
        if pause is not None:
            return pause
        raise ModelServerError(
            f"the model server of {self._backend.label} failed "
            f"{self._backend.sampling.retries + 1} times, at last with: {words_of(error)}; what "
            "is finished is kept: start the server (or raise --llm-timeout if it is slow), then "
            "`langgraph-nas resume`"
        ) from error

    def _refused_either_way(self, error: Exception) -> ModelServerError:
        first = words_of(self._refused) if self._refused else ""
        return ModelServerError(
            f"{self._backend.label} refused a request with a JSON schema: {first}; and the same "
            f"without one, as --no-structured sends it: {words_of(error)}; what is finished is "
            "kept, go on with `langgraph-nas resume`"
        )
