"""Keep a prompt within its token budget, in a stated order and never silently.

Lessons go first, oldest first; then the texts lose their middles, in the order given. Where that
is not enough they lose more, down to nothing. Each cut leaves a line in the prompt that says so,
and is named in `Prompt.trimmed`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import TypedDict

from langgraph_nas.errors import PromptError
from langgraph_nas.prompts.templates import Templates

KEPT_CHARACTERS = 200
"""What a text keeps when its middle is cut, as long as that is enough for all to fit."""
MATTER_MOST = 2
"""Texts at the end of an order that a budget must have room for, as far as they are kept."""
MOST_LINES = 99_999
"""Lines that are left out of a text at most."""
SPARE = 512
"""Tokens that a budget should have besides what may not be trimmed."""

_NOTE = "the note"  # no name that a placeholder can have


@dataclass(frozen=True)
class Prompt:
    """A prompt as it is sent."""

    text: str
    tokens: int
    trimmed: tuple[str, ...] = ()
    """What was left out to fit, e.g. `lessons: 2 left out`, `current_program: 40 lines`."""


class Parts(TypedDict):
    """What a prompt is made of."""

    name: str
    """Its template."""
    values: Mapping[str, object]
    """The template's placeholders; `lessons` is filled in from the field of that name."""
    lessons: NotRequired[Sequence[str]]
    """Closed triples as text, oldest first."""
    order: NotRequired[Sequence[str]]
    """Names of values that may lose their middles, the first to suffer first; those that the
    template does not use are passed over."""
    note: NotRequired[str]
    """Goes below the template's text; it suffers after all but those that matter most."""


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
        name: As in `Parts`, as are `values`, `lessons`, `order` and `note`.
        values: Its placeholders.
        budget: Most tokens.
        count: Counts the tokens of a text.
        lessons: Closed triples.
        order: What suffers first.
        note: What goes below.

    Raises:
        PromptError: What may not be trimmed is already over the budget.
    """
    parts = Parts(name=name, values=values, lessons=lessons, order=order, note=note)
    draft = _Draft(templates, parts, count)
    draft.drop_lessons(budget)
    for keys, least in ((draft.order, KEPT_CHARACTERS), (draft.all_cut, 0)):
        for key in keys:
            if draft.tokens() <= budget:
                break
            draft.cut(key, budget, least)
    if (tokens := draft.tokens()) > budget:
        raise PromptError(
            f"prompt {name!r} takes {tokens} tokens, {budget} are allowed: "
            "raise --prompt-tokens (and --num-ctx, if it is set) or shorten the template",
            instead={"prompt_tokens": -(-(tokens + SPARE) // 256) * 256},
        )
    return Prompt(draft.text(), tokens, draft.trimmed())


def shortest(templates: Templates, parts: Parts, *, bare: bool = False) -> tuple[str, ...]:
    """Return a prompt in the sizes that a budget must have room for, without any lesson.

    In the first, the texts that matter most keep `KEPT_CHARACTERS` and the others nothing. In the
    second, all are as short as no cut would make them, of symbols that are a token each: more is
    never left of any prompt.

    Args:
        templates: The templates of the search.
        parts: What the prompt is made of.
        bare: Its texts are our own and short, as a base model's: only the size in which all of
            them are cut to nothing.
    """
    draft = _Draft(templates, parts, len)
    draft.told_lines = MOST_LINES
    draft.drop_lessons(0)
    for key in draft.all_cut:
        matters = key in draft.order[-MATTER_MOST:] and not bare
        draft.shorten(key, KEPT_CHARACTERS if matters else 0)
    first = draft.text()
    if bare:
        return (first,)
    for key in draft.all_cut:
        draft.make_dense(key)
    return first, draft.text()


class _Draft:
    """A prompt while it is being made to fit."""

    def __init__(self, templates: Templates, parts: Parts, count: Callable[[str], int]) -> None:
        used = templates.placeholders(parts["name"])
        self.order = tuple(key for key in parts.get("order", ()) if key in used)
        self.all_cut = (*self.order[:-MATTER_MOST], _NOTE, *self.order[-MATTER_MOST:])
        self._templates, self._name, self._count = templates, parts["name"], count
        self._values: dict[str, object] = {**parts["values"], _NOTE: parts.get("note", "")}
        self._whole = {key: str(self._values.get(key, "")) for key in self.all_cut}
        self._lessons = list(parts.get("lessons", ())) if "lessons" in used else []
        self.told_lines: int | None = None
        """Lines that are told to be left out of each text; None: those that are."""
        self._dropped = 0
        self._left_out: dict[str, int] = {}
        """Text -> the characters that it lost."""

    def text(self) -> str:
        told = self._values | {"lessons": self._told_lessons()}
        text, note = self._templates.render(self._name, told), self._values[_NOTE]
        return f"{text}\n\n{note}" if note else text

    def tokens(self) -> int:
        return self._count(self.text())

    def trimmed(self) -> tuple[str, ...]:
        lessons = [f"lessons: {self._dropped} left out"] if self._dropped else []
        texts = (
            f"{key}: {lost} of {len(self._whole[key])} characters left out"
            for key, lost in self._left_out.items()
        )
        return (*lessons, *texts)

    def drop_lessons(self, budget: int) -> None:
        while self._lessons and self.tokens() > budget:
            self._lessons.pop(0)
            self._dropped += 1

    def cut(self, key: str, budget: int, least: int) -> None:
        """Keep as many characters of a text as fit, and no fewer than `least`."""
        low, high = least, len(self._whole[key])
        while low < high:
            middle = (low + high + 1) // 2
            self.shorten(key, middle)
            low, high = (middle, high) if self.tokens() <= budget else (low, middle - 1)
        self.shorten(key, low)

    def shorten(self, key: str, kept: int) -> None:
        """Keep so many characters of a text.

        What is left of a short text and the note can be longer than the text, which is kept then.
        """
        whole = self._whole[key]
        cut = self._without_middle(whole, kept)
        if len(cut) >= len(whole):  # characters: a replay has not the tokens of its search
            self._values[key] = whole
            self._left_out.pop(key, None)
        else:
            self._values[key] = cut
            self._left_out[key] = len(whole) - kept

    def make_dense(self, key: str) -> None:
        """Have the longest text that is never cut in the place of another, if there is one."""
        length = len(self._without_middle(self._whole[key], 0)) if self._whole[key] else 0
        self._values[key] = ("<({[/" * length)[:length]

    def _without_middle(self, text: str, kept: int) -> str:
        if kept >= len(text):
            return text
        head, tail = text[: kept * 2 // 3], text[len(text) - kept // 3 :]
        lines = self.told_lines or text[len(head) : len(text) - len(tail)].count("\n") + 1
        return f"{head}\n{self._templates.phrase('text_left_out', count=lines)}\n{tail}"

    def _told_lessons(self) -> str:
        if self._dropped:
            note = self._templates.phrase("lessons_left_out", count=self._dropped)
            return "\n".join([note, *self._lessons])
        return "\n".join(self._lessons) or self._templates.phrase("no_lessons")
