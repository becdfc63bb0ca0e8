"""Ask on the terminal what becomes of a candidate or of a new best network."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph_nas.cli.interrupt import Interrupts
from langgraph_nas.cli.progress import Progress
from langgraph_nas.errors import SearchStopped, UsageError
from langgraph_nas.programs.files import as_utf8, read_program_file
from langgraph_nas.report.text import clean, one_line, score

if TYPE_CHECKING:
    from rich.console import Console

EDITOR = "vi"


class Reviewer:
    """Shows what is to be decided, and reads the answer.

    Args:
        console: Where it is shown.
        progress: Makes room meanwhile.
        interrupts: Ctrl-C at the question stops the search at once; it goes on with `resume`.
    """

    def __init__(self, console: "Console", progress: Progress, interrupts: Interrupts) -> None:
        self._console, self._progress, self._interrupts = console, progress, interrupts

    def __call__(self, shown: dict[str, Any]) -> Any:
        """Return the answer to a `nodes.review.Review`.

        Raises:
            SearchStopped: Somebody would rather stop.
            UsageError: Nobody is there to be asked.
        """
        if not sys.stdin.isatty():
            raise UsageError(
                "--review asks on a terminal, and there is none; resume the search on one, or "
                "start it from Python with on_review=..."
            )
        with self._progress.paused(), self._interrupts.asking():
            self._show(shown)
            try:
                return self._ask(shown)
            except (KeyboardInterrupt, EOFError) as error:
                raise SearchStopped("stopped at a question") from error

    def _show(self, shown: dict[str, Any]) -> None:
        best, suggestion = shown["best"], shown["suggestion"]
        what = "candidate" if shown["kind"] == "candidate" else "new best network"
        reached = "" if shown["accuracy"] is None else f", accuracy {score(shown['accuracy'])}"
        self._say(f"\nIteration {shown['iteration']}: {what}{reached}", style="bold")
        if suggestion is not None:
            self._say(f"It is to: {one_line(suggestion['modification'])}")
        if best is None:
            self._say(clean(shown["program"]))
        else:
            self._say(f"Against the best, of iteration {best['iteration']}:")
            self._say(clean(shown["diff"]))
        if shown["problem"]:
            self._say(f"Not so: {one_line(shown['problem'])}", style="yellow")

    def _ask(self, shown: dict[str, Any]) -> Any:
        choices = [*shown["actions"], "program", "quit"]
        keys = {choice[0]: choice for choice in choices}
        words = ", ".join(f"[{choice[0]}]{choice[1:]}" for choice in choices)
        while True:
            said = input(f"{words}? ").strip().lower()
            choice = keys.get(said[:1]) if said else None
            if choice == "quit":
                raise SearchStopped("stopped at a question")
            if choice == "program":
                self._say(clean(shown["program"]))
            elif choice == "reject":
                return {"action": "reject", "reason": input("Why? ").strip()}
            elif choice == "edit":
                return {"action": "edit", "program": edited_program(shown["program"])}
            elif choice is not None:
                return choice

    def _say(self, text: str, style: str | None = None) -> None:
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def edited_program(program: str) -> str:
    """Return the program as somebody leaves it in their editor.

    Raises:
        UsageError: The editor can't be started.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or EDITOR
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "candidate.py"
        file.write_text(as_utf8(program), encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise UsageError(f"the editor {editor!r} failed ({error}); set $EDITOR") from error
        return read_program_file(file)
