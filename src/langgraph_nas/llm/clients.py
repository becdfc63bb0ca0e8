"""HTTP clients for model servers: what the environment says of proxies and certificates.

A proxy is for other machines: this one is asked directly, whatever the environment says.
"""

import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph_nas.config.secrets import without_user
from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.addresses import is_loopback
from langgraph_nas.llm.faults import words_of

_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_HIDDEN = re.compile(r"OLLAMA_HOST$|OLLAMA_API_KEY$|SSL_CERT_|.*_PROXY$", re.IGNORECASE)


def client_options(url: str) -> dict[str, Any]:
    """Return the keywords of an httpx client that talks to this address."""
    if not is_loopback(url):
        return {}
    # What the environment says is left out as a whole: there is no switch for proxies alone.
    certificates = {"verify": _certificates()} if url.startswith("https:") else {}
    return {"trust_env": False, **certificates}


def no_idle_connections() -> dict[str, Any]:
    """Return the keywords of an httpx client that closes each connection with its reply.

    LangChain never closes its clients, and one that a loop has left open is of no use to another.
    """
    import httpx

    return {"limits": httpx.Limits(max_keepalive_connections=0)}


@contextmanager
def making_client(url: str) -> Iterator[None]:
    """Turn what a client raises when it is made inside into one line that says what to do.

    Raises:
        ModelUnavailableError: The environment or the address does not let it be made.
    """
    try:
        yield
    except Exception as error:  # each client has a class of its own for a bad address
        known = isinstance(error, ImportError | OSError | ValueError)
        if isinstance(error, ModelUnavailableError) or not (known or _is_bad_url(error)):
            raise
        raise ModelUnavailableError(f"{url} can't be asked: {_reason(error)}") from error


def import_ollama() -> None:
    """Import `ollama`, which makes a client of what the environment says as it is imported.

    Where that can't be done it is imported as if the environment said nothing.
    """
    try:
        import ollama  # noqa: F401
    except Exception:  # what is wrong is told when the client is made that is used
        hidden = {name: os.environ.pop(name) for name in list(os.environ) if _HIDDEN.match(name)}
        try:
            import ollama  # noqa: F401
        finally:
            os.environ.update(hidden)


def _certificates() -> ssl.SSLContext:
    """Return the certificates to trust: those that the environment names, if any."""
    named: dict[str, str] = {}
    for variable, keyword in zip(_CERTIFICATES, ("cafile", "capath"), strict=True):
        if not named and os.environ.get(variable):
            named[keyword] = os.environ[variable]
    return ssl.create_default_context(**named)  # type: ignore[arg-type]


def _is_bad_url(error: Exception) -> bool:
    return type(error).__name__ == "InvalidURL"


def _reason(error: Exception) -> str:
    words = _words(error)
    if isinstance(error, ImportError) and "socks" in words.lower():
        return (
            f"{_named(_PROXIES, 'socks')} names a SOCKS proxy, which needs a package: pip install "
            "socksio, or unset it"
        )
    if isinstance(error, OSError):
        return (
            f"{_named(_CERTIFICATES)} can't be read as certificates "
            f"({error.strerror or words}): unset it, or name a file that is there"
        )
    if proxy := _bad_proxy():
        return f"{proxy} names no proxy that can be used: correct or unset it"
    if "proxy" in words.lower():
        return f"{_named(_PROXIES)} names no proxy that can be used ({words}): correct or unset it"
    if "ascii" in words:
        return f"its key or address holds a character that can't be sent ({words})"
    return f"{words}; check the address"


def _bad_proxy() -> str | None:
    """Return the variable that is no proxy's address, with its value, None if there is none."""
    import httpx

    for name in (*_PROXIES, *map(str.lower, _PROXIES), "OPENAI_PROXY"):
        value = os.environ.get(name)
        try:
            if value:
                httpx.Proxy(value if "://" in value else f"http://{value}")
        except Exception:  # what it says may quote a part of the password
            return _named((name,))
    return None


def _words(error: Exception) -> str:
    """Return what an error says; of one that pydantic wrapped, what that one said."""
    errors = getattr(error, "errors", None)
    inner = errors()[0].get("ctx", {}).get("error") if callable(errors) else None
    return words_of(inner or error)


def _named(variables: tuple[str, ...], begin: str = "") -> str:
    """Return the first of these variables that is set (to what begins so), and its value."""
    for name in (*variables, *map(str.lower, variables)):
        value = os.environ.get(name, "")
        is_there = name in _CERTIFICATES and Path(value).is_dir()
        if value and value.lower().startswith(begin) and not is_there:
            return f"{name}={without_user(value)}"
    return "the environment"
