"""Compile a spec to an ordinary, readable PyTorch program."""

import re
from collections.abc import Callable, Sequence
from math import gcd

from langgraph_nas.spaces.blocks.cost import Size
from langgraph_nas.spaces.blocks.grammar import Block
from langgraph_nas.spaces.blocks.parse import parse_blocks
from langgraph_nas.spaces.blocks.plan import Shape, Step, plan
from langgraph_nas.spaces.blocks.source import class_sources

_ACTS = {
    "leaky": "nn.LeakyReLU",
    "elu": "nn.ELU",
    "gelu": "nn.GELU",
    "silu": "nn.SiLU",
    "mish": "nn.Mish",
}
_NORMS = {"group": "GroupNorm", "layer": "LayerNorm", "none": "nn.Identity"}

_NET = '''class Net(nn.Module):
    """{spec}"""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(
{blocks}
        )
        self.head = nn.Sequential(
{head}
        )

    def forward(self, x):
        return self.head(self.blocks(x))
'''


def compile_spec(
    spec: Sequence[str], shape: Shape, n_classes: int, max_macs: float | None = None
) -> str:
    """Return a program with `class Net(nn.Module)` for images of `shape` (C, H, W).

    `Net()` maps [N, C, H, W] to logits [N, n_classes]. Like every candidate it uses `torch`,
    `nn` and `F` without importing them. What the rules of `plan` changed stands in comments:
    maps are halved so that an image takes at most `max_macs` multiply-adds, if that can be.

    Raises:
        SpecError: `spec` is not one.
    """
    *body, head = parse_blocks(list(spec))
    steps = plan(body, shape, max_macs)
    blocks = [_expression(step) for step in steps]
    layers = _head(head, steps[-1].width, steps[-1].out_size, n_classes)
    names = {word for text in [*blocks, *layers] for word in re.findall(r"\w+", text)}
    net = _NET.format(
        spec="; ".join(map(str, [*body, head])),
        blocks="\n".join(map(_line, steps, blocks)),
        head="\n".join(f"            {layer}," for layer in layers),
    )
    return "\n\n\n".join([*class_sources(names), net])


def _line(step: Step, expression: str) -> str:
    size = f"{step.out_size[0]}x{step.out_size[1]}"
    if step.left_out:
        return f"            # {step.block} left out: the map is only {size}"
    note = f"{size}, halved for cost" if step.by_budget else size
    return f"            {expression},  # {note}"


def _expression(step: Step) -> str:
    if step.left_out:
        return ""
    return _EXPRESSIONS[step.block.kind](step)


def _call(name: str, *positions: str) -> Callable[[Step], str]:
    """Return a writer of `name(channels, width, ...)` with the arguments called `positions`."""

    def write(step: Step) -> str:
        args = [str(step.channels), step.block.args["W"]]
        args += [step.block.args[position] for position in positions]
        return f"{name}({', '.join([*args, *_options(step.block)])})"

    return write


def _options(block: Block) -> list[str]:
    options = []
    if block.kind == "dilated":
        options.append(f"dilation={block.args['D']}")
    if block.kind == "resnext":
        options.append("groups=8")
    if block.args.get("STRIDE") == "s2":
        options.append("stride=2")
    if (norm := _NORMS.get(block.args.get("NORM", ""))) is not None:
        options.append(f"norm={norm}")
    if (act := _ACTS.get(block.args.get("ACT", ""))) is not None:
        options.append(f"act={act}")
    return options


def _attention(step: Step) -> str:
    heads = gcd(step.block.number("H"), step.channels)
    keys = (min(8, step.size[0]), min(8, step.size[1]))
    return f"SelfAttention({step.channels}, heads={heads}, keys={keys})"


_EXPRESSIONS: dict[str, Callable[[Step], str]] = {
    "conv": _call("ConvNormAct", "K"),
    "dilated": _call("ConvNormAct"),
    "res": _call("Residual"),
    "bottleneck": _call("Bottleneck"),
    "resnext": _call("Bottleneck"),
    "sep": _call("Separable", "K"),
    "mbconv": _call("InvertedResidual", "E"),
    "convnext": _call("ConvNeXt", "K"),
    "inception": _call("Inception"),
    "dense": _call("DenseBlock", "N"),
    "se": lambda step: f"SqueezeExcite({step.channels}, {step.block.args['R']})",
    "attn": _attention,
    "maxpool": lambda _: "nn.MaxPool2d(2)",
    "avgpool": lambda _: "nn.AvgPool2d(2)",
    "dropout": lambda step: f"nn.Dropout({step.block.args['P']})",
}


def _head(head: Block, channels: int, size: Size, n_classes: int) -> list[str]:
    layers, features = _pooling(head.args["POOL"], channels, size)
    if (hidden := head.args["HIDDEN"]) != "none":
        layers += [f"nn.Linear({features}, {hidden})", "nn.ReLU()"]
        features = int(hidden)
    return [*layers, f"nn.Linear({features}, {n_classes})"]


def _pooling(pool: str, channels: int, size: Size) -> tuple[list[str], int]:
    if pool == "both":
        return ["MeanAndMax()"], 2 * channels
    if pool == "flat":
        grid = (min(4, size[0]), min(4, size[1]))
        pools = [] if grid == size else [f"nn.AdaptiveAvgPool2d({grid})"]
        return [*pools, "nn.Flatten()"], channels * grid[0] * grid[1]
    name = "nn.AdaptiveAvgPool2d" if pool == "gap" else "nn.AdaptiveMaxPool2d"
    return [f"{name}(1)", "nn.Flatten()"], channels
