"""Models of any server that speaks OpenAI's protocol (llama.cpp, vLLM, LM Studio and so on)."""

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import ModelServerError, ModelUnavailableError, PromptCutError
from langgraph_nas.llm.backend import SMALLEST_PROMPT, Backend
from langgraph_nas.llm.clients import making_client
from langgraph_nas.llm.faults import is_loss, is_no_answer, is_timeout, status_of, words_of
from langgraph_nas.llm.messages import count_in
from langgraph_nas.llm.openai_server import look, model_clients, read_place
from langgraph_nas.llm.reading import PromptReading
from langgraph_nas.llm.repetition import repeats_itself, why_ended
from langgraph_nas.llm.sampling import Call, Reply, Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

NEWER, OLDER = "max_completion_tokens", "max_tokens"
"""Names of the limit of a reply's tokens."""

_TOO_LONG = re.compile(r"context length|too large|too long|at most", re.IGNORECASE)
"""Words on the limit's number, not its name."""


class OpenAIBackend(Backend):
    """A `ChatOpenAI`: it takes seed, limit and schema as keywords of the call.

    The limit has two names. Servers know the older, or the newer, or both, and some ignore a name
    that they don't know, as Ollama does the newer; OpenAI itself refuses the older.
    """

    takes_schemas = True

    def __init__(self, label: str, model: "BaseChatModel", sampling: Sampling) -> None:
        if getattr(model, "stream_usage", True) is None:
            model = model.model_copy(update={"stream_usage": True})  # else a stream counts nothing
        super().__init__(label, model, sampling)
        self._reading = PromptReading()
        self._streams: bool | None = None
        """Whether replies are asked for word by word; None: not yet."""
        self._limits: tuple[str, ...] = (NEWER,) if _is_at_openai(model) else (NEWER, OLDER)

    def bind(self, call: Call) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model and its keywords, the schema as `response_format` of the request.

        Told of a `response_format`, the client would parse replies, and raise on one that is cut.
        """
        keywords: dict[str, Any] = {"seed": call.seed}
        if call.temperature is not None:
            keywords["temperature"] = call.temperature
        if call.stop:
            keywords["stop"] = call.stop
        if self._streams:
            keywords["stream"] = True
        body: dict[str, Any] = {}
        if call.schema is not None:
            schema = {"name": "reply", "schema": call.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if NEWER in self._limits:
            keywords["max_tokens"] = call.max_tokens  # the client's name for the newer one
        if OLDER in self._limits:
            body[OLDER] = call.max_tokens
        if body:
            own = getattr(self.model, "extra_body", None) or {}
            keywords["extra_body"] = {**own, **body}
        return self.model, keywords

    def read(self, message: "AIMessage", seconds: float) -> Reply:
        """Return the answer; without a reason for its end it is what the server let through.

        Of a reply that repeats itself Ollama sends no reason, and whole, it counts no tokens.
        """
        reply = super().read(message, seconds)
        if reply.cut or not (reply.text or reply.thought):
            return reply
        facts, counts = message.response_metadata, (reply.prompt_tokens, reply.reply_tokens)
        has_reason = bool(facts.get("finish_reason") or facts.get("status"))
        if all(counts) or (has_reason and (counts != (0, 0) or not repeats_itself(reply.text))):
            return reply  # some servers never give reasons, others never count
        return replace(reply, cut=True, why_cut="repeated" if has_reason else why_ended(reply))

    def check(self, call: Call, reply: Reply) -> None:
        """Raise PromptCutError if the server read less of the prompt than it was sent.

        The window is the server's own: the protocol has no way to ask for one.
        """
        read, sent = reply.prompt_tokens, self.count_tokens(call.prompt)
        if not read or not self._reading.shows_a_cut(call.prompt, sent, read, self._count):
            return
        fits = max(SMALLEST_PROMPT, read // 256 * 256)
        raise PromptCutError(
            f"{self.label} read {read} of about {sent} prompt tokens: its server's window is too "
            "small, and can't be set from here. Raise the server's own context setting (Ollama's "
            "OLLAMA_CONTEXT_LENGTH, llama.cpp's --ctx-size, the context length of LM Studio) to "
            f"{self.sampling.window}, lower --prompt-tokens to {fits}, or, if it is an Ollama "
            "server, name the model as ollama:MODEL; what is finished is kept",
            instead={"prompt_tokens": fits},
        )

    def _count(self, text: str) -> int | None:
        """Return how many tokens the server reads of a text, None if it does not say."""
        from langchain_core.messages import HumanMessage

        model, keywords = self.bind(Call(text, seed=1, position=0, max_tokens=1))
        try:
            # Without the callbacks of the node around: this is no reply of the search.
            message = model.invoke([HumanMessage(text)], {"callbacks": []}, **keywords)
        except Exception as error:  # the prompt before it was answered; this one is only a question
            if status_of(error) is None and not is_loss(error):
                raise
            return None
        return count_in(getattr(message, "usage_metadata", None) or {}, "input_tokens")

    def refusal(self, error: BaseException) -> ModelServerError:
        """Say what to do about a request that the server refused."""
        if status_of(error) == 404:
            return ModelServerError(
                f"the server no longer has {self.label} ({words_of(error)}): load the model again, "
                "then go on with `langgraph-nas resume`; what is finished is kept"
            )
        return super().refusal(error)

    def _counts_streams(self) -> bool:
        return bool(getattr(self.model, "stream_usage", False))

    def meet(self, error: BaseException) -> None:
        """Have a server that is too slow for whole replies tell what it has, word by word.

        Not from the start: some that speak this protocol answer as a whole in any case.
        """
        if is_timeout(error) and self._streams is None:
            self._streams = True
        elif self._streams and is_no_answer(error):
            self._streams = False

    def adapt(self, error: BaseException) -> bool:
        """Leave out what was refused: usage in a stream, a name of the limit; each once."""
        told = words_of(error)
        if status_of(error) not in (400, 422):
            return False
        if re.search(r"stream_options|include_usage", told) and self._counts_streams():
            self.model = self.model.model_copy(update={"stream_usage": False})
            return True
        if len(self._limits) < 2:
            return False
        named = next((name for name in (OLDER, NEWER) if re.search(rf"\b{name}\b", told)), None)
        if named is None or _TOO_LONG.search(told):
            return False
        self._limits = tuple(name for name in self._limits if name != named)
        return True


def _is_at_openai(model: "BaseChatModel") -> bool:
    """Tell whether a model is one of OpenAI's own, or of Azure's."""
    if "Azure" in type(model).__name__:
        return True
    address = getattr(model, "openai_api_base", None)
    return address is None or "api.openai.com" in str(address)


def open_openai(rest: str, sampling: Sampling) -> OpenAIBackend:
    """Return a model of an OpenAI-compatible server. Its key is OPENAI_API_KEY, if set.

    Args:
        rest: `MODEL@URL`; the URL as the server gives it, mostly ending in `/v1`.
        sampling: The role's settings.

    Raises:
        UsageError: The URL or the model's name is missing.
        ModelUnavailableError: The extra is not installed, or no server answers there.
    """
    place = read_place(rest, os.environ.get("OPENAI_API_KEY") or "none")
    try:
        import langchain_openai  # noqa: F401  # the next line may come from memory

        from langgraph_nas.llm.openai_chat import ThoughtfulChatOpenAI
    except ImportError as error:
        raise ModelUnavailableError(
            "openai:MODEL@URL needs an extra: pip install 'langgraph-nas[openai]'"
        ) from error
    from pydantic import SecretStr

    look(place, sampling)
    with making_client(place.url):
        model = ThoughtfulChatOpenAI(
            model=place.model,
            base_url=place.url,
            api_key=SecretStr(place.key),
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            timeout=sampling.timeout,
            max_retries=0,  # the role retries, with pauses that a user can see
            **model_clients(place.url, sampling),
        )
    return OpenAIBackend(f"openai:{rest}", model, sampling)
