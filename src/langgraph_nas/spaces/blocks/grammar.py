"""The words of a spec: kinds of block, their arguments, and the normal form of one block.

A spec is a list of strings, one per block, e.g. `["conv 32 3 relu", "maxpool", "head gap"]`.
Every width is the number of channels that a block gives on. All kinds fit any map, so any
list of blocks that ends in a head is a network (see `plan` for how maps shrink).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from langgraph_nas.spaces.candidates import SpecError

MAX_BLOCKS = 12
"""Most blocks before the head."""


@dataclass(frozen=True)
class Arg:
    """One argument of a block, a choice among words."""

    name: str
    choices: tuple[str, ...]
    default: str | None = None
    """Taken when the word is left out; None if it must be there."""
    optional: bool = False
    """The normal form leaves the default out."""


@dataclass(frozen=True)
class Kind:
    """One kind of block and what it does, in a line for prompts and docs."""

    name: str
    args: tuple[Arg, ...]
    does: str


@dataclass(frozen=True)
class Block:
    """One parsed block; `str(block)` is its normal form."""

    kind: str
    args: Mapping[str, str]

    def __str__(self) -> str:
        """Return the kind and its arguments, optional ones only where they differ."""
        words = [self.args[a.name] for a in KINDS[self.kind].args if not self._left_out(a)]
        return " ".join([self.kind, *words])

    def _left_out(self, arg: Arg) -> bool:
        return arg.optional and self.args[arg.name] == arg.default

    def number(self, name: str) -> int:
        """Return the argument `name` as a whole number."""
        return int(self.args[name])


_NUMBERS = ("8", "16", "24", "32", "48", "64", "96", "128", "192", "256")
_WIDTH = Arg("W", _NUMBERS)
_WIDE = Arg("W", tuple(n for n in _NUMBERS if int(n) >= 32))
_KERNEL = Arg("K", ("1", "3", "5", "7"), "3")
_DEPTHWISE = Arg("K", ("3", "5", "7"), "3")
_ACT = Arg("ACT", ("relu", "leaky", "elu", "gelu", "silu", "mish"), "relu")
_NORM = Arg("NORM", ("batch", "group", "layer", "none"), "batch", optional=True)
_STRIDE = Arg("STRIDE", ("s1", "s2"), "s1", optional=True)
_END = (_ACT, _NORM, _STRIDE)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("conv", (_WIDTH, _KERNEL, *_END), "plain KxK convolution"),
        Kind("res", (_WIDTH, *_END), "residual block, two 3x3 convolutions"),
        Kind("bottleneck", (_WIDE, *_END), "residual 1x1, 3x3, 1x1 with W/4 channels inside"),
        Kind("resnext", (_WIDE, *_END), "bottleneck with W/2 channels inside in 8 groups"),
        Kind("sep", (_WIDTH, _DEPTHWISE, *_END), "depthwise KxK, then 1x1 (separable)"),
        Kind(
            "mbconv",
            (_WIDTH, Arg("E", ("2", "4", "6"), "4"), *_END),
            "inverted residual, expands the channels E times",
        ),
        Kind(
            "convnext",
            (_WIDTH, _DEPTHWISE, _STRIDE),
            "residual depthwise KxK, layer norm, 4 times wider 1x1 pair",
        ),
        Kind("inception", (_WIDTH, *_END), "branches 1x1, 3x3, 5x5 and pool side by side"),
        Kind(
            "dense",
            (_WIDTH, Arg("N", ("2", "3", "4"), "3"), _ACT, _NORM),
            "N layers that each see all earlier ones, then 1x1 to W",
        ),
        Kind(
            "dilated",
            (_WIDTH, Arg("D", ("2", "3", "4"), "2"), *_END),
            "3x3 convolution with dilation D",
        ),
        Kind("se", (Arg("R", ("4", "8", "16"), "8"),), "squeeze-excite, reduction R"),
        Kind("attn", (Arg("H", ("1", "2", "4", "8"), "4"),), "residual self-attention, H heads"),
        Kind("maxpool", (), "halves the map, keeps the largest"),
        Kind("avgpool", (), "halves the map, keeps the mean"),
        Kind("dropout", (Arg("P", ("0.1", "0.2", "0.3", "0.5")),), "drops values with chance P"),
        Kind(
            "head",
            (
                Arg("POOL", ("gap", "max", "both", "flat"), "gap"),
                Arg("HIDDEN", ("none", "32", "64", "128", "256"), "none", optional=True),
            ),
            "classifier, always last: mean, maximum, both or a 4x4 grid of the map, "
            "then HIDDEN units if given",
        ),
    )
}
HEAD = "head"
BODY = tuple(kind for name, kind in KINDS.items() if name != HEAD)
POOLS = ("maxpool", "avgpool")


def parse_block(text: str) -> Block:
    """Return the block that `text` says, its words in any order after the kind.

    Case, spacing, brackets and commas do not matter, and `3x3` is `3`. Arguments with a
    default may be left out.

    Raises:
        SpecError: The kind is unknown, or a word is not one of its arguments' choices.
    """
    words = re.sub(r"\b(\d+)x\1\b", r"\1", re.sub(r"[(),\[\]\s]+", " ", text.lower())).split()
    if not words or words[0] not in KINDS:
        raise SpecError(f"unknown block {_quote(text)}; the kinds are {', '.join(KINDS)}")
    kind = KINDS[words[0]]
    args: dict[str, str] = {}
    for word in words[1:]:
        free = (a.name for a in kind.args if a.name not in args and word in a.choices)
        name = next(free, None)
        if name is None:
            raise SpecError(f"`{word[:20]}` does not fit in {_quote(text)}: {usage(kind)}")
        args[name] = word
    return Block(
        kind.name, {a.name: args.get(a.name) or _default(a, kind, text) for a in kind.args}
    )


def _default(arg: Arg, kind: Kind, text: str) -> str:
    if arg.default is None:
        raise SpecError(f"{_quote(text)} lacks {arg.name}: {usage(kind)}")
    return arg.default


def _quote(text: str) -> str:
    return f"`{text.strip()[:60]}`"


def signature(kind: Kind) -> str:
    """Return e.g. `conv W K ACT [NORM] [s2]`."""
    return " ".join([kind.name, *(_placeholder(a) for a in kind.args)])


def _placeholder(arg: Arg) -> str:
    name = "s2" if arg is _STRIDE else arg.name
    return f"[{name}]" if arg.optional else name


def usage(kind: Kind) -> str:
    """Return the signature of `kind` with the choices of its arguments."""
    choices = [f"{a.name} {'|'.join(written(a))}" for a in kind.args if a is not _STRIDE]
    return "; ".join([signature(kind), *choices])


def written(arg: Arg) -> tuple[str, ...]:
    """Return the choices that the normal form ever writes."""
    return tuple(c for c in arg.choices if not (arg.optional and c == arg.default))


def describe_blocks() -> str:
    """Return the kinds of block with their arguments, a line each, for prompts and docs."""
    shared = (_WIDTH, _ACT, _NORM)
    lines = []
    for kind in KINDS.values():
        own = [
            f"{a.name} {'|'.join(written(a))}"
            for a in kind.args
            if a not in shared and a is not _STRIDE
        ]
        lines.append(f"{signature(kind)}: {'; '.join([kind.does, *own])}")
    lines += [f"{a.name}: {'|'.join(a.choices)}" for a in shared]
    lines.append("NORM is batch if left out; s2 halves the map.")
    return "\n".join(lines)
