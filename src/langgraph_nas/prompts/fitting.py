"""Keep a prompt within its token budget, in a stated order and never silently.

Lessons go first, oldest first; then the texts lose their middles, in the order given. Each cut
leaves a line in the prompt that says so, and is named in `Prompt.trimmed`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from langgraph_nas.errors import PromptError
from langgraph_nas.prompts.templates import Templates

KEPT_CHARACTERS = 200
"""What a text keeps at the least when its middle is cut."""
SPARE = 512
"""Tokens that a budget should have besides what may not be trimmed."""


@dataclass(frozen=True)
class Prompt:
    """A prompt as it is sent."""

    text: str
    tokens: int
    trimmed: tuple[str, ...] = ()
    """What was left out to fit, e.g. `lessons: 2 left out`, `current_program: 40 lines`."""


def fit(
    templates: Templates,
    name: str,
    values: Mapping[str, object],
    *,
    budget: int,
    count: Callable[[str], int],
    lessons: Sequence[str] = (),
    order: Sequence[str] = (),
    note: str = "",
) -> Prompt:
    """Render template `name` within `budget` tokens.

    Args:
        templates: The templates of the search.
        name: Which of them.
        values: Its placeholders; `lessons` is filled in from the argument of that name.
        budget: Most tokens.
        count: Counts the tokens of a text.
        lessons: Closed triples as text, oldest first.
        order: Names of values that may lose their middles, the first to suffer first; those that
            the template does not use are passed over.
        note: Goes below the template's text, never trimmed.

    Raises:
        PromptError: What may not be trimmed is already over the budget.
    """
    used = templates.placeholders(name)
    shown = list(lessons) if "lessons" in used else []
    draft = _Draft(templates, name, dict(values), shown, count, note)
    draft.drop_lessons(budget)
    for key in filter(used.__contains__, order):
        if draft.tokens() <= budget:
            break
        draft.cut(key, budget)
    if (tokens := draft.tokens()) > budget:
        raise PromptError(
            f"prompt {name!r} takes {tokens} tokens, {budget} are allowed: "
            "raise --prompt-tokens (and --num-ctx, if it is set) or shorten the template",
            instead={"prompt_tokens": -(-(tokens + SPARE) // 256) * 256},
        )
    return Prompt(draft.text(), tokens, tuple(draft.trimmed))


class _Draft:
    """A prompt while it is being made to fit."""

    def __init__(
        self,
        templates: Templates,
        name: str,
        values: dict[str, object],
        lessons: list[str],
        count: Callable[[str], int],
        note: str,
    ) -> None:
        self.templates, self.name, self.values = templates, name, values
        self.lessons, self.count, self.note = lessons, count, note
        self.dropped = 0
        self.trimmed: list[str] = []

    def text(self) -> str:
        text = self.templates.render(self.name, self.values | {"lessons": self._lessons()})
        return f"{text}\n\n{self.note}" if self.note else text

    def tokens(self) -> int:
        return self.count(self.text())

    def drop_lessons(self, budget: int) -> None:
        while self.lessons and self.tokens() > budget:
            self.lessons.pop(0)
            self.dropped += 1
        if self.dropped:
            self.trimmed.append(f"lessons: {self.dropped} left out")

    def cut(self, key: str, budget: int) -> None:
        """Keep as much of value `key` as fits, at least `KEPT_CHARACTERS`.

        What is left of a short text and the note can be longer than the text, which is kept then.
        """
        whole = str(self.values.get(key, ""))
        low, high = KEPT_CHARACTERS, len(whole)
        if high <= low:
            return
        while low < high:
            middle = (low + high + 1) // 2
            self.values[key] = self._without_middle(whole, middle)
            low, high = (middle, high) if self.tokens() <= budget else (low, middle - 1)
        cut = self._without_middle(whole, low)
        if len(cut) >= len(whole):  # characters: a replay has not the tokens of its search
            self.values[key] = whole
            return
        self.values[key] = cut
        self.trimmed.append(f"{key}: {len(whole) - low} of {len(whole)} characters left out")

    def _without_middle(self, text: str, kept: int) -> str:
        if kept >= len(text):
            return text
        head, tail = text[: kept * 2 // 3], text[len(text) - kept // 3 :]
        lines = text[len(head) : len(text) - len(tail)].count("\n") + 1
        return f"{head}\n{self.templates.phrase('text_left_out', count=lines)}\n{tail}"

    def _lessons(self) -> str:
        if self.dropped:
            note = self.templates.phrase("lessons_left_out", count=self.dropped)
            return "\n".join([note, *self.lessons])
        return "\n".join(self.lessons) or self.templates.phrase("no_lessons")
