"""Split a reply into what stands between ``` lines and what does not; find a whole program."""

import re
from dataclasses import dataclass

from langgraph_nas.programs.source import parse_program

_FENCE = re.compile(r"^\s*(?:```+|~~~+)\s*([\w+-]*)")
_FENCE_AT_END = re.compile(r"(?<=[^\s`~])[ \t]*(```+|~~~+)[ \t]*$", re.MULTILINE)
_START = re.compile(r"^(?:import |from |class |def |@\w)", re.MULTILINE)
_MOST_CUTS = 20


@dataclass(frozen=True)
class Part:
    """A stretch of a reply."""

    lines: list[str]
    is_fenced: bool
    language: str = ""

    @property
    def text(self) -> str:
        """The lines as text."""
        return "\n".join(self.lines)


def tidy(text: str) -> str:
    """Return a text with plain line ends."""
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def split_fences(text: str) -> list[Part]:
    """Return the parts of a reply, in order. A fence that is never closed ends with the reply."""
    parts: list[Part] = []
    lines: list[str] = []
    margin, language, is_fenced = 0, "", False
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if fence is None:
            lines.append(line[margin:] if line[:margin].isspace() else line)
            continue
        parts.append(Part(lines, is_fenced, language))
        is_fenced = not is_fenced
        lines, language = [], fence[1].lower() if is_fenced else ""
        margin = len(line) - len(line.lstrip()) if is_fenced else 0
    parts.append(Part(lines, is_fenced, language))
    return [part for part in parts if part.text.strip()]


def with_fences_apart(text: str) -> str:
    """Return text with each fence that ends a line on a line of its own."""
    return _FENCE_AT_END.sub(r"\n\1", text)


def is_fence(line: str) -> bool:
    """Tell whether a line opens or closes a fence."""
    return _FENCE.match(line) is not None


def find_whole(parts: list[Part], reference: str) -> str | None:
    """Return the last program in a reply that has the class `Net` (or that of the reference)."""
    main = _main_class(reference)
    fenced = [part.text for part in parts if part.is_fenced and main.search(part.text)]
    if fenced:
        return next((text for text in reversed(fenced) if parses(text)), fenced[-1])
    for part in parts:
        if not part.is_fenced and main.search(part.text) and (found := _START.search(part.text)):
            return _without_prose(part.text[found.start() :])
    return None


def parses(text: str) -> bool:
    """Tell whether text is Python."""
    return syntax_problem(text) is None


def syntax_problem(text: str) -> tuple[str, int | None] | None:
    """Return why text is not Python and the line, from 1, where that shows; None if it is."""
    try:
        parse_program(text)
    except SyntaxError as error:
        return error.msg or "invalid syntax", error.lineno
    except ValueError:
        return "it holds a character that Python source may not have", None
    except (RecursionError, MemoryError):
        return "it is nested too deeply", None
    return None


def _main_class(reference: str) -> re.Pattern[str]:
    classes = re.findall(r"^class\s+(\w+)", reference, re.MULTILINE)
    name = "Net" if "Net" in classes or not classes else classes[-1]
    return re.compile(rf"^class\s+(?:Net|{name})\b\s*[(:]", re.MULTILINE)


def _without_prose(text: str) -> str:
    """Return text up to where it ceases to be Python, if the beginning is."""
    program = text if parses(text) else with_fences_apart(text)
    for _ in range(_MOST_CUTS):
        problem = syntax_problem(program)
        if problem is None:
            return program
        lines = program.split("\n")
        if not problem[1] or problem[1] < 2:
            break
        program = "\n".join(lines[: min(problem[1], len(lines)) - 1])
    return text
