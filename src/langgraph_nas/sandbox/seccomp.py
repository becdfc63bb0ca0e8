"""The system calls that a candidate in bubblewrap can't make: a seccomp filter.

A deny list: what it does not name is allowed, since torch, its allocators and GPU drivers call
more than anybody has listed. It follows what Docker's default profile keeps from a container
without capabilities, and adds ptrace, sockets other than AF_UNIX, typing into a terminal and all
calls younger than the list.
"""

import errno
import functools
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

MISSING = "no seccomp filter, as libseccomp.so.2 is not there: install `libseccomp2` (`libseccomp`)"
"""What to say and do where there is no filter."""
_FORBIDDEN = (
    # Mounts and roots.
    *("mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen"),
    *("fsconfig", "fsmount", "fspick", "mount_setattr", "quotactl", "quotactl_fd", "swapon"),
    *("swapoff", "fanotify_init", "fanotify_mark", "name_to_handle_at", "open_by_handle_at"),
    # Namespaces (`clone` is looked at below).
    *("unshare", "setns"),
    # Other processes, and pages moved behind their backs.
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("process_madvise", "process_mrelease", "move_pages", "migrate_pages", "mbind"),
    *("get_mempolicy", "set_mempolicy", "set_mempolicy_home_node"),
    # Large parts of the kernel that training does not need.
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter"),
    *("io_uring_register", "memfd_secret", "add_key", "request_key", "keyctl"),
    # The machine itself.
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
    *("create_module", "query_module", "get_kernel_syms", "reboot", "acct", "syslog"),
    *("settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64"),
    *("stime", "sethostname", "setdomainname", "vhangup", "iopl", "ioperm", "modify_ldt"),
    *("vm86", "vm86old", "lookup_dcookie", "nfsservctl", "sysfs", "_sysctl", "uselib", "ustat"),
)
_UNCOUNTED = ("memfd_create", "shmget", "semget", "msgget")
"""Calls for memory that no process need hold, so that only a control group could count it."""
_SHARED = (0x0F | 0x20, 0x01 | 0x20)
"""Mask and value of `mmap`'s flags: of no file, and shared, hence kept when a process lets go."""
_YOUNG = {
    **{"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428},
    **{"move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433},
    **{"clone3": 435, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442},
    **{"quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448},
    "set_mempolicy_home_node": 450,
}
"""Numbers, the same on all architectures, of calls that an old libseccomp can't name."""
_UNKNOWN = range(457, 512)
"""Calls from `statmount` (Linux 6.8) on: answered as by a kernel that does not have them."""
_NAMESPACES = (1 << 17, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30)
"""Flags of `clone`: mount, cgroup, uts, ipc, user, pid, net."""
_TERMINAL = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX, which put characters into the terminal's input."""
_AF_UNIX = 1
_ASK = 0xFFFFFFFF
"""The argument of `personality` that changes nothing."""


@functools.cache
def filter_program(*, soft: bool = False, gpu: bool = False) -> bytes | None:
    """Return the filter as the kernel takes it (struct sock_filter), None without libseccomp.

    Args:
        soft: Whether there is no control group that bounds memory.
        gpu: Whether a GPU is used: its driver shares memory.
    """
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError):  # The last: the library is not there.
        return None
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    # Calls by another door (32 bit, x32) would pass the rules by.
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    forbid_calls(rules, pyseccomp, (*_FORBIDDEN, *(_UNCOUNTED if soft else ())))
    forbid_arguments(rules, pyseccomp)
    if soft and not gpu:
        shared = pyseccomp.Arg(3, pyseccomp.MASKED_EQ, *_SHARED)
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "mmap", shared)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


@contextmanager
def filter_file(*, soft: bool = False, gpu: bool = False) -> Iterator[int | None]:
    """Open the filter for one bubblewrap, which reads it to its end; None without libseccomp."""
    program = filter_program(soft=soft, gpu=gpu)
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(program)
        file.seek(0)
        yield file.fileno()


def forbid_calls(rules: Any, seccomp: Any, names: Iterable[str]) -> None:
    """Add the calls that are refused whatever their arguments."""
    refuse, unknown = seccomp.ERRNO(errno.EPERM), seccomp.ERRNO(errno.ENOSYS)
    for name in names:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        # Below zero: this architecture does not have it, or this libseccomp does not know it.
        if (number := number if number >= 0 else _YOUNG.get(name, -1)) >= 0:
            rules.add_rule(refuse, number)
    # Its flags lie in memory, out of a filter's sight: glibc then takes `clone`.
    for number in (_YOUNG["clone3"], *_UNKNOWN):
        rules.add_rule(unknown, number)


def forbid_arguments(rules: Any, seccomp: Any) -> None:
    """Add the calls that are refused with certain arguments."""
    refuse, no_family = seccomp.ERRNO(errno.EPERM), seccomp.ERRNO(errno.EAFNOSUPPORT)
    for flag in _NAMESPACES:
        rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    for name in ("socket", "socketpair"):
        rules.add_rule(no_family, name, seccomp.Arg(0, seccomp.NE, _AF_UNIX))
    for request in _TERMINAL:
        # The kernel looks at the lower half only.
        lower = seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request)
        rules.add_rule(refuse, "ioctl", lower)
    rules.add_rule(refuse, "personality", seccomp.Arg(0, seccomp.NE, _ASK))
