"""Names of files and classes as they can be printed, and lists that stay short."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

_MOST = 20


def printable(name: str) -> str:
    """Return the name of a file or folder as text that every screen and file can hold.

    Names that are not UTF-8 are read as Latin-1; control characters become escapes.
    """
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, which no file's name can hold
        raw = name.encode("utf-8", "backslashreplace")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    text = unicodedata.normalize("NFC", text)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def alike(name: str) -> str:
    """Return the same text for `Été_1 ` and `été 1`, however their letters are composed."""
    return re.sub(r"[\s_-]+", " ", printable(name).casefold()).strip() or printable(name)


def few(items: Iterable[str], most: int = _MOST) -> str:
    """Return the first items in one line, and how many more there are."""
    chosen = list(items)
    more = [f"and {len(chosen) - most:,} more"] if len(chosen) > most else []
    return ", ".join([*chosen[:most], *more])


def in_numbers(number: int, noun: str) -> str:
    """Return `1 image`, `2 images`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tallied(counts: Mapping[str, int]) -> str:
    """Return `12 .txt, 3 .db`, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return few(f"{number:,} {printable(name)}" for name, number in ordered)


def below(path: Path, folder: Path) -> str:
    """Return the path relative to a folder that it lies in, printable."""
    return printable(str(path.relative_to(folder)))
