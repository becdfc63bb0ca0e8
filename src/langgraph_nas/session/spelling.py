"""Names of the searches of a graph."""

import re
from pathlib import Path

from langgraph_nas.config import SearchConfig

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def name_of_thread(thread: str | None, config: SearchConfig) -> str | None:
    """Return a thread's id as a search's name; the end of one that nobody can read.

    The server's ids begin with the time: those of a minute begin alike.
    """
    if thread is not None and _UUID.fullmatch(thread):
        return f"{spelled(Path(config.dataset).name)}-{thread[-8:]}"
    return spelled(thread or "") or None


def spelled(text: str) -> str:
    """Return a text as the archive takes it for a name."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:80].strip("-._")
