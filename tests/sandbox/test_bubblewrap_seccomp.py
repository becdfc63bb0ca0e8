"""The filter of system calls: read back from inside, call by call, and what is said without it."""

import errno
import functools
import json
import os
import platform
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hostile.case import HONEST

from langgraph_nas.sandbox import seccomp
from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox, shortcomings

LIMITS = Limits(cpus=1, memory_mb=1024, pids=64, build_seconds=60)
X86 = platform.machine() == "x86_64"
REFUSED = {
    "mount": 165 if X86 else 40,
    "umount2": 166 if X86 else 39,
    "pivot_root": 155 if X86 else 41,
    "chroot": 161 if X86 else 51,
    "unshare": 272 if X86 else 97,
    "setns": 308 if X86 else 268,
    "ptrace": 101 if X86 else 117,
    "process_vm_readv": 310 if X86 else 270,
    "bpf": 321 if X86 else 280,
    "perf_event_open": 298 if X86 else 241,
    "userfaultfd": 323 if X86 else 282,
    "keyctl": 250 if X86 else 219,
    "add_key": 248 if X86 else 217,
    "open_by_handle_at": 304 if X86 else 265,
    "kexec_load": 246 if X86 else 104,
    "init_module": 175 if X86 else 105,
    "personality": 135 if X86 else 92,
    **{"io_uring_setup": 425, "open_tree": 428, "fsopen": 430, "pidfd_getfd": 438},
    **{"mount_setattr": 442},
}
"""Name -> number of calls that must answer EPERM, with arguments that would harm nobody."""
UNCOUNTED = {
    "memfd_create": 319 if X86 else 279,
    "shmget": 29 if X86 else 194,
    "semget": 64 if X86 else 190,
    "msgget": 68 if X86 else 186,
}
"""The same, of calls for memory that no watchdog sees."""
UNKNOWN = {"clone3": 435, "statmount": 457, "one to come": 500}
ASK = """
import ctypes, fcntl, json, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)

def call(number, *arguments):
    return 0 if libc.syscall(number, *arguments) >= 0 else ctypes.get_errno()

def error(action):
    try:
        action()
    except OSError as problem:
        return problem.errno
    return 0

def in_child(action):
    # The kernel refuses new user namespaces to processes of several threads anyway.
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, bytes([action()]))
        os._exit(0)
    return os.read(reader, 1)[0]

status = dict(line.split(":", 1) for line in open("/proc/self/status"))
namespaces = [1 << bit for bit in (17, 25, 26, 27, 28, 29, 30)]
told = {
    "mode": status["Seccomp"].strip(),
    "of the first process": open("/proc/1/status").read().split("Seccomp:")[1].split()[0],
    "refused": {name: call(number, 0xFFFF, 0, 0, 0, 0) for name, number in @REFUSED@.items()},
    "uncounted": {name: call(number, 0, 0, 0, 0) for name, number in @UNCOUNTED@.items()},
    "shared": error(lambda: mmap.mmap(-1, 4096)),
    "private": error(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)),
    "zeros": os.read(os.open("/dev/zero", os.O_RDWR), 1).hex(),
    "unknown": {name: call(number, 0, 0, 0, 0) for name, number in @UNKNOWN@.items()},
    "clone": [call(@CLONE@, flag | 17, 0, 0, 0, 0) for flag in namespaces],
    "sockets": [error(lambda: socket.socket(family, 2)) for family in (2, 10, 16, 17, 38, 40)],
    "unix": error(socket.socketpair),
    "type": error(lambda: fcntl.ioctl(0, 0x5412, b"x")),
    "type, above": call(@IOCTL@, 0, ctypes.c_uint64(1 << 32 | 0x5412), b"x"),
    "reach": error(lambda: socket.create_connection(("192.0.2.1", 80), 2)),
    "user namespace": in_child(lambda: call(@REFUSED@["unshare"], 1 << 28)),
}
os.write(2, json.dumps(told).encode())
"""


def ask(sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe) -> dict[str, Any]:
    """What an otherwise honest program finds; it must go on to train."""
    clone, ioctl = (56, 16) if X86 else (220, 29)
    program = ASK
    known: dict[str, Any] = {"REFUSED": REFUSED, "UNKNOWN": UNKNOWN, "UNCOUNTED": UNCOUNTED}
    known |= {"CLONE": clone, "IOCTL": ioctl}
    for name, value in known.items():
        program = program.replace(f"@{name}@", repr(value))
    run = sandbox.run(Job(program + HONEST, recipe), workload, LIMITS)
    assert run.outcome == "ok", run
    told: dict[str, Any] = json.loads(run.stderr_tail)
    return told | {"predictions": run.predictions["validation"], "isolation": run.isolation}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[BubblewrapSandbox]:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("the numbers of the calls are those of x86_64 and aarch64")
    if reason := BubblewrapSandbox.probe():
        pytest.skip(reason)
    with BubblewrapSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def told(sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe) -> dict[str, Any]:
    if seccomp.filter_program() is None:
        pytest.skip(seccomp.MISSING)
    return ask(sandbox, workload, recipe)


