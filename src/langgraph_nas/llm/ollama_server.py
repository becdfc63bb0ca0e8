"""An Ollama server: where it is, whether it answers, and which models it has."""

import os
from typing import TYPE_CHECKING, NoReturn

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.faults import is_loss, status_of, words_of

if TYPE_CHECKING:
    from ollama import Client

LOOK_SECONDS = 10.0
"""How long a server may take to describe a model."""

CODER_MARKS = ("coder", "code", "codestral", "devstral")
NOT_CHAT_MARKS = ("embed", "bge-", "minilm", "rerank")


def list_ollama_models(*, timeout: float = 2.0) -> list[str]:
    """Return the names of the server's models, newest first.

    Raises:
        ModelUnavailableError: No server answers.
    """
    try:
        with connect(timeout=timeout) as client:
            found = client.list().models
    except Exception as error:  # whatever is at that port; `unreachable` raises the others
        unreachable(error)
    return [model.model for model in found if model.model]


def ollama_problem(*, timeout: float = 2.0) -> str | None:
    """Return why Ollama can't be used here, None if it answers and has a model to chat with."""
    try:
        names = list_ollama_models(timeout=timeout)
    except ModelUnavailableError as error:
        return str(error)
    if not choose_model(names):
        return f"Ollama at {host()} has no model: run e.g. `ollama pull qwen2.5-coder:7b`"
    return None


def choose_model(names: list[str]) -> str | None:
    """Return the model that writes programs best: the newest for code, else the newest.

    Models that only embed texts, and those that Ollama runs elsewhere (`cloud`), don't count.
    """
    usable = [
        name
        for name in names
        if not any(mark in name for mark in NOT_CHAT_MARKS) and not name.endswith("cloud")
    ]
    coders = [name for name in usable if any(mark in name for mark in CODER_MARKS)]
    return next(iter(coders or usable), None)


def connect(address: str | None = None, *, timeout: float = LOOK_SECONDS) -> "Client":
    """Return a client for small questions; default: the server at OLLAMA_HOST."""
    from ollama import Client

    return Client(host=address, timeout=timeout)


def host() -> str:
    """Return the address that clients use, for messages."""
    return os.environ.get("OLLAMA_HOST") or "127.0.0.1:11434"


def unreachable(error: Exception) -> NoReturn:
    """Raise what to do about a server that does not answer, or an error that is none of its."""
    if status_of(error) is None and not is_loss(error):
        raise error
    # The client's own words for a refused connection are an advertisement.
    why = "nothing listens there" if type(error) is ConnectionError else words_of(error)
    raise ModelUnavailableError(
        f"no Ollama server answers at {host()} ({why}): start it with "
        "`ollama serve`, or set OLLAMA_HOST to where it runs"
    ) from error
