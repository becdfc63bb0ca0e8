"""An Ollama server: where it is, whether it answers, and which models it has."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from langgraph_nas.errors import ModelUnavailableError, NasError
from langgraph_nas.llm.addresses import ollama_address
from langgraph_nas.llm.bounded import MOST_LISTED, hooks
from langgraph_nas.llm.clients import client_options, import_ollama, making_client
from langgraph_nas.llm.faults import UNREADABLE, is_loss, status_of, words_of

if TYPE_CHECKING:
    from ollama import Client, ListResponse, ShowResponse

LOOK_SECONDS = 10.0
"""How long a server may take to describe a model."""

CODER_MARKS = ("coder", "code", "codestral", "devstral")
NOT_CHAT_MARKS = ("embed", "bge-", "minilm", "rerank", "paraphrase")
"""In names of models that only embed texts; for servers that don't tell what a model can do."""
SHOWN_MODELS = 12
LONGEST_NAME = 80
"""Characters of a model's name that are shown."""
PULL = "run e.g. `ollama pull qwen2.5-coder:7b`"


def list_ollama_models(*, timeout: float = 2.0) -> list[str]:
    """Return the names of the server's models, newest first, those of one time by name.

    Raises:
        ModelUnavailableError: No server answers.
    """
    try:
        with open_client(timeout=timeout) as client:
            found = client.list().models
    except Exception as error:  # whatever is at that port; `unreachable` raises the others
        unreachable(error)
    return [model.model for model in _newest_first(found) if model.model]


def ollama_problem(*, timeout: float = 2.0) -> str | None:
    """Return why Ollama can't be used here, None if it answers and has a model to chat with."""
    try:
        names = list_ollama_models(timeout=timeout)
        if choose_model(names, can_chat) is None:
            return f"Ollama at {host()} has no model that can chat{told(names)}: {PULL}"
    except ModelUnavailableError as error:
        return str(error)
    return None


def named_for_chat(name: str) -> bool:
    """Tell whether a model can chat, going by its name."""
    return not any(mark in name for mark in NOT_CHAT_MARKS)


def can_chat(name: str) -> bool:
    """Tell whether a model can chat: as the server says, else by its name."""
    known = ask_capabilities(name)
    return named_for_chat(name) if known is None else "completion" in known


def choose_model(
    names: Sequence[str], can_chat: Callable[[str], bool] = named_for_chat
) -> str | None:
    """Return the first model that can chat, those for code before others; None if none can.

    Models that Ollama runs elsewhere (`cloud`) don't count.

    Args:
        names: Models of the server, newest first.
        can_chat: Tells of a name whether it can; asked until one does.
    """
    here = [name for name in names if not name.endswith("cloud")]
    coders = [name for name in here if any(mark in name for mark in CODER_MARKS)]
    others = [name for name in here if name not in coders]
    return next((name for name in [*coders, *others] if can_chat(name)), None)


def capabilities(shown: "ShowResponse | None") -> frozenset[str] | None:
    """Return what a model can do (`completion`, `thinking`, `embedding`); None: not told."""
    return frozenset(shown.capabilities) if shown and shown.capabilities else None


def ask_capabilities(name: str, address: str | None = None) -> frozenset[str] | None:
    """Return what the server says that a model can do; None if it does not say."""
    try:
        with open_client(address) as client:
            return capabilities(client.show(name))
    except Exception as error:  # as above; old servers and others know no such route
        if status_of(error) is None and not isinstance(error, UNREADABLE):
            unreachable(error)
        return None


def told(names: Iterable[str]) -> str:
    """Return which models there are, in brackets, as part of a message."""
    found = [_shown(name) for name in names]
    if not found:
        return ""
    rest = len(found) - SHOWN_MODELS
    more = f" and {rest} more" if rest > 0 else ""
    return f" (it has {', '.join(found[:SHOWN_MODELS])}{more})"


def _shown(name: str) -> str:
    """Return a model's name on one line, whatever a server calls it."""
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."


def open_client(address: str | None = None, *, timeout: float | None = LOOK_SECONDS) -> "Client":
    """Return a client for small questions; default: the server at OLLAMA_HOST.

    Raises:
        ModelUnavailableError: The address is none, or the environment lets no client be made.
    """
    url, headers = ollama_address(address)
    import_ollama()
    with making_client(url):
        from ollama import Client

        # A pull is a question without an end, which tells how far it is for as long as it takes.
        bound = {} if timeout is None else hooks(MOST_LISTED, timeout)
        return Client(host=url, headers=headers, timeout=timeout, **client_options(url), **bound)


def host() -> str:
    """Return the address that clients use, for messages."""
    return ollama_address().url


def unreachable(error: Exception) -> NoReturn:
    """Raise what to do about a server that does not answer, or an error that is none of its."""
    is_answer = isinstance(error, UNREADABLE)
    if isinstance(error, NasError) or (
        status_of(error) is None and not is_loss(error) and not is_answer
    ):
        raise error
    if status_of(error) in (401, 403):
        raise ModelUnavailableError(
            f"Ollama at {host()} does not let you in ({words_of(error)}): set OLLAMA_API_KEY, or "
            "OLLAMA_HOST to another server"
        ) from error
    raise ModelUnavailableError(
        f"no Ollama server answers at {host()} ({_reason(error)}): start it with "
        "`ollama serve`, or set OLLAMA_HOST to where it runs"
    ) from error


def _reason(error: Exception) -> str:
    if status_of(error) is not None:
        return f"what answers there says: {words_of(error)}"
    if isinstance(error, UNREADABLE):
        return "what answers there is not Ollama"
    if type(error) is not ConnectionError:
        return words_of(error)
    # The client's own words for all that keeps it from connecting are an advertisement.
    cause = words_of(error.__context__ or error)
    return "nothing listens there" if "refused" in cause.lower() else cause


def _newest_first(models: "Sequence[ListResponse.Model]") -> "list[ListResponse.Model]":
    """Return models in an order that does not change: the server's own does, within a second."""
    oldest = datetime.min.replace(tzinfo=UTC)

    def age(model: "ListResponse.Model") -> float:
        at = model.modified_at or oldest
        return -(at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()

    return sorted(models, key=lambda model: (age(model), model.model or ""))
