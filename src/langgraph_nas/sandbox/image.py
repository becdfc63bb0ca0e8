"""The image that Docker sandboxes run: is it there, and how it is built."""

import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from langgraph_nas.errors import SandboxError, SandboxUnavailableError
from langgraph_nas.sandbox.engine import connect, engine_call

DOCKERFILE = Path(__file__).with_name("Dockerfile")
CUDA_INDEX = "https://pypi.org/simple"
"""Where torch for Linux is built with CUDA; the Dockerfile's default index has CPU builds."""
BUILT_FOR = "langgraph-nas.device"
"""Label that tells what an image's torch is built for; without it nobody knows."""
_PASSED_ON = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"),
)
_BUILD_TIMEOUT = 3600
"""Seconds without a line of progress; pip says nothing while it downloads or unpacks torch."""

OnProgress = Callable[[str], None]


def image_problem(image: str, *, cuda: bool = False) -> str | None:
    """Return why `image` can't be used, with what to do; None if the engine has it.

    Args:
        image: Its name and tag.
        cuda: One that was built for CPUs won't do.
    """
    import docker.errors

    try:
        client = connect()
    except SandboxError as error:
        return str(error)
    try:
        with engine_call(f"look for the image {image}"):
            config = client.api.inspect_image(image).get("Config") or {}
    except SandboxError as error:
        if not isinstance(error.__cause__, docker.errors.NotFound):
            return str(error)
        return f"there is no image {image}; run `{_build_command(cuda)}`"
    finally:
        client.close()
    if cuda and (config.get("Labels") or {}).get(BUILT_FOR) == "cpu":
        return (
            f"the image {image} is built for CPUs; run `{_build_command(cuda)}`, or search with "
            "--device cpu"
        )
    return None


def build_image(
    image: str,
    *,
    base_image: str | None = None,
    torch_version: str | None = None,
    cuda: bool = False,
    wheels: Path | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Build the sandbox's image; takes minutes, and a download of 200 MB (CUDA: 3 GB).

    Args:
        image: Name and tag to give it.
        base_image: An image with Python >= 3.11, pip and libstdc++; default: python:3.11-slim.
        torch_version: Default: that of the torch installed here, so that scores agree with
            those of the other sandboxes.
        cuda: Install torch for NVIDIA GPUs instead of CPUs.
        wheels: Folder of `.whl` files to install from, without any network.
        on_progress: Called with each line the build prints.

    Raises:
        SandboxUnavailableError: No engine answers, or the build fails; the message says why.
    """
    if wheels is not None and not any(wheels.glob("*.whl")):
        raise SandboxUnavailableError(f"can't build {image}: no .whl file in {wheels}")
    arguments = build_arguments(base_image, torch_version or _installed_torch(), cuda)
    try:
        client = connect(_BUILD_TIMEOUT)
        try:
            with tempfile.TemporaryFile() as context, engine_call(f"build {image}"):
                write_context(context, wheels)
                lines = client.api.build(
                    fileobj=context,
                    custom_context=True,
                    tag=image,
                    buildargs=arguments,
                    labels=labels_of(cuda, wheels),
                    rm=True,
                    forcerm=True,  # else a failed step leaves its container behind
                    decode=True,
                    timeout=_BUILD_TIMEOUT,
                )
                follow(lines, image, on_progress)
        finally:
            client.close()
    except SandboxError as error:
        raise SandboxUnavailableError(str(error)) from error


def build_arguments(
    base_image: str | None, torch_version: str | None, cuda: bool
) -> dict[str, str]:
    """Return the Dockerfile's arguments, with the proxies and mirrors of this environment."""
    chosen = {
        "BASE_IMAGE": base_image,
        "TORCH_VERSION": torch_version,
        "TORCH_INDEX": CUDA_INDEX if cuda else None,
    }
    passed_on = {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    return passed_on | {name: value for name, value in chosen.items() if value}


def labels_of(cuda: bool, wheels: Path | None) -> dict[str, str]:
    """Return the image's labels; what wheels of the user's are built for, only the user knows."""
    if wheels is not None and not cuda:
        return {}
    return {BUILT_FOR: "cuda" if cuda else "cpu"}


def write_context(context: IO[bytes], wheels: Path | None) -> None:
    """Write the build context, a tar of the Dockerfile and perhaps `wheels`, and rewind."""
    with tarfile.open(fileobj=context, mode="w") as tar:
        tar.add(DOCKERFILE, "Dockerfile")
        for wheel in sorted(wheels.glob("*.whl")) if wheels else ():
            tar.add(wheel, f"wheels/{wheel.name}")
    context.seek(0)


def follow(lines: Iterable[dict[str, Any]], image: str, on_progress: OnProgress | None) -> None:
    """Pass on what a build prints, line by line, until it ends.

    Raises:
        SandboxError: It failed; the message ends with the last line it printed.
    """
    last, failure = "", None
    for entry in lines:  # to the end, even of a failure: only then is the connection free
        if "error" in entry:
            reason = " ".join(str(entry["error"]).split())
            failure = failure or f"can't build {image}: {reason}" + (f" ({last})" if last else "")
        for line in str(entry.get("stream", "")).splitlines():
            if not (text := line.strip()):
                continue
            last = text
            if on_progress is not None:
                on_progress(text)
    if failure is not None:
        raise SandboxError(failure)


def _build_command(cuda: bool) -> str:
    return "langgraph-nas sandbox build" + (" --cuda" if cuda else "")


def _installed_torch() -> str | None:
    try:
        return version("torch").partition("+")[0]
    except PackageNotFoundError:
        return None
