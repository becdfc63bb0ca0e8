"""How Ollama reads `keep_alive`: a number of seconds, or a text for Go's `time.ParseDuration`."""

import re
from typing import Any

_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"


def keep_alive_problem(value: Any) -> str | None:
    """Return what Go says of a value that it can't read, None if it can."""
    if not isinstance(value, str) or value in ("0", "-0", "+0"):
        return None
    if re.fullmatch(rf"[-+]?(?:{_NUMBER}(?:ns|us|µs|ms|s|m|h))+", value):
        return None
    if re.fullmatch(rf"[-+]?(?:{_NUMBER}[a-zµ]+)*{_NUMBER}", value):
        return f'time: missing unit in duration "{value}"'
    return f'time: invalid duration "{value}"'
