"""Read unified diffs, as they should be and as models write them."""

import re
from dataclasses import dataclass, field

from langgraph_nas.programs.edits.fences import Part, parses
from langgraph_nas.programs.edits.hunks import Hunk, Line, Mark
from langgraph_nas.programs.edits.texts import Text

_AT = re.compile(
    r"^\s*@@+\s*(?:-(?P<start>\d+)(?:,(?P<size>\d+))?\s*\+\d+(?:,\d+)?)?.*?"
    r"(?:@@+(?P<heading>.*))?$"
)
_BARE_HEADING = re.compile(r"^\s*@@+\s*((?:class|def|async)\b.*)$")
_FILE = re.compile(r"^(?:---|\+\+\+)\s+(\S+)")
_UPDATE = re.compile(r"^\*\*\* (?:Update|Add) File: (\S+)")
_OTHER = re.compile(
    r"^(?:diff --git |index [0-9a-f]+\.\.|new file mode|deleted file mode|old mode|new mode"
    r"|similarity index|rename (?:from|to) |\*\*\* |={60,}$)"
)
_DOTS = re.compile(r"^\s*(?:#\s*)?(?:\.\.\.|…)\s*(?:[#(\w].*)?$")


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


_WHICH = _words("rest remainder other remaining existing previous original")
_WHAT = _words(
    "rest remainder everything code layers methods lines blocks modules functions definitions "
    "imports attributes class model net network program"
)
_STAYS = _words("unchanged untouched omitted before same")
_BESIDE = _words(
    "the all of in from your this and with keep is are be as stay stays remain remains kept go "
    "goes here above below else exactly __init__ init forward"
)
"""Words of a comment that stands for lines: which, what, that they stay, and what may go along."""


@dataclass
class _Reader:
    """Reads the diffs of one reply."""

    text: Text
    """The reference, whose lines tell a context line that lost its space from prose."""
    file: str = ""
    is_diff: bool = False
    """Whether what is read now is sure to be a diff."""
    is_fenced: bool = False
    hunks: list[Hunk] = field(default_factory=list)
    head: Hunk | None = None
    """The hunk that is being read, without its lines."""
    is_sure: bool = False
    """Whether it stands below `@@` or in a fence."""
    lines: list[Line] = field(default_factory=list)

    def read(self, part: Part) -> None:
        """Read one part of the reply."""
        self.is_fenced = part.is_fenced
        self.is_diff = part.is_fenced and looks_like_diff(part)
        lines = [*part.lines, ""]
        for i, line in enumerate(lines[:-1]):
            self._read_line(line, lines[i + 1])
        self._close()

    def _read_line(self, line: str, following: str) -> None:
        if (line[:4] == "--- " and following[:4] == "+++ ") or self._is_second_header(line):
            self._close()
            match = _FILE.match(line)
            self.file = _bare_name(match[1]) if match else ""
            self.is_diff = True
        elif match := _UPDATE.match(line):
            self._close()
            self.file, self.is_diff = _bare_name(match[1]), True
        elif _OTHER.match(line):
            self._close()
        elif match := _AT.match(line):
            self._close()
            self._open(line, match)
        elif line[:1] != "\\":
            self._read_body(line)

    def _is_second_header(self, line: str) -> bool:
        return line[:4] == "+++ " and self.head is None and self.is_diff and bool(self.file)

    def _open(self, line: str, match: re.Match[str]) -> None:
        bare = _BARE_HEADING.match(line)
        self.is_diff = self.is_sure = True
        self.head = Hunk(
            name="",
            lines=(),
            start=int(match["start"]) if match["start"] else None,
            heading=_without_marks(bare[1] if bare else match["heading"] or ""),
            file=self.file,
            is_insertion=match["start"] is not None and match["size"] == "0",
        )

    def _read_body(self, line: str) -> None:
        if not self._belongs(line):
            self._close()
            return
        if self.head is None:
            self.head, self.is_sure = Hunk("", (), file=self.file), self.is_diff and self.is_fenced
        if line[:1] in ("+", "-", " "):
            mark: Mark = "+" if line[0] == "+" else "-" if line[0] == "-" else " "
            self.lines.append(Line(mark, line[1:]))
        else:
            self.lines.append(Line(" ", line))

    def _belongs(self, line: str) -> bool:
        """Tell whether a line is part of a hunk rather than prose."""
        if not line.strip():
            return self.head is not None
        if line[0] == "-" and not self.is_fenced and not self.text.has(line[1:]):
            # A list below an unfenced diff.
            return self.is_sure and self.head is not None and not self._is_after_blank
        if line[0] in "+-":
            return True
        return self.text.has(line) or (self.head is not None and line[0] in " \t")

    @property
    def _is_after_blank(self) -> bool:
        return bool(self.lines) and self.lines[-1] == Line(" ", "")

    def _close(self) -> None:
        """End the hunk that is being read, if any."""
        head, lines = self.head, self.lines
        self.head, self.lines = None, []
        if head is None:
            return
        while lines and lines[-1] == Line(" ", ""):
            lines.pop()
        if not self.is_sure and not any(m != "+" and self.text.has(t) for m, t in lines):
            return  # a list in prose
        for piece, start in _split_elisions(lines, head.start, self.text):
            hunk = Hunk("", tuple(piece), start, head.heading, head.file, head.is_insertion)
            if hunk.changes:
                self.hunks.append(hunk)


def read_diffs(parts: list[Part], text: Text) -> list[Hunk]:
    """Return the hunks of all diffs in a reply, in its order, numbered.

    Counts in `@@` lines are not believed, nor is the end of a hunk. A line without its leading
    space is context if the reference has it. Where lines are left out (`...`), the hunk is cut in
    two.
    """
    reader = _Reader(text)
    for part in parts:
        if looks_like_diff(part) or not part.is_fenced:
            reader.read(part)
    return [
        Hunk(f"hunk {number}", h.lines, h.start, h.heading, h.file, h.is_insertion)
        for number, h in enumerate(reader.hunks, 1)
    ]


def looks_like_diff(part: Part) -> bool:
    """Tell whether a fenced part is a diff: it says so, or can't be anything else."""
    if part.language in ("diff", "patch", "udiff"):
        return True
    marked = [line for line in part.lines if line[:1] in ("+", "-")]
    if any(_AT.match(line) for line in part.lines):
        return True
    return bool(marked) and not parses(part.text)


def _without_marks(heading: str) -> str:
    text = heading.strip()
    return text.rstrip("@").rstrip() if text.endswith("@@") else text


def _bare_name(name: str) -> str:
    return name.removeprefix("a/").removeprefix("b/").rsplit("/", 1)[-1]


def _split_elisions(
    lines: list[Line], start: int | None, text: Text
) -> list[tuple[list[Line], int | None]]:
    """Return the lines cut where a context line says that others are left out.

    What follows such a line has no line number.
    """
    pieces: list[tuple[list[Line], int | None]] = [([], start)]
    for line in lines:
        if line.mark == " " and is_elision(line.text) and not text.has(line.text):
            pieces.append(([], None))
        else:
            pieces[-1][0].append(line)
    return pieces


def is_elision(line: str) -> bool:
    """Tell whether a line stands for lines that are left out, as `...` or `# rest of the code`.

    A comment that says more than which lines these are does not: `# channels unchanged`.
    """
    if _DOTS.match(line):
        return True
    words = _words(line) if line.lstrip().startswith("#") else frozenset()
    told = words & _WHAT and words & (_WHICH | _STAYS)
    return bool(told) and words <= _WHICH | _WHAT | _STAYS | _BESIDE
