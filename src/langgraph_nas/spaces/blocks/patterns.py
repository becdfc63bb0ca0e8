"""Regular expressions for blocks, all of a grammar or all but some.

Used in JSON schemas, so only literals, groups, alternations and `?` occur.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from langgraph_nas.spaces.blocks.grammar import BODY, KINDS, POOLS, Arg, Block, Kind


def either(patterns: Iterable[str]) -> str:
    """Return the pattern that matches any of these, which have no alternation of their own."""
    ways = list(patterns)
    return ways[0] if len(ways) == 1 else f"({'|'.join(ways)})"


def body_block(halve: bool, excluded: Collection[Block] = ()) -> str:
    """Return the pattern of all blocks before the head but the excluded ones.

    Without `halve` there are no pools and strides: the map is too small for them.
    """
    kinds = [kind for kind in BODY if halve or kind.name not in POOLS]
    ways = [block_of(kind, halve, excluded) for kind in kinds]
    return either(way for way in ways if way is not None)


def block_of(kind: Kind, halve: bool, excluded: Collection[Block]) -> str | None:
    """Return the pattern of the blocks of one kind but the excluded ones, None if none is left."""
    args = [arg for arg in kind.args if halve or arg.name != "STRIDE"]
    rows = [tuple(b.args[a.name] for a in args) for b in excluded if b.kind == kind.name]
    tail = _words(args, rows)
    return None if tail is None else kind.name + tail


def head_words() -> str:
    """Return the pattern of a head without the word `head`."""
    return (_words(KINDS["head"].args, []) or "").lstrip()


def _words(args: Sequence[Arg], excluded: Sequence[tuple[str, ...]]) -> str | None:
    """Return the pattern of all rows of arguments but the excluded ones, None if none is left.

    A row leaves the excluded ones at its first argument, or it goes on as one of them does.
    """
    if not excluded:
        return "".join(_word(arg, arg.choices) for arg in args)
    if not args:
        return None
    arg, rest = args[0], args[1:]
    taken = {row[0] for row in excluded}
    ways = []
    if free := [choice for choice in arg.choices if choice not in taken]:
        ways.append(_word(arg, free) + (_words(rest, []) or ""))
    for choice in filter(taken.__contains__, arg.choices):
        tail = _words(rest, [row[1:] for row in excluded if row[0] == choice])
        if tail is not None:
            ways.append(_word(arg, [choice]) + tail)
    return either(ways) if ways else None


def _word(arg: Arg, choices: Sequence[str]) -> str:
    """Return the pattern of one argument with the space before it."""
    words = [re.escape(c) for c in choices if not (arg.optional and c == arg.default)]
    if not words:
        return ""
    may_miss = arg.optional and arg.default in choices
    return f"( {either(words)})?" if may_miss else f" {either(words)}"
