"""A server of OpenAI's protocol, looked at before a search: it is one, and has the model.

Servers tell little in common: a list of models, which some lack and in which others leave out
models that they have. Where the list leaves a doubt, a reply of one token says more.
"""

import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from langgraph_nas.config.secrets import secret_in, shown_model
from langgraph_nas.errors import ModelUnavailableError, UsageError
from langgraph_nas.llm.backend import TOO_LONG
from langgraph_nas.llm.bounded import MOST_LISTED, bounds, hooks
from langgraph_nas.llm.clients import client_options, making_client, no_idle_connections
from langgraph_nas.llm.faults import UNREADABLE, is_loss, status_of, words_of
from langgraph_nas.llm.ollama_server import told
from langgraph_nas.llm.sampling import Sampling

if TYPE_CHECKING:
    from openai import OpenAI

LOOK_SECONDS = 10.0
"""How long a server may take to list its models."""
EXAMPLE = "openai:qwen2.5-coder@http://127.0.0.1:8080/v1"
NO_REPLY = "what answers there is no reply of OpenAI's protocol"

_WINDOWS = ("max_model_len", "context_length", "context_window", "max_context_length")
"""How servers call the tokens that a model of their list reads at once (vLLM's comes first)."""
_ROUTE = re.compile(r"/(chat/completions|completions|models|chat|responses)$")


class Endpoint(NamedTuple):
    """A model of a server, and the key to it."""

    model: str
    url: str
    key: str

    def client(self, timeout: float, url: str | None = None) -> "OpenAI":
        """Return a client for small questions."""
        from openai import DefaultHttpxClient, OpenAI

        address = url or self.url
        with making_client(address):
            return OpenAI(
                base_url=address,
                api_key=self.key,
                timeout=timeout,
                max_retries=0,
                http_client=DefaultHttpxClient(
                    **client_options(address), **_basic_auth(), **hooks(MOST_LISTED, timeout)
                ),
            )


def read_place(rest: str, key: str) -> Endpoint:
    """Return the model, address and key of `MODEL@URL`.

    Raises:
        UsageError: It has no such form, the address is none, or holds a secret.
    """
    shown = shown_model(f"openai:{rest}")
    name, at, end = rest.strip().strip("\"'").partition("@http")
    if not name or not at:
        raise UsageError(f"{shown} is not of the form openai:MODEL@URL, e.g. {EXAMPLE}")
    if wrong := secret_in(f"openai:{rest}"):
        raise UsageError(f"{shown}: {wrong}")
    url = f"http{end}".rstrip("/")
    try:
        parts = urlsplit(url)
        is_place = bool(parts.hostname) and "://" in url and parts.port != 0
    except ValueError:
        is_place = False
    if not is_place or re.search(r"\s", url):
        raise UsageError(f"{shown} names no address after the @: write it like {EXAMPLE}")
    if route := _ROUTE.search(url):
        base = url[: route.start()]
        raise UsageError(
            f"{shown} ends with /{route[1]}, which the client adds itself: write "
            f"openai:{name}@{base}"
        )
    return Endpoint(name, url, key)


def model_clients(url: str, sampling: Sampling) -> dict[str, Any]:
    """Return the keywords with which a `ChatOpenAI` asks this address as it should be asked.

    Args:
        url: The address.
        sampling: The role's settings, which bound what is read of an answer.
    """
    options = client_options(url)
    if not options and (proxy := os.environ.get("OPENAI_PROXY")):
        options = {"proxy": proxy}
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

    options |= {**no_idle_connections(), **_basic_auth()}
    return {
        "http_client": DefaultHttpxClient(**options, **bounds(sampling)),
        "http_async_client": DefaultAsyncHttpxClient(**options, **bounds(sampling, is_async=True)),
        "openai_proxy": None,  # else it is what OPENAI_PROXY says; see above
    }


def _basic_auth() -> dict[str, Any]:
    """Return the keyword of an httpx client with a user and password, where OPENAI_BASIC_AUTH is.

    They are sent in the place of the key, and stay in the client: a model tells its own keywords.
    """
    user, _, password = os.environ.get("OPENAI_BASIC_AUTH", "").partition(":")
    return {"auth": (user, password)} if user or password else {}


def look(place: Endpoint, sampling: Sampling) -> None:
    """Make sure that a server answers which has the model, and that prompt and reply fit.

    Raises:
        ModelUnavailableError: It does not; the message says what to check.
    """
    models = _list_models(place)
    found = next((m for m in models or [] if _is_named(m, place.model)), None)
    if found is None:
        _try(place, models, sampling.timeout)
        return
    window = next((found[key] for key in _WINDOWS if isinstance(found.get(key), int)), None)
    if window is not None and window < sampling.window:
        raise ModelUnavailableError(
            f"openai:{place.model} reads at most {window} tokens and {sampling.window} are asked "
            "for: lower --prompt-tokens and --reply-tokens to fit, or raise the server's own "
            "context setting"
        )


