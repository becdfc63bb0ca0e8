"""Know what a reply only repeats of the prompt's own form: small models fill in nothing."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from langgraph_nas.prompts.programs import fenced_blocks

LEAST_WORDS = 6
"""A stretch of the prompt's own prose counts as an echo from this many words on."""

_WORD = re.compile(r"\w+")
_PLACEHOLDER = re.compile(r"\$(?:\w+|\{\w+\})")
_CODE = re.compile(r"(?:class|def|import|from) |<<<|>>>|===|@|\+|-\w")
"""How a line of a program or an edit begins."""
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an the your my this that here goes of in for is are and or as to with it one two string "
        "str text value todo tbd insert fill placeholder example eg etc describe describing "
        "about explain explaining none null",
    )
)


class Echoes:
    """What the templates of a search say themselves, to tell it from what a model says.

    Computed from the templates, so that it holds for a user's own ones too.

    Args:
        texts: The templates, with their placeholders.

    Attributes:
        examples: What stands in their fences, without those that hold a placeholder.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        texts = list(texts)
        self._objects = [value for text in texts for value in _objects(text)]
        forms = {tuple(_words(leaf)) for value in self._objects for leaf in _leaves(value)}
        self._forms = sorted(filter(None, forms), key=len, reverse=True)
        literal = (_PLACEHOLDER.sub("\0", text) for text in texts)
        self._prose = [f" {' '.join(_words(part))} " for t in literal for part in t.split("\0")]
        self._items = {tuple(_words(item)) for value in self._objects for item in _items(value)}
        blocks = [block for text in texts for block in fenced_blocks(text)]
        self.examples = ["\n".join(block) for block in blocks if not _has_placeholder(block)]
        self._blocks = {_inked(example.split("\n")) for example in self.examples}

    def say(self, text: str, *names: str) -> bool:
        """Tell whether a text is nothing but words of the form that was to be filled in.

        Case, quotes, brackets, markdown and dots do not matter, nor do fillers as `your` or
        `here` around them.

        Args:
            text: What stands in a field of the reply.
            names: Names that the field may have, which say nothing either.
        """
        words = _words(text)
        if not words:
            return True
        if len(words) >= LEAST_WORDS and any(f" {' '.join(words)} " in p for p in self._prose):
            return True
        known = {part for name in names for part in _words(name)}
        return not [word for word in self._left(words) if word not in known | _FILLERS]

    def are_object(self, value: Any) -> bool:
        """Tell whether a JSON value is an example of a template, case and blanks aside."""
        return any(_plain(value) == _plain(example) for example in self._objects)

    def are_item(self, text: str) -> bool:
        """Tell whether a text is an item of a list in an example, case and punctuation aside."""
        return tuple(_words(text)) in self._items

    def are_blocks(self, reply: str) -> bool:
        """Tell whether all code in a reply is an example of a template."""
        inked = [lines for block in fenced_blocks(reply) if (lines := _inked(block))]
        if inked:
            return all(lines in self._blocks for lines in inked)
        whole = _inked(reply.split("\n"))
        rests = (rest for block in self._blocks if (rest := _without(whole, block)) is not None)
        return any(not any(map(_CODE.match, rest)) for rest in rests)

    def _left(self, words: list[str]) -> Iterator[str]:
        """Yield the words that belong to no value of the form."""
        at = 0
        while at < len(words):
            forms = (form for form in self._forms if tuple(words[at : at + len(form)]) == form)
            form = next(forms, None)
            if form is None:
                yield words[at]
            at += len(form or (1,))


def _without(lines: tuple[str, ...], block: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the lines around the first place of a block in them; None if it is not there."""
    size = len(block)
    at = (i for i, line in enumerate(lines) if block and line == block[0])
    found = next((i for i in at if lines[i : i + size] == block), None)
    return None if found is None else lines[:found] + lines[found + size :]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("_", " ").replace("e.g.", "eg"))


def _objects(text: str) -> Iterator[Any]:
    """Yield the JSON objects that stand in a text."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
            yield value
        except ValueError:
            end = at + 1
        at = text.find("{", end)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)


def _items(value: Any) -> Iterator[str]:
    """Yield the texts in the lists of a JSON value."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from _items(item)


def _plain(value: Any) -> Any:
    """Return a JSON value with its texts in one spelling."""
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _has_placeholder(block: list[str]) -> bool:
    return any(_PLACEHOLDER.search(line) for line in block)


def _inked(block: list[str]) -> tuple[str, ...]:
    """Return the lines of a block that are not blank, without white space around them."""
    return tuple(stripped for line in block if (stripped := line.strip()))
