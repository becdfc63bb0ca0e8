"""Addresses of model servers, as people write them, and which are on this machine."""

import base64
import os
import re
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from langgraph_nas.config.secrets import without_secrets, without_user
from langgraph_nas.errors import ModelUnavailableError

OLLAMA_PORT = "11434"
PORTS = {"http": "80", "https": "443"}
"""Of addresses that name a scheme and no port."""

_NAME = re.compile(r"[^\s/\\?#@:\[\]\"'<>^`{|}%]+")
_ROUTE = re.compile(r"(?:^|/)((?:v1|api)(?:/(?:chat|chat/completions|models|tags|generate))?)$")
"""A path that is a route of Ollama's, not where its routes begin."""


class Address(NamedTuple):
    """A server's address."""

    url: str
    """Without user, password and a slash at the end."""
    headers: dict[str, str]
    """What says who asks; empty if the address named no user."""


def ollama_address(text: str | None = None) -> Address:
    """Return the address of the Ollama server, read as the `ollama` program reads it.

    Quotes and blanks around it don't count; what is not said is http, 127.0.0.1 and 11434. "All
    addresses", on which a server listens, is this machine for who asks.

    Args:
        text: The address; default: OLLAMA_HOST.

    Raises:
        ModelUnavailableError: It is none; the message says what to write.
    """
    named = "OLLAMA_HOST" if text is None else "the address of Ollama"
    said = (os.environ.get("OLLAMA_HOST", "") if text is None else text).strip().strip("\"'")
    scheme, has_scheme, rest = said.strip().partition("://")
    if not has_scheme:
        scheme, rest = "http", scheme
    scheme = scheme.lower()
    place, _, path = rest.partition("/")
    user, _, place = place.rpartition("@")
    host, port = _split_port(place)
    wrong = _what_is_wrong(scheme, host, port, f"{place}/{path}" if not has_scheme else "")
    if "@" in path:
        wrong = "a / and an @ in its user or password are written %2F and %40"
    if wrong:
        raise ModelUnavailableError(
            f"{named} is {_safe(said)!r}: {without_secrets(wrong)}. Write it like "
            "127.0.0.1:11434 or https://ollama.example.org"
        )
    path = path.strip("/")
    default = PORTS[scheme] if has_scheme else OLLAMA_PORT
    base = f"{scheme}://{_as_url(host)}:{port or default}"
    if route := _ROUTE.search(path):
        begin = path[: route.start()]
        _refuse_route(named, said, route[1], f"{base}/{begin}".rstrip("/"))
    return Address(f"{base}/{path}" if path else base, _headers(user))


def is_loopback(url: str) -> bool:
    """Tell whether an address is one that this machine talks to itself with."""
    try:
        name = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name in ("localhost", "ip6-localhost") or name.endswith(".localhost"):
        return True
    try:
        found = ip_address(name)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    found = mapped or found
    return found.is_loopback or found.is_unspecified


def _split_port(place: str) -> tuple[str, str]:
    """Return host and port; the port is empty where none is said."""
    if _is_ip(place.strip("[]")):
        return place.strip("[]"), ""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port


def _what_is_wrong(scheme: str, host: str, port: str, bare: str) -> str | None:
    if scheme not in PORTS:
        return f"{scheme}:// is not how to ask a model server"
    if bare.startswith(("http:/", "https:/")):
        return "after http: or https: there are two slashes"
    if host and not _NAME.fullmatch(host) and not _is_ip(host):
        return f"{host!r} is no name of a machine"
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f"{port!r} is no port, which is a number from 1 to 65535"
    return None


def _refuse_route(named: str, said: str, route: str, base: str) -> None:
    """Raise what to write instead of an address that goes on to a route."""
    other = (
        f", or give the model as openai:MODEL@{base}/v1 to ask it through OpenAI's routes"
        if route.startswith("v1")
        else ""
    )
    raise ModelUnavailableError(
        f"{named} is {_safe(said)!r}, which ends with /{route}, but Ollama's own routes begin "
        f"where that does: set OLLAMA_HOST={base}{other}"
    )


def _as_url(host: str) -> str:
    if not host:
        return "127.0.0.1"
    if not _is_ip(host):
        return host
    found = ip_address(host)
    if found.version == 4:
        return "127.0.0.1" if found.is_unspecified else host
    return "[::1]" if found.is_unspecified else f"[{host}]"


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _headers(user: str) -> dict[str, str]:
    if not user:
        return {}
    token = base64.b64encode(unquote(user).encode()).decode()
    return {"authorization": f"Basic {token}"}


def _safe(said: str) -> str:
    """Return an address without the secrets that it may hold."""
    return without_secrets(without_user(said))
