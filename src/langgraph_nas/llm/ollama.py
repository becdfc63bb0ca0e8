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
from langgraph_nas.llm.ollama_server import connect, host, unreachable
from langgraph_nas.llm.progress import OnProgress
from langgraph_nas.llm.sampling import Call, Reply, Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_ollama import ChatOllama
    from ollama import ProgressResponse, ShowResponse


class OllamaBackend(Backend):
    """A `ChatOllama`: it takes seed, schema and limits with each call.

    Raises:
        UsageError: A reply may take the whole window.
    """

    model: "ChatOllama"

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

    @property
    def prompt_limit(self) -> int:
        """Most tokens that a prompt may have, so that a reply still fits in the window."""
        return min(self.sampling.prompt_tokens, self._window - self.sampling.reply_tokens)

    def bind(self, call: Call) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model with this call's seed and limit, and its schema as `format`."""
        fresh: dict[str, Any] = {"seed": call.seed, "num_predict": call.max_tokens}
        if call.temperature is not None:
            fresh["temperature"] = call.temperature
        if call.stop:
            fresh["stop"] = call.stop
        keywords = {"format": call.schema} if call.schema is not None else {}
        return self.model.model_copy(update=fresh), keywords

    def read(self, message: "AIMessage", seconds: float) -> Reply:
        """Return the answer, if its last record came."""
        if not message.response_metadata.get("done"):
            raise BrokenReplyError("the connection ended in the middle of a reply")
        nanoseconds = message.response_metadata.get("load_duration")
        reply = super().read(message, seconds)
        return replace(reply, load_seconds=nanoseconds and nanoseconds / 1e9)

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
            with connect(model.base_url, timeout=self.sampling.timeout) as client:
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
            with connect(self.model.base_url) as client:
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
            with connect(self.model.base_url) as client:
                return vram_bytes(client, self.model.model)
        except Exception as error:  # `unreachable` raises what is not the server's
            unreachable(error)

    def _window_in_use(self) -> int | None:
        """Return the context size that the server loaded the model with, if it says."""
        import httpx
        from ollama import ResponseError

        try:
            with connect(self.model.base_url) as client:
                loaded = find_loaded(client, self.model.model)
        except (ConnectionError, httpx.HTTPError, ResponseError):
            return None
        return loaded.context_length if loaded else None


def open_ollama(
    name: str, sampling: Sampling, *, pull: bool, on_progress: OnProgress | None
) -> OllamaBackend:
    """Return a model of the Ollama server, which must answer and have it.

    Args:
        name: The model as Ollama names it, e.g. `qwen2.5-coder:7b`.
        sampling: The role's settings.
        pull: Let the server fetch a model that it lacks.
        on_progress: Told how far the pull is.

    Raises:
        ModelUnavailableError: No server, no such model, or its window is too small.
        UsageError: A reply may take the whole window.
    """
    from langchain_ollama import ChatOllama

    model = ChatOllama(
        model=name,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        keep_alive=sampling.keep_alive,
        client_kwargs={"timeout": sampling.timeout},
    )
    backend = OllamaBackend(f"ollama:{name}", model, sampling)
    shown = _show(name)
    if shown is None:
        if not pull:
            raise ModelUnavailableError(
                f"Ollama at {host()} does not have {name}: run `ollama pull {name}`, or pass --pull"
            )
        _pull(name, on_progress)
        shown = _show(name)
    _check_window(name, shown, sampling)
    return backend


def _show(name: str) -> "ShowResponse | None":
    """Return the server's description of a model, None if it is not pulled."""
    try:
        with connect() as client:
            shown: ShowResponse = client.show(name)
        return shown
    except Exception as error:  # whatever is at that port; `unreachable` raises the others
        if status_of(error) == 404:
            return None
        unreachable(error)


def _pull(name: str, on_progress: OnProgress | None) -> None:
    """Let the server fetch a model, telling how far it is."""
    from ollama import Client

    try:
        # The pull of a large model has long silences while its checksum is verified.
        told = ""
        for part in Client(timeout=None).pull(name, stream=True):
            line = _pull_line(name, part)
            if on_progress and line != told:
                on_progress(line)
            told = line
    except Exception as error:  # as in `_show`
        if status_of(error) is None and not is_loss(error):
            raise
        raise ModelUnavailableError(
            f"Ollama at {host()} could not pull {name}: {words_of(error)}"
        ) from error


def _pull_line(name: str, part: "ProgressResponse") -> str:
    """Return how far a pull is, in steps of 5 %."""
    if not part.total:
        return f"pulling {name}: {part.status}"
    percent = 100 * (part.completed or 0) // part.total // 5 * 5
    return f"pulling {name}: {percent} % of {part.total / 1e9:.1f} GB"


def _check_window(name: str, shown: "ShowResponse | None", sampling: Sampling) -> None:
    """Raise if the model was never trained on as many tokens as prompt and reply may have."""
    facts = dict(shown.modelinfo or {}) if shown else {}
    trained = next((n for key, n in facts.items() if key.endswith(".context_length")), None)
    if isinstance(trained, int) and trained < sampling.window:
        raise ModelUnavailableError(
            f"ollama:{name} reads at most {trained} tokens and {sampling.window} are asked for: "
            "lower --prompt-tokens and --reply-tokens (or --num-ctx) to fit"
        )
