"""Progress events, sent to whoever streams the graph."""

from collections.abc import Callable
from typing import Any

from langgraph.config import get_stream_writer


def emit(event: str, **values: object) -> None:
    """Send a progress event to whoever streams the graph; nothing outside a graph."""
    stream_writer()({"event": event, **values})


def stream_writer() -> Callable[[Any], None]:
    """Return what sends an event as it is."""
    try:
        return get_stream_writer()
    except RuntimeError:  # called outside a graph, as in tests of a single node
        return lambda event: None
