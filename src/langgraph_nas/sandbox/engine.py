"""The Docker engine: reached as the environment says, its errors in words for people.

`DOCKER_HOST` is honoured, so any engine with the same interface (podman's, a remote one) is
meant to work. The SDK is imported only when an engine is asked for.
"""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from langgraph_nas.errors import SandboxError

TIMEOUT = 60
"""Seconds to wait for the engine to answer one call."""
_PROBE_TIMEOUT = 10
_PROBE_SECONDS = 0.5
"""Between two looks for an engine that is away."""


def connect(timeout: float = TIMEOUT) -> Any:
    """Return a new `docker.DockerClient` for the engine of this environment.

    Raises:
        SandboxError: No engine answers; the message says what to do.
    """
    import docker
    from docker.utils import kwargs_from_env

    with engine_call("be reached"):
        if not _is_on_this_machine(os.environ.get("DOCKER_HOST", "")):
            return docker.from_env(timeout=timeout)

        class DirectAPI(docker.APIClient):  # type: ignore[misc]  # it has no types
            """Asks past any proxy of the environment, as the `docker` program does here."""

            trust_env = property(lambda self: False, lambda self, value: None)

        class DirectClient(docker.DockerClient):  # type: ignore[misc]
            """A client of such an interface."""

            def __init__(self, **keywords: Any) -> None:
                self.api = DirectAPI(**keywords)

        return DirectClient(timeout=timeout, **kwargs_from_env())


def _is_on_this_machine(address: str) -> bool:
    """Tell whether the engine is reached through this machine's own network."""
    name = urlsplit(address).hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def engine_problem() -> str | None:
    """Return why no Docker engine can be used, with what to do; None if one can."""
    try:
        return bounds_problem(engine_facts())
    except SandboxError as error:
        return str(error)


def engine_facts() -> Mapping[str, Any]:
    """Return what the engine tells of itself (`docker info`).

    Raises:
        SandboxError: No engine answers; the message says what to do.
    """
    client = connect(_PROBE_TIMEOUT)
    try:
        with engine_call("tell of itself"):
            return dict(client.info())
    finally:
        client.close()


def bounds_problem(facts: Mapping[str, Any]) -> str | None:
    """Return which bound on candidates the engine would drop, with what to do; None if none.

    Such an engine starts a container nevertheless, and only warns of it.
    """
    bounds = {"MemoryLimit": "memory", "PidsLimit": "the number of processes"}
    lacking = [what for name, what in bounds.items() if facts.get(name) is False]
    if not lacking:
        return None
    return (
        f"Docker can't bound {' and '.join(lacking)} here: give the engine these control groups "
        "(rootless: systemd's Delegate=memory pids; else boot without cgroup_disable)"
    )


def engine_shortcomings() -> list[str]:
    """Return the marks for what the engine lacks: `no-seccomp`, `no-swap-limit`.

    Raises:
        SandboxError: No engine answers; the message says what to do.
    """
    facts = engine_facts()
    options = facts.get("SecurityOptions") or []
    filters = any("seccomp" in option and "unconfined" not in option for option in options)
    bounds_swap = facts.get("SwapLimit") is not False
    return [*([] if filters else ["no-seccomp"]), *([] if bounds_swap else ["no-swap-limit"])]


def wait_for_engine(seconds: float, stop: threading.Event) -> None:
    """Return when an engine answers, when `stop` is set, or after `seconds`."""
    until = time.monotonic() + seconds
    while engine_problem() and time.monotonic() < until:
        if stop.wait(_PROBE_SECONDS):
            return


@contextmanager
def engine_call(doing: str) -> Iterator[None]:
    """Turn what the SDK raises inside into one clear `SandboxError`.

    Args:
        doing: What is asked of Docker, to follow "Docker can't".
    """
    import docker.errors
    import requests
    import urllib3

    try:
        yield
    except (
        docker.errors.DockerException,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        # The attach socket is used without the SDK.
        OSError,
    ) as error:
        raise SandboxError(f"Docker can't {doing}: {explain_engine(error)}") from error


def remove_container(client: Any, container: str) -> bool:
    """Remove a container, dead or alive; False if somebody else was faster.

    Raises:
        SandboxError: The engine is gone or refuses.
    """
    import docker.errors

    with engine_call(f"remove container {container[:12]}"):
        try:
            client.api.remove_container(container, force=True, v=True)
        except docker.errors.NotFound:
            return False
        except docker.errors.APIError as error:
            if "already in progress" not in str(error):
                raise
            return False
    return True


def explain_engine(error: BaseException) -> str:
    """Return one line that says what an error of the SDK means and what to do."""
    text = " ".join(str(getattr(error, "explanation", None) or error).split())
    host = os.environ.get("DOCKER_HOST", "the default socket")
    advice = {
        "could not select device driver": "it has no GPU support; on the engine's machine install "
        "the NVIDIA Container Toolkit, run `nvidia-ctk runtime configure --runtime=docker` as root "
        "and restart Docker, or search with --device cpu",
        "PermissionError": f"no permission to use {host}; join the group `docker` and log in again",
        "No such image": "the image is gone; run `langgraph-nas sandbox build`",
        "unknown runtime": f"{text}; register it with the engine or leave out --runtime",
        "invalid runtime": f"{text}; register it with the engine or leave out --runtime",
        "FileNotFoundError": f"no engine at {host}; start Docker or set DOCKER_HOST",
        "Connection refused": f"no engine at {host}; start Docker or set DOCKER_HOST",
        "Connection aborted": f"the engine at {host} went away; start Docker again",
        "timed out": f"the engine at {host} did not answer in time; is it overloaded?",
    }
    found = (meaning for sign, meaning in advice.items() if sign.lower() in text.lower())
    return next(found, text or type(error).__name__)
