"""A role of the search (Code Generator, Prompt Improver): a chat model that may be asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import PromptCutError
from langgraph_nas.llm.attempts import Attempts, Tell
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.faults import ReplyEnded
from langgraph_nas.llm.sampling import Call, Reply

if TYPE_CHECKING:
    from langchain_core.messages import HumanMessage
    from langchain_core.runnables import RunnableConfig

    from langgraph_nas.llm.watch import ReplyWatch

ENDINGS = (Exception, ReplyEnded)
"""How an attempt may end without a message: clients' errors have no common base."""


class Role:
    """A chat model with a name, settings, and patience with its server.

    Calls go through the model's `invoke` and `ainvoke`, so that LangGraph and callbacks see
    them. `ask` may be used from several threads.
    """

    def __init__(
        self,
        name: str,
        backend: Backend,
        *,
        sleep: Callable[[float], object] = time.sleep,
        asleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._backend = backend
        self._sleep = sleep
        self._asleep = asleep
        self._asked = 0
        self._told: set[str | None] = set()
        """Why it could not be unloaded."""

    @property
    def label(self) -> str:
        """The model, e.g. `ollama:qwen2.5-coder:7b`."""
        return self._backend.label

    @property
    def embedded(self) -> bool:
        """Whether it is the model that comes with the package."""
        return self._backend.embedded

    @property
    def completion(self) -> bool:
        """Whether it only continues texts, so that prompts need examples to go on from."""
        return self._backend.completion

    @property
    def prompt_limit(self) -> int:
        """Most tokens, by `count_tokens`, that a prompt of this role may have."""
        return self._backend.prompt_limit

    def count_tokens(self, text: str) -> int:
        """Return the tokens of a text: the model's own count, else `estimate_tokens`."""
        return self._backend.count_tokens(text)

    def close(self) -> None:
        """Free what the model holds. May be called twice; the next `ask` loads it again."""
        self._backend.close()

    def load(self) -> None:
        """Have the model in memory, where that can be asked for.

        Raises:
            ModelUnavailableError: It can't be loaded.
        """
        self._backend.load()

    def unload(self) -> str | None:
        """Free the GPU memory that the model holds; the next `ask` loads it again.

        Returns:
            Why that can't be, the first time that this is the reason; None otherwise.
        """
        problem = self._backend.unload()
        if problem in self._told:
            return None
        self._told.add(problem)
        return problem

    def vram_bytes(self) -> int:
        """Return the memory of this machine's GPU that the model holds now.

        Raises:
            ModelUnavailableError: Its server is away.
        """
        return self._backend.vram_bytes()

    def ask(
        self,
        prompt: str,
        *,
        seed: int,
        schema: dict[str, Any] | None = None,
        max_tokens: int | None = None,
        position: int | None = None,
        stop: list[str] | None = None,
        temperature: float | None = None,
        tell: Tell | None = None,
    ) -> Reply:
        """Return the model's answer to a prompt.

        Args:
            prompt: The whole prompt.
            seed: Same seed, prompt and settings give the same reply, where the model can.
            schema: JSON schema that the reply has to follow; models that can't constrain
                their replies, and servers that refuse it, go without.
            max_tokens: Most new tokens; default: the settings' `reply_tokens`.
            position: Calls of this role before this one, which picks the reply of a recorded
                file; default: those of this object.
            stop: Texts that end the reply and are not part of it.
            temperature: Sampling temperature; default: the settings'.
            tell: Told of servers that are away and of schemas that are refused, as events.

        Raises:
            ModelServerError: The server stayed away through all retries, or refused.
            PromptCutError: The prompt does not fit, or the server cut it.
            RepliesExhaustedError: A recorded file has no reply left.
        """
        call = self._call(prompt, seed, schema, max_tokens, position, stop, temperature)
        attempts = Attempts(self._backend, call, tell)
        while True:
            started, watch = time.monotonic(), attempts.watch()
            model, keywords = attempts.bind()
            found: Reply | float
            try:
                message = model.invoke([self._message(call)], self._config(watch), **keywords)
                found = attempts.read(message, time.monotonic() - started)
            except ENDINGS as error:
                found = attempts.settle(error, watch, time.monotonic() - started)
            if isinstance(found, Reply):
                self._backend.check(call, found)
                return found
            if found:
                self._sleep(found)

    async def aask(
        self,
        prompt: str,
        *,
        seed: int,
        schema: dict[str, Any] | None = None,
        max_tokens: int | None = None,
        position: int | None = None,
        stop: list[str] | None = None,
        temperature: float | None = None,
        tell: Tell | None = None,
    ) -> Reply:
        """Return the model's answer to a prompt, as `ask` does, without blocking the loop."""
        call = await asyncio.to_thread(
            self._call, prompt, seed, schema, max_tokens, position, stop, temperature
        )
        attempts = Attempts(self._backend, call, tell)
        while True:
            started, watch = time.monotonic(), attempts.watch()
            model, keywords = await asyncio.to_thread(attempts.bind)
            found: Reply | float
            try:
                message = await model.ainvoke(
                    [self._message(call)], self._config(watch), **keywords
                )
                found = attempts.read(message, time.monotonic() - started)
            except ENDINGS as error:
                found = attempts.settle(error, watch, time.monotonic() - started)
            if isinstance(found, Reply):
                await asyncio.to_thread(self._backend.check, call, found)
                return found
            if found:
                await self._asleep(found)

    def _call(
        self,
        prompt: str,
        seed: int,
        schema: dict[str, Any] | None,
        max_tokens: int | None,
        position: int | None,
        stop: list[str] | None,
        temperature: float | None,
    ) -> Call:
        """Return one call, once it is clear that its prompt fits."""
        tokens, limit = self.count_tokens(prompt), self.prompt_limit
        if tokens > limit:
            raise PromptCutError(
                f"a prompt for the {self.name} has about {tokens} tokens and {self.label} is set "
                f"to read {limit}: raise --prompt-tokens (and --num-ctx, if it is set)"
            )
        at = self._asked if position is None else position
        self._asked = at + 1
        most = self._backend.sampling.reply_tokens
        tokens = min(max_tokens or most, most)
        return Call(prompt, seed, at, tokens, schema, stop or [], temperature)

    def _message(self, call: Call) -> "HumanMessage":
        from langchain_core.messages import HumanMessage

        return HumanMessage(call.prompt)

    def _config(self, watch: "ReplyWatch") -> "RunnableConfig":
        """Return the surrounding node's config (its callbacks must see the tokens) with ours."""
        from langchain_core.runnables.config import ensure_config, merge_configs

        return merge_configs(ensure_config(), {"callbacks": [watch], "run_name": self.name})
