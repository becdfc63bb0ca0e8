"""What goes wrong with a request to a model server, for tests."""

from dataclasses import dataclass


@dataclass
class Fault:
    """What goes wrong with one request."""

    kind: str
    """`error` (HTTP state), `stall` (before the reply), `trickle` (between words); in the
    middle of a stream: `cut` (connection lost), `silent_end`, `stream_error` (error record)."""
    status: int = 500
    seconds: float = 0.0
    text: str = "the model runner has stopped"
