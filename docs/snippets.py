"""Write the Python of Markdown pages as programs: `python docs/snippets.py FOLDER PAGE.md...`.

`make lint` checks them as it checks examples. All snippets of a page are one program, read from
top to bottom, and each line keeps its number: an error at `build/snippets/README.py:94` is one at
line 94 of README.md.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

_FENCE = "```"
_PYTHON = "python"


def program(page: str) -> str:
    """Return the Python of a page; where it holds none, the program has empty lines.

    Raises:
        ValueError: A snippet has no end.
    """
    lines, language, indent = [], None, 0
    for line in page.split("\n"):
        text = line.strip()
        code = ""
        if language is None and text.startswith(_FENCE):
            language, indent = text.removeprefix(_FENCE).strip(), len(line) - len(line.lstrip())
        elif text == _FENCE:
            language = None
        elif language == _PYTHON:
            code = line[indent:]
        lines.append(code)
    if language is not None:
        raise ValueError("a snippet has no end")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a program for each page that holds Python; return 2 if a page can't be read."""
    folder, *pages = map(Path, sys.argv[1:] if arguments is None else arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.py"):
        old.unlink()
    for page in pages:
        try:
            text = program(page.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            print(f"error: {page}: {error}", file=sys.stderr)
            return 2
        if text.strip():
            name = "_".join(page.with_suffix("").parts)
            (folder / f"{name}.py").write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
