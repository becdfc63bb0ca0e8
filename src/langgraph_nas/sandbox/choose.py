"""The sandbox that works here: Docker, else bubblewrap, else none, each time with the reason."""

import contextlib
from collections.abc import Callable

from langgraph_nas.config import SandboxKind
from langgraph_nas.errors import SandboxError, SandboxUnavailableError, UsageError
from langgraph_nas.sandbox.warm import CellSandbox

OnProgress = Callable[[str], None]
DEFAULT_IMAGE = "langgraph-nas-sandbox:latest"


def open_sandbox(
    kind: SandboxKind,
    *,
    image: str = DEFAULT_IMAGE,
    runtime: str | None = None,
    build_image: bool = False,
    cuda: bool = False,
    on_progress: OnProgress | None = None,
) -> CellSandbox:
    """Return a sandbox of this kind that was seen to work.

    `auto` takes Docker where its engine answers and the image is there, else bubblewrap, saying
    why. A `runtime` is a wish for more isolation, so with it only Docker will do.

    Args:
        kind: `auto`, or the only kind to be taken.
        image: Docker image of the sandbox.
        runtime: Docker runtime, e.g. `runsc`.
        build_image: Build a missing image (minutes, and a large download) rather than go on
            without Docker.
        cuda: Candidates train on an NVIDIA GPU.
        on_progress: Takes a line each on what is chosen, why, and how the build goes.

    Raises:
        SandboxUnavailableError: None works; the message holds each reason and what to do.
        UsageError: A `runtime` for a kind that has none.
    """
    if runtime is not None and kind in ("bubblewrap", "unsafe-subprocess"):
        raise UsageError(
            f"--runtime {runtime} is Docker's, --sandbox {kind} has none: leave out one of them"
        )
    tell = on_progress or (lambda line: None)
    if kind == "unsafe-subprocess":
        return open_unsafe(tell)
    reasons = []
    if kind in ("auto", "docker"):
        reason = docker_problem(image, build_image, tell, cuda=cuda)
        if reason is None:
            return open_docker(image, runtime)
        reasons.append(f"Docker: {reason}")
    if kind == "bubblewrap" or (kind == "auto" and runtime is None):
        reason = bubblewrap_problem()
        if reason is None:
            if reasons:
                tell(f"{reasons[0]}. Taking bubblewrap instead.")
            return open_bubblewrap(tell)
        reasons.append(f"bubblewrap: {reason}")
    raise SandboxUnavailableError("no sandbox works here. " + ". ".join(reasons))


def docker_problem(image: str, build: bool, tell: OnProgress, *, cuda: bool = False) -> str | None:
    """Return why Docker can't be used; None once it can, after a build if that is wanted.

    Only a missing image is built: one that does not fit the device may be somebody's own.
    """
    from langgraph_nas.sandbox.docker import DockerSandbox
    from langgraph_nas.sandbox.engine import engine_problem
    from langgraph_nas.sandbox.image import build_image, image_problem

    if build and engine_problem() is None and (reason := image_problem(image)):
        tell(f"{reason}. Building it now; this happens once.")
        try:
            build_image(image, cuda=cuda, on_progress=tell)
        except SandboxUnavailableError as error:
            return str(error)
    return DockerSandbox.probe(image, cuda=cuda)


def bubblewrap_problem() -> str | None:
    """Return why bubblewrap can't be used, None if it can."""
    from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox

    return BubblewrapSandbox.probe()


def open_docker(image: str, runtime: str | None) -> CellSandbox:
    """Return the Docker sandbox."""
    from langgraph_nas.sandbox.docker import DockerSandbox

    return DockerSandbox(image, runtime=runtime)


def open_bubblewrap(tell: OnProgress) -> CellSandbox:
    """Return the bubblewrap sandbox, having said what it lacks."""
    from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox, shortcomings

    sandbox = BubblewrapSandbox()
    lacks = "; ".join(shortcomings(sandbox.isolation))
    tell(f"The sandbox is {sandbox.isolation}: weaker than Docker ({lacks}).")
    return sandbox


def open_unsafe(tell: OnProgress) -> CellSandbox:
    """Return the plain subprocess, having warned of it."""
    from langgraph_nas.sandbox.unsafe_subprocess import UnsafeSubprocessSandbox

    tell("WARNING: no sandbox. Generated programs run as you, with your files and network.")
    return UnsafeSubprocessSandbox()


def sweep() -> list[str]:
    """Remove what dead searches left behind, containers and control groups; return the names."""
    from langgraph_nas.sandbox import cgroup, orphans

    containers: list[str] = []
    with contextlib.suppress(SandboxError):  # Without an engine there are no containers.
        containers = orphans.remove_orphans()
    return [*containers, *cgroup.sweep_groups()]
