"""From a model's id, or a chat model object, to a role that can be asked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Union

from langgraph_nas.config.secrets import shown_model
from langgraph_nas.errors import ModelUnavailableError, UsageError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.progress import OnProgress
from langgraph_nas.llm.role import Role
from langgraph_nas.llm.sampling import Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FORMS = "auto, ollama:MODEL, embedded, embedded:PATH.gguf, replay:FILE.jsonl, openai:MODEL@URL"
"""The ids that `open_role` knows."""


def open_role(
    name: str,
    model: Union[str, "BaseChatModel"],
    sampling: Sampling,
    *,
    pull: bool = False,
    on_progress: OnProgress | None = None,
    sleep: Callable[[float], object] = time.sleep,
    asleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Role:
    """Return a role whose model is there and ready to be asked.

    Args:
        name: The role, `generator` or `improver`.
        model: One of `FORMS`, or any LangChain chat model.
        sampling: Its settings; what a chat model object has set itself stays.
        pull: Let Ollama fetch a model that it lacks.
        on_progress: Takes lines on a pull and on the embedded model's loading.
        sleep: Waits before a retry of `ask`; seconds.
        asleep: The same for `aask`.

    Raises:
        UsageError: The id has no known form, a file of replies is not usable, or a window has no
            room for a prompt.
        ModelUnavailableError: The model, its server or its package is not there.
    """
    if isinstance(model, str):
        backend = _open_id(name, model, sampling, pull, on_progress)
    else:
        backend = _wrap(model, sampling)
    return Role(name, backend, sleep=sleep, asleep=asleep)


def resolve_auto() -> tuple[str, str]:
    """Return the id of the model that `auto` stands for here, and one line that says why.

    Raises:
        ModelUnavailableError: Neither Ollama nor the embedded model works; both reasons.
    """
    from langgraph_nas.llm.embedded import embedded_problem
    from langgraph_nas.llm.ollama_server import (
        PULL,
        can_chat,
        choose_model,
        host,
        list_ollama_models,
        told,
    )

    try:
        names = list_ollama_models(timeout=1.0)
        if name := choose_model(names, can_chat):
            return f"ollama:{name}", f"Ollama answers at {host()}; its model {name} is used"
        away = f"Ollama at {host()} has no model that can chat{told(names)}: {PULL}"
    except ModelUnavailableError as error:
        away = str(error)
    missing = embedded_problem()
    if missing is None:
        return "embedded", f"{away}. So the embedded model is used"
    raise ModelUnavailableError(f"no model to ask. {away}. {missing}")


def _open_id(
    name: str, model: str, sampling: Sampling, pull: bool, on_progress: OnProgress | None
) -> Backend:
    if model == "auto":
        model = resolve_auto()[0]
    kind, colon, rest = model.partition(":")
    if kind == "embedded" and (rest or not colon):
        from langgraph_nas.llm.embedded import open_embedded

        return open_embedded(rest or None, sampling, on_progress)
    if kind == "ollama" and rest:
        from langgraph_nas.llm.ollama_models import open_ollama

        return open_ollama(rest, sampling, pull=pull, on_progress=on_progress)
    if kind == "replay" and rest:
        from langgraph_nas.llm.replay import open_replay

        return open_replay(rest, name, sampling)
    if kind == "openai" and rest:
        from langgraph_nas.llm.openai import open_openai

        return open_openai(rest, sampling)
    raise UsageError(f"unknown model {shown_model(model)!r} for the {name}: give one of {FORMS}")


def _wrap(model: "BaseChatModel", sampling: Sampling) -> Backend:
    """Return the backend that knows how this class of chat model takes seed and schema."""
    from langgraph_nas.llm.clients import import_ollama

    import_ollama()
    from langchain_ollama import ChatOllama

    from langgraph_nas.llm.embedded import EmbeddedBackend, EmbeddedChatModel
    from langgraph_nas.llm.ollama import OllamaBackend
    from langgraph_nas.llm.openai import OpenAIBackend
    from langgraph_nas.llm.replay import ReplayBackend, ReplayChatModel

    if isinstance(model, ChatOllama):
        return OllamaBackend(f"ollama:{model.model}", model, sampling)
    if isinstance(model, EmbeddedChatModel):
        return EmbeddedBackend(model.label, model, sampling)
    if isinstance(model, ReplayChatModel):
        return ReplayBackend(f"replay:{model.path}", model, sampling)
    names = [cls.__name__ for cls in type(model).__mro__]
    if "BaseChatOpenAI" in names:  # by name, as its package is optional
        return OpenAIBackend(f"openai:{getattr(model, 'model_name', '')}", model, sampling)
    return Backend(names[0], model, sampling)
