"""Whose is a container? Labels that say so, and the removal of those whose owner is gone.

A host that is killed can't clean up. Three things do it instead: its containers see the end of
their input and leave; `timeout`, their first process, ends them at their deadline; and `sweep`
removes what is left when the next search starts or `langgraph-nas sandbox clean` is run.
"""

import os
import platform
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from langgraph_nas.sandbox.engine import connect, engine_call, remove_container

MARK = "langgraph-nas.sandbox"
RUN, HOST, PID, DEADLINE = (f"langgraph-nas.{key}" for key in ("run", "host", "pid", "deadline"))
_RUN_ID = uuid.uuid4().hex


def owner_labels(deadline: float) -> dict[str, str]:
    """Return the labels of a container of this process that may live until `deadline` (unix)."""
    return {
        MARK: "1",
        RUN: _RUN_ID,
        HOST: host_id(),
        PID: process_id(os.getpid()) or "",
        DEADLINE: str(int(deadline)),
    }


def remove_orphans() -> list[str]:
    """Remove our containers whose owner is dead or whose deadline has passed; return their ids.

    Raises:
        SandboxError: The engine is gone or refuses.
    """
    client = connect()
    try:
        with engine_call("list its containers"):
            found = client.api.containers(all=True, filters={"label": f"{MARK}=1"})
        orphans = [entry["Id"] for entry in found if is_orphan(entry.get("Labels") or {})]
        return [orphan for orphan in orphans if remove_container(client, orphan)]
    finally:
        client.close()


def is_orphan(labels: Mapping[str, str]) -> bool:
    """Say whether nobody needs the container with these labels any more.

    A living owner in another process-id namespace (our own container, say) can't be seen from
    here, so there only the deadline counts.
    """
    try:
        if time.time() > float(labels.get(DEADLINE, "")):
            return True
    except ValueError:
        return True
    if labels.get(HOST) != host_id():
        return False
    owner = labels.get(PID, "")
    pid = owner.partition(":")[0]
    return not pid.isdecimal() or process_id(int(pid)) != owner


def host_id() -> str:
    """Return what names this boot of this machine and this process-id namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:  # no Linux
        return platform.node()


def process_id(pid: int) -> str | None:
    """Return `pid:starttime`, which is never used twice in one boot; None if it is not alive."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return _signalled(pid) if not Path("/proc/self").exists() else None
    except ProcessLookupError:
        return None
    # The name, in parentheses, may hold spaces and parentheses itself.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else f"{pid}:{fields[18]}"


def _signalled(pid: int) -> str | None:
    """Return the process's name where there is no /proc (macOS): by asking whether it is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return f"{pid}:"
