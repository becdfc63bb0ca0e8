"""The cost of a block per image: multiply-adds and floats kept for the backward pass.

Each kind is described once, by its convolutions; both figures follow from them. They are
estimates for the compute budget of `plan`, within some ten per cent of the truth for
multiply-adds.
"""

from collections.abc import Callable
from typing import NamedTuple

from langgraph_nas.spaces.blocks.grammar import Block

Size = tuple[int, int]


class Conv(NamedTuple):
    """One convolution inside a block."""

    fan_in: int
    """Inputs that one output value is made of: channels per group times kernel area."""
    outputs: int
    """Channels that come out."""
    at_input: bool = False
    """It works on the map before the block's stride."""


class BlockCost(NamedTuple):
    """BlockCost of one image's forward pass."""

    macs: float
    """Multiply-adds."""
    floats: float
    """Values kept for the backward pass."""


def block_cost(block: Block, channels: int, size: Size, out_size: Size) -> BlockCost:
    """Return what `block` costs on `channels` maps of `size` that become `out_size`."""
    before, after = size[0] * size[1], out_size[0] * out_size[1]
    if block.kind == "attn":
        return _attention(channels, size)
    if block.kind not in _CONVOLUTIONS:
        return BlockCost(0, channels * after)
    convs = _CONVOLUTIONS[block.kind](block, channels)
    pixels = [before if conv.at_input else after for conv in convs]
    outputs = [conv.outputs * n for conv, n in zip(convs, pixels, strict=True)]
    macs = sum(conv.fan_in * n for conv, n in zip(convs, outputs, strict=True))
    # What a convolution, its norm and its activation give is each kept.
    return BlockCost(macs, 3 * sum(outputs))


def _attention(channels: int, size: Size) -> BlockCost:
    positions = size[0] * size[1]
    keys = min(8, size[0]) * min(8, size[1])
    macs = 2 * channels * positions * (channels + keys) + 2 * channels * channels * keys
    return BlockCost(macs, channels * (5 * positions + 3 * keys))


def _conv(block: Block, channels: int) -> list[Conv]:
    return [Conv(channels * block.number("K") ** 2, block.number("W"))]


def _dilated(block: Block, channels: int) -> list[Conv]:
    return [Conv(9 * channels, block.number("W"))]


def _residual(block: Block, channels: int) -> list[Conv]:
    width = block.number("W")
    return [Conv(9 * channels, width), Conv(9 * width, width), *_shortcut(block, channels)]


def _bottleneck(block: Block, channels: int) -> list[Conv]:
    width, grouped = block.number("W"), block.kind == "resnext"
    inner = width // 2 if grouped else width // 4
    middle = Conv(9 * inner // (8 if grouped else 1), inner)
    return [Conv(channels, inner, True), middle, Conv(inner, width), *_shortcut(block, channels)]


def _separable(block: Block, channels: int) -> list[Conv]:
    return [Conv(block.number("K") ** 2, channels), Conv(channels, block.number("W"))]


def _inverted(block: Block, channels: int) -> list[Conv]:
    inner = channels * block.number("E")
    return [Conv(channels, inner, True), Conv(9, inner), Conv(inner, block.number("W"))]


def _convnext(block: Block, channels: int) -> list[Conv]:
    width = block.number("W")
    depthwise = Conv(block.number("K") ** 2, width)
    pair = [Conv(width, 4 * width), Conv(4 * width, width)]
    return [depthwise, *pair, *_shortcut(block, channels)]


def _inception(block: Block, channels: int) -> list[Conv]:
    part = block.number("W") // 4
    return [Conv(channels * area, part) for area in (1, 9, 25, 1)]


def _dense(block: Block, channels: int) -> list[Conv]:
    width, layers = block.number("W"), block.number("N")
    growth = width // 4
    seen = [channels + i * growth for i in range(layers + 1)]
    # The joined maps are kept too; a convolution without fan-in stands for their copies.
    copies = Conv(0, sum(seen[1:]) // 3)
    return [*(Conv(9 * n, growth) for n in seen[:-1]), Conv(seen[-1], width), copies]


def _shortcut(block: Block, channels: int) -> list[Conv]:
    width = block.number("W")
    same = channels == width and block.args["STRIDE"] == "s1"
    return [] if same else [Conv(channels, width)]


_CONVOLUTIONS: dict[str, Callable[[Block, int], list[Conv]]] = {
    "conv": _conv,
    "dilated": _dilated,
    "res": _residual,
    "bottleneck": _bottleneck,
    "resnext": _bottleneck,
    "sep": _separable,
    "mbconv": _inverted,
    "convnext": _convnext,
    "inception": _inception,
    "dense": _dense,
}
