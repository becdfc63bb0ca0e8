"""The attempts of one call: how it is asked, and what an error means for the next one."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.faults import (
    asked_pause,
    cure_of,
    is_loss,
    is_timeout,
    is_torn,
    pauses,
    refuses_schema,
    status_of,
    tells_a_death,
    words_of,
)
from langgraph_nas.llm.sampling import Call, Reply, WhyCut

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

    from langgraph_nas.llm.watch import ReplyWatch

Tell = Callable[[dict[str, Any]], None]
"""Told of what goes wrong with a call, as events: `no_answer` and `schema_refused`."""

WORDS = 300
"""Characters of a server's words that are told."""


class Attempts:
    """One call of a role, until it is answered or the search has to stop.

    What was shaped like an answer is one: a reply that the server, the clock or its length ended
    is a cut reply, and is not asked for again. A server that was away is waited for. One that
    refuses a schema, or dies of it, is asked without it.
    """

    def __init__(self, backend: Backend, call: Call, tell: Tell | None = None) -> None:
        self._backend = backend
        self._call = call if backend.takes(call.schema) else replace(call, schema=None)
        self._asked_for_schema = call.schema is not None
        self._pauses = enumerate(islice(pauses(), backend.sampling.retries), start=1)
        self._tell = tell or (lambda event: None)
        self._torn = 0
        """Times that the server broke off since it was sent the schema."""
        self._refused: Exception | None = None
        """What the server said to the schema."""
        self._schema = call.schema
        self._killed = False
        """It did not say so: it died."""

    def bind(self) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model to invoke and the keywords to invoke it with."""
        return self._backend.bind(self._call)

    def watch(self) -> "ReplyWatch":
        """Return what listens to the next attempt."""
        from langgraph_nas.llm.watch import ReplyWatch

        return ReplyWatch(self._backend.sampling.timeout, self._call.most_characters)

    def read(self, message: "AIMessage", seconds: float) -> Reply:
        """Return the answer in plain values."""
        reply = self._backend.read(message, seconds)
        most = self._call.most_characters
        if len(reply.text) + (reply.thought or 0) > most:
            reply = replace(reply, text=reply.text[:most], cut=True, why_cut="long")
        return self._answered(reply)

    def settle(self, error: BaseException, watch: "ReplyWatch", seconds: float) -> Reply | float:
        """Return what came of an attempt that ended with an error: a cut reply, or a pause.

        Returns:
            The answer, or the seconds to wait before the next attempt.

        Raises:
            ModelServerError: What ends the search.
        """
        why = watch.why_cut(error)
        if why is not None:
            return self._answered(self._cut(watch, why, seconds))
        if watch.is_over or not isinstance(error, Exception):
            limit = self._backend.sampling.timeout
            return self._pause_for_server(TimeoutError(f"no word within {limit:g} s"))
        if self._backend.adapt(error) or self._leaves_schema_out(error):
            return 0
        if is_loss(error):
            return self._pause_for_server(error)
        if status_of(error) is None:
            raise error
        if self._refused is not None:
            raise self._refused_either_way(error) from self._refused
        raise self._backend.refusal(error) from error

    def _answered(self, reply: Reply) -> Reply:
        """Learn from an answer what the server takes."""
        if self._refused is not None:
            schema = json.dumps(self._schema, sort_keys=True)
            self._backend.leave_out(schema, words_of(self._refused)[:WORDS], self._killed)
        if self._asked_for_schema and self._call.schema is None:
            return replace(reply, schema_refused=self._backend.schema_refusal)
        return reply

    def _cut(self, watch: "ReplyWatch", why: WhyCut, seconds: float) -> Reply:
        return Reply(
            text=watch.text[: self._call.most_characters],
            prompt_tokens=None,
            reply_tokens=None,
            seconds=seconds,
            model=self._backend.label,
            cut=True,
            why_cut=why,
            thought=watch.thought,
        )

    def _leaves_schema_out(self, error: Exception) -> bool:
        """Tell whether the next attempt goes without the schema that this one had."""
        if self._call.schema is None:
            return False
        self._torn += is_torn(error)
        is_refusal = refuses_schema(error)
        if not is_refusal and not tells_a_death(error) and self._torn < 2:
            return False
        self._refused, self._killed = error, not is_refusal
        self._call = replace(self._call, schema=None)
        self._tell({"event": "schema_refused", "why": words_of(error)[:WORDS]})
        return True

    def _pause_for_server(self, error: Exception) -> float:
        number, pause = next(self._pauses, (0, None))
        retries, why = self._backend.sampling.retries, words_of(error)[:WORDS]
        if pause is not None:
            pause = max(pause, asked_pause(error))
            self._backend.meet(error)
            facts = {"why": why, "seconds": pause, "retry": number, "retries": retries}
            self._tell({"event": "no_answer", **facts})
            return pause
        longer = {"llm_timeout": 2 * self._backend.sampling.timeout} if is_timeout(error) else {}
        raise ModelServerError(
            f"the model server of {self._backend.label} failed {retries + 1} times, at last with: "
            f"{why}; what is finished is kept: {cure_of(error)}, then `langgraph-nas resume`",
            instead=longer,
        ) from error

    def _refused_either_way(self, error: Exception) -> ModelServerError:
        first = words_of(self._refused) if self._refused else ""
        return ModelServerError(
            f"{self._backend.label} refused a request with a JSON schema: {first}; and the same "
            f"without one, as --no-structured sends it: {words_of(error)}; what is finished is "
            "kept, go on with `langgraph-nas resume`"
        )