@pytest.fixture
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where libseccomp is not installed."""
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    anew = functools.cache(seccomp.filter_program.__wrapped__)
    monkeypatch.setattr(seccomp, "filter_program", anew)


def test_every_process_inside_is_filtered(told: dict[str, Any]) -> None:
    assert told["mode"] == told["of the first process"] == "2"
    assert "no-seccomp" not in told["isolation"]


def test_calls_that_training_does_not_need_are_refused(told: dict[str, Any]) -> None:
    assert told["refused"] == dict.fromkeys(REFUSED, errno.EPERM)
    assert told["clone"] == [errno.EPERM] * 7
    assert told["type"] == told["type, above"] == errno.EPERM


def test_calls_out_of_the_filter_s_sight_or_younger_than_it_do_not_exist(
    told: dict[str, Any],
) -> None:
    assert told["unknown"] == dict.fromkeys(UNKNOWN, errno.ENOSYS)


def test_only_sockets_within_the_sandbox_can_be_made(told: dict[str, Any]) -> None:
    assert set(told["sockets"]) == {errno.EAFNOSUPPORT}
    assert told["unix"] == 0


def test_an_honest_program_trains_behind_the_filter(
    told: dict[str, Any], labels: np.ndarray
) -> None:
    assert (told["predictions"] == labels).mean() > 0.9


def test_where_no_group_counts_memory_what_a_watchdog_does_not_see_is_refused(
    workload: Workload, recipe: Recipe, told: dict[str, Any]
) -> None:
    with BubblewrapSandbox() as sandbox:
        sandbox.__dict__["_place"] = None
        soft = ask(sandbox, workload, recipe)
    assert "soft-limits" in soft["isolation"]
    assert soft["uncounted"] == dict.fromkeys(UNCOUNTED, errno.EPERM)
    assert soft["shared"] == errno.EPERM
    assert soft["private"] == 0
    assert soft["zeros"] == ""
    if "soft-limits" not in told["isolation"]:
        assert errno.EPERM not in told["uncounted"].values()
        assert told["shared"] == 0
        assert told["zeros"] == "00"


def test_a_gpu_s_driver_may_share_memory() -> None:
    if seccomp.filter_program() is None:
        pytest.skip(seccomp.MISSING)
    plain, soft = seccomp.filter_program(), seccomp.filter_program(soft=True)
    assert len({plain, soft, seccomp.filter_program(soft=True, gpu=True)}) == 3


def test_each_sandbox_reads_the_filter_from_its_beginning() -> None:
    program = seccomp.filter_program()
    if program is None:
        pytest.skip(seccomp.MISSING)
    assert len(program) % 8 == 0
    for _ in range(2):
        with seccomp.filter_file() as fd:
            assert fd is not None
            assert os.read(fd, 1 << 20) == program


@pytest.mark.slow
@pytest.mark.usefixtures("no_library")
def test_without_the_library_it_works_is_marked_and_the_other_walls_hold(
    sandbox: BubblewrapSandbox, workload: Workload, recipe: Recipe
) -> None:
    assert BubblewrapSandbox.probe() is None
    told = ask(sandbox, workload, recipe)
    assert told["mode"] == "0"
    assert "no-seccomp" in told["isolation"]
    assert told["reach"] == errno.ENETUNREACH
    assert told["user namespace"] == errno.ENOSPC


@pytest.mark.parametrize(
    ("isolation", "words"),
    [
        ("bubblewrap", ["forbids by name"]),
        ("bubblewrap (no-seccomp)", ["libseccomp2"]),
        ("bubblewrap (soft-limits)", ["forbids by name", "watchdog"]),
        ("bubblewrap (soft-limits, no-seccomp)", ["libseccomp2", "watchdog"]),
    ],
)
def test_what_it_lacks_is_said_in_words(isolation: str, words: list[str]) -> None:
    said = "; ".join(shortcomings(isolation))
    assert all(word in said for word in words)
    assert "can be executed" in said
    assert ("no seccomp" in said) == ("no-seccomp" in isolation)
