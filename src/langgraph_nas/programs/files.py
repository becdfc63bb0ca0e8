"""Programs in files: read as Python reads them, written so that Python reads them right."""

import codecs
import re
from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding

from langgraph_nas.errors import UsageError

_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks of encodings that Python takes no source in; UTF-32's begins as UTF-16's."""

_COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)([-\w.]+)", re.ASCII)
_BLANK = re.compile(r"^[ \t\f]*(?:#.*)?$")


def read_program_file(file: Path, what: str = "can't read the program") -> str:
    """Return the text of a Python file, in the encoding that it declares (PEP 263), else UTF-8.

    Args:
        file: The file.
        what: How an error begins, before the file's name.

    Raises:
        UsageError: It can't be read, or is not in the encoding that it declares.
    """
    try:
        return decoded(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{what} {file}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{what} {file}: {error}") from error


def decoded(source: bytes) -> str:
    """Return Python source as text, with plain line ends.

    Raises:
        ValueError: It is not in the encoding that it declares; the message says so in words.
    """
    for mark, name in _OTHER_MARKS.items():
        if source.startswith(mark):
            raise ValueError(f"it is {name}, which Python takes no source in; save it as UTF-8")
    try:
        encoding, _ = detect_encoding(BytesIO(source).readline)
    except SyntaxError as error:  # an unknown encoding, or one that contradicts the mark
        raise ValueError(f"{error.msg}; save it as UTF-8") from error
    try:
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line} is not {encoding} text; save it as UTF-8, or declare its encoding in "
            "the first line, as in `# coding: latin-1`"
        ) from error
    except LookupError as error:
        raise ValueError(f"{encoding} is no encoding of text; save it as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_utf8(program: str) -> str:
    """Return a program as it may stand in a UTF-8 file: no line declares another encoding.

    In memory such a line means nothing; in a file Python would read the program by it.
    """
    lines = program.split("\n", 2)
    for at, line in enumerate(lines[:2]):
        if cookie := _COOKIE.match(line):
            lines[at] = f"{cookie[1]}utf-8{line[cookie.end() :]}"
            return "\n".join(lines)
        if not _BLANK.match(line):
            break
    return program
