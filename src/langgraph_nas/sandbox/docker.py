"""`DockerSandbox`: one single-use container per candidate, on any Docker-compatible engine.

Each container has no network, a read-only root, no capabilities, no new privileges, an
unprivileged user, and bounds on processes, memory (swap included), CPU, files and temporary
space; the engine's default seccomp profile stays on. What it does not do: hide the CPU model and
the kernel version, or stop an attack on the kernel itself (name a `runtime` such as gVisor's
runsc for that).
"""

import math
import shlex
import stat
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload
from langgraph_nas.sandbox.cell import Cell
from langgraph_nas.sandbox.docker_cell import start_cell
from langgraph_nas.sandbox.engine import engine_problem, engine_shortcomings, wait_for_engine
from langgraph_nas.sandbox.image import image_problem
from langgraph_nas.sandbox.launch import Launch, plan_launch
from langgraph_nas.sandbox.orphans import owner_labels, remove_orphans
from langgraph_nas.sandbox.warm import CellSandbox

IDLE_SECONDS = 3600
"""How long a warm container may wait for its program."""
ENGINE_SECONDS = 30
"""How long an engine that went away is waited for; to restart it takes about 5 s."""
_USER = "65534:65534"


class DockerSandbox(CellSandbox):
    """Runs candidates in containers of `image`.

    Args:
        image: An image that `image.build_image` built.
        runtime: Name of a runtime that the engine knows, e.g. `runsc`; default: the engine's.
    """

    name = "docker"

    def __init__(self, image: str, *, runtime: str | None = None) -> None:
        super().__init__()
        self.image = image
        self.runtime = runtime
        self._swept = False
        self._shortcomings: list[str] | None = None
        self._reached = threading.Event()

    @classmethod
    def probe(cls, image: str, *, cuda: bool = False) -> str | None:
        """Return why containers of `image`, with a GPU, can't be run here; None if they can."""
        problem = engine_problem() or image_problem(image, cuda=cuda)
        return problem or (gpu_problem(image) if cuda else None)

    @property
    def isolation(self) -> str:
        """`docker`, with the runtime if one was asked for, and the engine's shortcomings."""
        if self._shortcomings is None:
            # An engine that is away is the next run's to tell.
            with suppress(SandboxError):
                self._shortcomings = engine_shortcomings()
        marks = [*filter(None, [self.runtime]), *(self._shortcomings or [])]
        return f"docker ({', '.join(marks)})" if marks else "docker"

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        """Run one program in a container of its own; see `base.Sandbox.run`.

        An engine that went away is waited for before the fault is told, so that a retry meets
        one that was only restarted.
        """
        run = super().run(job, workload, limits, on_event=on_event, cancel=cancel)
        if run.outcome == "sandbox_error" and self._reached.is_set():
            self._reached.clear()  # waited for once, not at each retry
            wait_for_engine(ENGINE_SECONDS, cancel or threading.Event())
        return run

    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        if not self._swept:
            self._swept = True
            remove_orphans()
        launch = plan_launch(workload, limits)
        check_readable(source for source, _ in launch.binds)
        lifetime = limits.warmup_seconds + IDLE_SECONDS + limits.wall_seconds
        idle_until = time.monotonic() + limits.warmup_seconds + IDLE_SECONDS
        options = container_options(
            launch, limits, lifetime=lifetime, cuda=workload.device == "cuda", runtime=self.runtime
        )
        command = container_command(launch.arguments, lifetime)
        cell = start_cell(self.image, command, options, idle_until=idle_until)
        self._reached.set()
        return cell


def container_command(arguments: Iterable[str], lifetime: float) -> list[str]:
    """Return the command that runs Python with these arguments for `lifetime` seconds at most.

    As the first process of the container, `timeout` can't be killed from inside, and the
    container ends with it, even if this host has died before. A candidate runs as the same user
    and may change its memory: `orphans.remove_orphans` is for what goes on nevertheless.
    """
    return ["timeout", "-s", "KILL", str(math.ceil(lifetime)), "python3", *arguments]


def container_options(
    launch: Launch,
    limits: Limits,
    *,
    lifetime: float,
    cuda: bool = False,
    runtime: str | None = None,
) -> dict[str, Any]:
    """Return the SDK's options for one candidate's container."""
    from docker.types import LogConfig, Mount, Ulimit

    memory = f"{limits.memory_mb}m"
    options: dict[str, Any] = {
        "network_mode": "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "user": _USER,
        "ipc_mode": "private",
        "pids_limit": limits.pids,
        "mem_limit": memory,
        "memswap_limit": memory,
        "tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,size={limits.tmp_mb}m,mode=1777"},
        "shm_size": f"{limits.shm_mb}m",
        "ulimits": [
            Ulimit(name=name, soft=most, hard=most)
            for name, most in (("nofile", 1024), ("core", 0), ("fsize", limits.tmp_mb << 20))
        ],
        "log_config": LogConfig(type="none"),
        "stdin_open": True,
        "tty": False,
        "environment": launch.environment,
        "mounts": [
            Mount(inside, str(source), type="bind", read_only=True)
            for source, inside in launch.binds
        ],
        "working_dir": "/tmp",
        "labels": owner_labels(time.time() + lifetime),
    }
    if limits.cpus is not None:
        options["nano_cpus"] = int(limits.cpus * 1e9)
    if runtime is not None:
        options["runtime"] = runtime
    if cuda:
        options["device_requests"] = all_gpus()
    return options


def all_gpus() -> list[Any]:
    """Return the SDK's request for all NVIDIA GPUs of the engine's machine."""
    from docker.types import DeviceRequest

    return [DeviceRequest(count=-1, capabilities=[["gpu"]])]


def gpu_problem(image: str) -> str | None:
    """Start an empty container with the GPUs; return None if that works, else why not."""
    options = {
        "network_mode": "none",
        "device_requests": all_gpus(),
        "labels": owner_labels(time.time() + IDLE_SECONDS),
    }
    try:
        start_cell(image, ["true"], options, idle_until=math.inf).finish()
    except SandboxError as error:
        return str(error)
    return None


def check_readable(sources: Iterable[Path]) -> None:
    """Make sure that the container's user can read what is mounted.

    Raises:
        SandboxError: It can't; the message holds the command that repairs it.
    """
    for source in sources:
        mode = source.stat().st_mode
        needed = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
        if mode & needed != needed:
            raise SandboxError(
                f"the container's user can't read {source}; run: "
                f"chmod -R a+rX {shlex.quote(str(source))}"
            )
