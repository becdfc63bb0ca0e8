"""Passwords and keys, kept out of what is recorded, shown and written.

A model's id is a setting, and settings are recorded with a search and go wherever it goes. So
secrets come from the environment, and texts that may quote one are told without it.
"""

import os
import re
from collections.abc import Iterator
from urllib.parse import unquote

HIDDEN = "***"
LEAST, LEAST_KEY = 4, 12
"""Characters of a password and of a key that are looked for in texts. Shorter ones are part of
many words, and servers that want no key are given one such as `ollama`."""

_USER = re.compile(r"(://|//)[^\s\"'<>]*@")
_KEY = re.compile(
    r"([?&;#][^\s=&;\"'<>]*(?:key|token|secret|passw|pwd|auth|sig|code)[^\s=&;\"'<>]*=)"
    r"[^\s&;\"'<>]+",
    re.IGNORECASE,
)
_HOLDS_ADDRESS = re.compile(r"(?:_PROXY|OLLAMA_HOST)$", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """Return a text without users and passwords of addresses, keys in them, and known secrets.

    Example:
        >>> without_secrets("http://me:secret@host/v1?api_key=abc says no")
        'http://host/v1?api_key=*** says no'
    """
    text = _KEY.sub(rf"\1{HIDDEN}", _USER.sub(r"\1", text))
    for secret in sorted(set(_known()), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def without_user(address: str) -> str:
    """Return an address without user and password, whatever characters they have.

    Example:
        >>> without_user("http://me:sec/r@t@host:80/v1")
        'http://host:80/v1'
    """
    user, at, place = address.rpartition("@")
    scheme, has_scheme, _ = user.partition("://")
    return f"{scheme}://{place}" if at and has_scheme else place


def plain_address(address: str) -> str:
    """Return an address without user, password, query and fragment."""
    return re.split(r"[?#]", without_user(address))[0]


def secret_in(model: str) -> str | None:
    """Return what to do about a secret in a model's id, None if it holds none.

    Ids with an address are of the form `openai:MODEL@URL`.
    """
    kind, _, rest = model.strip().strip("\"'").partition(":")
    name, at, end = rest.partition("@http")
    if kind != "openai" or not at:
        return None
    place = plain_address(f"http{end}").rstrip("/")
    instead = f"write openai:{name}@{place}"
    if "@" in end:
        return (
            "a user and a password in a model's id would be recorded with the search: set "
            f"OPENAI_BASIC_AUTH=USER:PASSWORD, and {instead}"
        )
    if "?" in end or "#" in end:
        return (
            "what follows the path of an address is not sent, and would be recorded with the "
            f"search: set a key as OPENAI_API_KEY, and {instead}"
        )
    return None


def shown_model(value: object) -> object:
    """Return a model's id as it may be shown in a message."""
    if not isinstance(value, str):
        return value
    head, at, end = value.partition("@http")
    if at:
        return f"{head}@{plain_address(f'http{end}')}"
    first, *others = value.split("@")
    return without_secrets(f"{first}@{others[-1]}" if len(others) > 1 else value)


def _known() -> Iterator[str]:
    """Yield the secrets that the environment holds, as they are written and as they are meant."""
    for name, value in os.environ.items():
        if name.endswith("API_KEY") and len(value) >= LEAST_KEY:
            yield value
        password = ""
        if name.endswith("BASIC_AUTH"):
            password = value.partition(":")[2]
        elif _HOLDS_ADDRESS.search(name):
            password = value.rpartition("@")[0].rpartition("//")[2].partition(":")[2]
        yield from (text for text in {password, unquote(password)} if len(text) >= LEAST)
