"""asearch() and aresume(): the same for programs with an event loop."""

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any

from langgraph_nas.config import SearchConfig
from langgraph_nas.runs.result import SearchResult
from langgraph_nas.runs.run import resume, search


async def asearch(config: SearchConfig, **options: Any) -> SearchResult:
    """Search as `search` does, with the same arguments, without blocking the event loop.

    Cancelling it kills the candidate that trains and keeps what is finished; `aresume` goes on.
    `on_event`, `on_progress` and `on_review` are called in another thread.
    """
    return await _stoppable(functools.partial(search, config), options)


async def aresume(name: str, **options: Any) -> SearchResult:
    """Go on with a search as `resume` does, without blocking the event loop; see `asearch`."""
    return await _stoppable(functools.partial(resume, name), options)


async def _stoppable(run: Callable[..., SearchResult], options: dict[str, Any]) -> SearchResult:
    stop = options.pop("stop", None) or threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(run, stop=stop, **options))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not report it
        raise
