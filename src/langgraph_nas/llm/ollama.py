"""Models of an Ollama server, through `langchain-ollama`.

Ollama cuts a prompt that overflows its window without saying so: of a longer prompt it keeps
half a window. So the window is set to hold prompt and reply, and the number of tokens that the
server read is compared with what was sent.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import (
    ModelServerError,
    ModelUnavailableError,
    PromptCutError,
    UsageError,
)
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.faults import BrokenReplyError, is_loss, status_of, words_of
from langgraph_nas.llm.ollama_memory import (
    as_sent,
    find_loaded,
    is_here,
    load,
    unload,
    vram_bytes,
)
from langgraph_nas.llm.ollama_server import (
    ask_capabilities,
    host,
    open_client,
    unreachable,
)
from langgraph_nas.llm.repetition import why_ended
from langgraph_nas.llm.sampling import Call, Reply, Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_ollama import ChatOllama


MOST_NANOSECONDS = 10**15
"""That a model may take to be loaded: days."""


class OllamaBackend(Backend):
    """A `ChatOllama`: it takes seed, schema and limits with each call.

    Raises:
        UsageError: A reply may take the whole window.
    """

    model: "ChatOllama"
    takes_schemas = True

    def __init__(self, label: str, model: "ChatOllama", sampling: Sampling) -> None:
        window = model.num_ctx or sampling.window
        if window <= sampling.reply_tokens:
            raise UsageError(
                f"the window of {label} holds {window} tokens, of which {sampling.reply_tokens} "
                "are the reply's, so none are left for a prompt: raise --num-ctx (or the "
                "num_ctx of your ChatOllama), or lower --reply-tokens"
            )
        fresh: dict[str, Any] = {"num_ctx": window}
        if model.keep_alive is not None:
            fresh["keep_alive"] = as_sent(model.keep_alive)
        super().__init__(label, model.model_copy(update=fresh), sampling)
        self._window = window
        self._abilities: frozenset[str] | None = None
        self._asked_abilities = False

    @property
    def prompt_limit(self) -> int:
        """Most tokens that a prompt may have, so that a reply still fits in the window."""
        return min(self.sampling.prompt_tokens, self._window - self.sampling.reply_tokens)

    def can_think(self) -> bool:
        """Tell whether the server says that the model knows `think`; others refuse it."""
        if not self._asked_abilities:
            self.tell_abilities(ask_capabilities(self.model.model, self.model.base_url))
        return "thinking" in (self._abilities or ())

    def tell_abilities(self, abilities: frozenset[str] | None) -> None:
        """Take what the server said that the model can do; None if it did not say."""
        self._abilities, self._asked_abilities = abilities, True

    def bind(self, call: Call) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model with this call's seed and limit, and its schema as `format`."""
        fresh: dict[str, Any] = {"seed": call.seed, "num_predict": call.max_tokens}
        if call.temperature is not None:
            fresh["temperature"] = call.temperature
        if call.stop:
            fresh["stop"] = call.stop
        keywords: dict[str, Any] = {} if call.schema is None else {"format": call.schema}
        if self.model.reasoning is None:
            # The first has `ChatOllama` hand on the thoughts that come, the second is what is sent.
            keywords |= {"reasoning": True, "think": self._think()}
        return self.model.model_copy(update=fresh), keywords

    def read(self, message: "AIMessage", seconds: float) -> Reply:
        """Return the answer; without a last record it is what the server let through.

        In good order Ollama leaves that out only of a reply that repeats itself: after some 30
        equal tokens, with blanks as equal. A connection that breaks is an error of the client.
        """
        reply = super().read(message, seconds)
        if message.response_metadata.get("done"):
            nanoseconds = message.response_metadata.get("load_duration")
            if isinstance(nanoseconds, int | float) and 0 <= nanoseconds <= MOST_NANOSECONDS:
                return replace(reply, load_seconds=nanoseconds / 1e9)
            return reply
        if not reply.text and not reply.thought:
            raise BrokenReplyError("the reply ended before it began")
        return replace(reply, cut=True, why_cut=why_ended(reply))

    def _think(self) -> bool | None:
        """Return what to send as `think`: nothing to a model that is not known to think."""
        if self.sampling.think == "auto":
            return None
        try:
            return self.sampling.think == "on" if self.can_think() else None
        except ModelUnavailableError:  # the prompt that follows meets it, and waits
            return None

    def check(self, call: Call, reply: Reply) -> None:
        """Raise PromptCutError if the server read fewer tokens than it was sent.

        Our estimate lies between a text's tokens and twice that, and of a prompt that is too
        long Ollama keeps half a window: a count below half of the estimate is a cut prompt,
        unless the server says that its window is as large as asked for.
        """
        read = reply.prompt_tokens
        if not read:  # servers that leave cached prompts out of the count say 0 or nothing
            return
        sent = self.count_tokens(call.prompt)
        if read < self._window and read * 2 >= sent:
            return
        window = self._window_in_use()
        if read < self._window and window is not None and window >= self._window:
            return
        seen = f"the server's window is {window}" if window else "its window is smaller"
        raise PromptCutError(
            f"{self.label} read {read} of about {sent} prompt tokens ({seen}, asked for "
            f"{self._window}): raise --num-ctx, or the server's OLLAMA_CONTEXT_LENGTH, or lower "
            "--prompt-tokens; what is finished is kept"
        )

    def refusal(self, error: BaseException) -> ModelServerError:
        """Say what to do about a request that the server refused."""
        if status_of(error) == 404:
            return ModelServerError(
                f"Ollama no longer has the model: run `ollama pull {self.model.model}`, then go "
                "on with `langgraph-nas resume`; what is finished is kept"
            )
        return super().refusal(error)

    def load(self) -> None:
        """Have the server load the model with the window that prompts will ask for."""
        model = self.model
        runner = {"num_ctx": self._window, "num_gpu": model.num_gpu, "num_thread": model.num_thread}
        options = {name: value for name, value in runner.items() if value is not None}
        kept = as_sent(self.sampling.keep_alive) if model.keep_alive is None else model.keep_alive
        try:
            with open_client(model.base_url, timeout=self.sampling.timeout) as client:
                load(client, model.model, options, kept)
        except Exception as error:  # as in `_show`
            if status_of(error) is None and not is_loss(error):
                raise
            raise ModelUnavailableError(
                f"Ollama at {host()} could not load {model.model}: {words_of(error)}"
            ) from error

    def unload(self) -> str | None:
        """Have the server unload the model, if it holds memory of this machine's GPU."""
        if not is_here(self.model.base_url or host()):
            return None
        try:
            with open_client(self.model.base_url) as client:
                gone = unload(client, self.model.model)
        except Exception as error:  # as in `_show`; the next prompt meets it again
            if status_of(error) is None and not is_loss(error):
                raise
            return f"{self.label} could not be unloaded: {words_of(error)}"
        return None if gone else f"{self.label} is still loaded: something else is asking it"

    def vram_bytes(self) -> int:
        """Return what the server says that the loaded model holds of this machine's GPU."""
        if not is_here(self.model.base_url or host()):
            return 0
        try:
            with open_client(self.model.base_url) as client:
                return vram_bytes(client, self.model.model)
        except Exception as error:  # `unreachable` raises what is not the server's
            unreachable(error)

    def _window_in_use(self) -> int | None:
        """Return the context size that the server loaded the model with, if it says."""
        import httpx
        from ollama import ResponseError

        try:
            with open_client(self.model.base_url) as client:
                loaded = find_loaded(client, self.model.model)
        except (ConnectionError, httpx.HTTPError, ResponseError):
            return None
        return loaded.context_length if loaded else None
