"""A model of an Ollama server, opened: it is there, can chat, and reads enough at once."""

from typing import TYPE_CHECKING

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.addresses import ollama_address
from langgraph_nas.llm.bounded import bounds
from langgraph_nas.llm.clients import (
    client_options,
    import_ollama,
    making_client,
    no_idle_connections,
)
from langgraph_nas.llm.faults import is_loss, status_of, words_of
from langgraph_nas.llm.ollama import OllamaBackend
from langgraph_nas.llm.ollama_server import (
    capabilities,
    host,
    list_ollama_models,
    open_client,
    told,
    unreachable,
)
from langgraph_nas.llm.progress import OnProgress
from langgraph_nas.llm.sampling import Sampling

if TYPE_CHECKING:
    from ollama import ProgressResponse, ShowResponse


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
    url, headers = ollama_address()
    import_ollama()
    with making_client(url):
        from langchain_ollama import ChatOllama

        model = ChatOllama(
            model=name,
            base_url=url,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            keep_alive=sampling.keep_alive,
            client_kwargs={
                "timeout": sampling.timeout,
                "headers": headers,
                **client_options(url),
                **no_idle_connections(),
            },
            sync_client_kwargs=bounds(sampling),
            async_client_kwargs=bounds(sampling, is_async=True),
        )
    backend = OllamaBackend(f"ollama:{name}", model, sampling)
    shown = _show(name)
    if shown is None:
        if not pull:
            raise ModelUnavailableError(_missing(name))
        _pull(name, on_progress)
        shown = _show(name)
    _check_abilities(name, capabilities(shown))
    _check_window(name, shown, sampling)
    backend.tell_abilities(capabilities(shown))
    if sampling.think != "auto" and on_progress and not backend.can_think():
        on_progress(f"{name} is not known to think: --think {sampling.think} is not sent.")
    return backend


def _show(name: str) -> "ShowResponse | None":
    """Return the server's description of a model, None if it has none of this name."""
    try:
        with open_client() as client:
            shown: ShowResponse = client.show(name)
        return shown
    except Exception as error:  # whatever is at that port; `unreachable` raises the others
        if status_of(error) == 404 or "invalid model name" in words_of(error):
            list_ollama_models()  # anything else says 404 too
            return None
        unreachable(error)


def _missing(name: str) -> str:
    names = list_ollama_models()
    here = told(names) or " (it has no model at all)"
    return (
        f"Ollama at {host()} does not have {name}{here}: run `ollama pull {name}`, "
        "pass --pull, or search with one that it has"
    )


def _check_abilities(name: str, known: frozenset[str] | None) -> None:
    """Raise if the server says that the model can't write a reply."""
    if known is not None and "completion" not in known:
        raise ModelUnavailableError(
            f"ollama:{name} can't chat, it is for {', '.join(sorted(known))}: name another model"
            f"{told(list_ollama_models())}"
        )


def _pull(name: str, on_progress: OnProgress | None) -> None:
    """Let the server fetch a model, telling how far it is."""
    last = ""
    try:
        # The pull of a large model has long silences while its checksum is verified.
        with open_client(timeout=None) as client:
            for part in client.pull(name, stream=True):
                line = _pull_line(name, part)
                if on_progress and line != last:
                    on_progress(line)
                last = line
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