def _list_models(place: Endpoint) -> list[dict[str, Any]] | None:
    """Return the models that a server lists, None if it lists none in the protocol's way."""
    try:
        with place.client(LOOK_SECONDS) as client:
            return _read_list(client)
    except Exception as error:  # the client's own classes; what is no server's fault goes on
        _refuse_unreachable(place, error)
    if not urlsplit(place.url).path.endswith("/v1"):
        _suggest_v1(place)
    return None


def _read_list(client: "OpenAI") -> list[dict[str, Any]]:
    """Return what a server lists.

    Raises:
        ValueError: It answers with something else.
    """
    found = json.loads(client.models.with_raw_response.list().http_response.text)
    models = found.get("data") if isinstance(found, dict) else None
    if not isinstance(models, list):
        raise ValueError(f"{NO_REPLY}: {words_of(Exception(json.dumps(found)))}")
    return [model for model in models if isinstance(model, dict)]


def _refuse_unreachable(place: Endpoint, error: Exception) -> None:
    """Raise if this says that no server can be asked, and not only that it lists no models."""
    status = status_of(error)
    if isinstance(error, ModelUnavailableError):
        raise error
    if status in (401, 403):
        raise ModelUnavailableError(
            f"{place.url} does not take the key: set OPENAI_API_KEY, or OPENAI_BASIC_AUTH to "
            "USER:PASSWORD"
        ) from error
    if isinstance(error, UnicodeEncodeError):
        raise ModelUnavailableError(
            f"{place.url} can't be asked: OPENAI_API_KEY holds a character that can't be sent"
        ) from error
    is_unreadable = isinstance(error, UNREADABLE)
    if status is None and not is_loss(error) and not is_unreadable:
        raise error
    is_answer = is_unreadable or (status is not None and status < 500)
    if not is_answer:
        raise ModelUnavailableError(
            f"no OpenAI-compatible server answers at {place.url}: {words_of(error)}; start it, or "
            "check the address in `openai:MODEL@URL`"
        ) from error


def _suggest_v1(place: Endpoint) -> None:
    """Raise if the address only lacks `/v1`."""
    try:
        with place.client(LOOK_SECONDS, f"{place.url}/v1") as client:
            _read_list(client)
    except Exception:  # it was a guess
        return
    raise ModelUnavailableError(
        f"OpenAI's routes are not at {place.url} but at {place.url}/v1: write "
        f"openai:{place.model}@{place.url}/v1"
    )


def _is_named(model: dict[str, Any], name: str) -> bool:
    return model.get("id") in (name, f"{name}:latest")


def _try(place: Endpoint, models: list[dict[str, Any]] | None, timeout: float) -> None:
    """Ask the model for one token; raise if that can't be had.

    Raises:
        ModelUnavailableError: The server has no such model, or its answer is none.
    """
    here = told(str(model["id"]) for model in models or [] if model.get("id"))
    try:
        with place.client(timeout) as client:
            answer = client.chat.completions.with_raw_response.create(
                model=place.model, messages=[{"role": "user", "content": "Hello"}], max_tokens=1
            )
        found = json.loads(answer.http_response.text)
    except Exception as error:  # as in `_list_models`
        status = status_of(error)
        if status in (408, 409, 425, 429) or "max_tokens" in words_of(error):
            return  # busy, or particular about the limit's name: it is there
        if status in (400, 413, 422) and TOO_LONG.search(words_of(error)):
            raise ModelUnavailableError(
                f"openai:{place.model} does not hold even a short prompt ({words_of(error)}): "
                "lower --prompt-tokens and --reply-tokens to fit, or raise the server's own "
                "context setting"
            ) from error
        if status in (400, 404, 422):
            raise ModelUnavailableError(
                f"{place.url} can't be asked for {place.model}{here}: {words_of(error)}; check "
                "the model's name and that the address ends as the server says, mostly in /v1"
            ) from error
        _refuse_unreachable(place, error)
        found = None
    choices = found.get("choices") if isinstance(found, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        said = found.get("error") if isinstance(found, dict) else None
        words = f" ({words_of(Exception(json.dumps(said)))})" if said else ""
        raise ModelUnavailableError(
            f"{place.url} was asked for {place.model} and {NO_REPLY}{words}: check the server's "
            f"log, that the model is loaded{here}, and that the address ends as the server says, "
            "mostly in /v1"
        )
