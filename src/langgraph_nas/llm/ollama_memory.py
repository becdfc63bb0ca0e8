"""GPU memory that an Ollama server keeps, and how to make it let go.

Only a server on this machine holds memory of this machine's GPU; others are left alone.
"""

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langgraph_nas.llm.addresses import is_loopback, ollama_address

if TYPE_CHECKING:
    from ollama import Client, ProcessResponse

UNLOAD_SECONDS = 20.0
"""How long a model may take to leave; a request that is being answered holds it."""
POLL_SECONDS = 0.05
_THIS_MACHINE = "host.docker.internal"
"""How containers call the machine that they run on."""


def is_here(address: str) -> bool:
    """Tell whether a server at this address (as in OLLAMA_HOST) runs on this machine."""
    url = ollama_address(address).url
    return is_loopback(url) or urlsplit(url).hostname == _THIS_MACHINE


def find_loaded(client: "Client", name: str) -> "ProcessResponse.Model | None":
    """Return what the server says of a loaded model, None if it is not loaded."""
    names = (name, f"{name}:latest")
    return next((model for model in client.ps().models if model.model in names), None)


def as_sent(keep_alive: int | str) -> int | str:
    """Return how long to keep a model as Ollama can read it.

    A number is seconds, below zero for ever; a text must have a unit (Go's `time.ParseDuration`).
    """
    is_number = isinstance(keep_alive, int) or re.fullmatch(r"-?[0-9]+", keep_alive)
    return int(keep_alive) if is_number else keep_alive


def load(client: "Client", name: str, options: dict[str, Any], keep_alive: int | str) -> None:
    """Have a model loaded as a prompt with these options will need it."""
    client.generate(model=name, prompt="", options=options, keep_alive=keep_alive)


def unload(client: "Client", name: str) -> bool:
    """Have a model unloaded, and wait until it has left; tell whether it did.

    A request without a prompt and with `keep_alive` 0 unloads a model (Ollama's API, `Unload a
    model`). The answer comes before the memory is free.
    """
    if find_loaded(client, name) is None:
        return True
    client.generate(model=name, prompt="", keep_alive=0)
    deadline = time.monotonic() + UNLOAD_SECONDS
    while find_loaded(client, name) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def vram_bytes(client: "Client", name: str) -> int:
    """Return the GPU memory that a loaded model holds, 0 if it is not loaded."""
    loaded = find_loaded(client, name)
    return int(loaded.size_vram or 0) if loaded else 0
