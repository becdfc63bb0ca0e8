"""Text that is shown: no control characters, scores and times as people say them."""

import re

# Programs and messages come from LLMs and candidates; on a terminal, an escape sequence in them
# could rename its window, move the cursor or fake a line of ours.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Return `text` without characters that do something to a terminal."""
    return _CONTROL.sub("�", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return `text`, cleaned, with all white space as single spaces."""
    return " ".join(clean(text).split())


def score(accuracy: float | None) -> str:
    """Return an accuracy with three digits, or a dash."""
    return "-" if accuracy is None else f"{accuracy:.3f}"


def duration(seconds: float) -> str:
    """Return a time span as people say it.

    Example:
        >>> duration(4.26), duration(75), duration(1800), duration(4000)
        ('4.3 s', '1 min 15 s', '30 min', '1 h 6 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def counted(number: int, noun: str) -> str:
    """Return `1 trial`, `2 trials`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
