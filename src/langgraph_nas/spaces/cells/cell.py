"""A cell of NAS-Bench-201: four nodes, an operation on each of the six edges between them.

X. Dong, Y. Yang: NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search,
ICLR 2020. The network around the cell is theirs too: a stem, three stages of five cells at 16, 32
and 64 channels, a residual block of stride 2 between them, global pooling and a linear layer.
"""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from langgraph_nas.spaces.candidates import SpecError

OPERATIONS: Mapping[str, str] = {
    "none": "no connection",
    "skip_connect": "the map as it is",
    "nor_conv_1x1": "ReLU, 1x1 convolution, batch norm",
    "nor_conv_3x3": "ReLU, 3x3 convolution, batch norm",
    "avg_pool_3x3": "average of 3x3 at stride 1",
}
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""From node, to node, in the order of a spec. Node 0 is the cell's input, node 3 its output."""
STAGES = (16, 32, 64)
"""Channels of each stage."""
CELLS = 5
"""Cells in a stage."""

_IN_NOTATION = re.compile(r"([a-z_0-9]+)~\d")
_EDIT = re.compile(r"(?:replace\s+)?([1-6])\b:?\s*(\w+)", re.IGNORECASE)
_SHORT = {name.removeprefix("nor_"): name for name in OPERATIONS}


def parse_cell(value: Any) -> list[str]:
    """Return the six operations of a cell.

    `value` is a list of them, a text with blanks or commas between, the notation of
    NAS-Bench-201, or a dict that holds one of these under `cell`.

    Raises:
        SpecError: It is no cell.

    Example:
        >>> parse_cell("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
        ['none', 'none', 'none', 'skip_connect', 'none', 'none']
    """
    if isinstance(value, Mapping):
        if "cell" not in value:
            raise SpecError("the object has no `cell`")
        value = value["cell"]
    if isinstance(value, str):
        value = _IN_NOTATION.findall(value) or re.split(r"[\s,;]+", value.strip())
    if not isinstance(value, list | tuple):
        raise SpecError(f"a cell is a list of six operations, not {type(value).__name__}")
    if len(value) != len(EDGES):
        raise SpecError(f"a cell has six operations, one for each edge, not {len(value)}")
    return [read_operation(word) for word in value]


def read_operation(word: Any) -> str:
    """Return an operation by its name, in any case, with or without `nor_`.

    Raises:
        SpecError: There is none of this name.
    """
    text = word.strip().lower() if isinstance(word, str) else ""
    name = _SHORT.get(text.removeprefix("nor_"))
    if name is None:
        raise SpecError(f"{word!r:.40} is no operation; there are {', '.join(OPERATIONS)}")
    return name


def edit_cell(cell: Sequence[str], edits: Any) -> list[str]:
    """Return a cell with edits applied, each such as `replace 3 nor_conv_3x3`.

    Raises:
        SpecError: An edit can't be read, two change the same edge, or nothing changes.
    """
    texts = re.split(r"[;\n]", edits) if isinstance(edits, str) else edits
    if not isinstance(texts, list | tuple) or not texts:
        raise SpecError("the reply holds no edits")
    after, changed = list(cell), set()
    for text in texts:
        match = _EDIT.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            raise SpecError(f"an edit is such as `replace 3 nor_conv_3x3`, not {text!r:.60}")
        edge = int(match[1])
        if edge in changed:
            raise SpecError(f"two edits change edge {edge}")
        changed.add(edge)
        after[edge - 1] = read_operation(match[2])
    if after == list(cell):
        raise SpecError("the edits change nothing")
    return after


def notation(cell: Sequence[str]) -> str:
    """Return a cell in NAS-Bench-201's notation."""
    nodes: dict[int, list[str]] = {}
    for (source, target), operation in zip(EDGES, cell, strict=True):
        nodes.setdefault(target, []).append(f"{operation}~{source}")
    return "+".join(f"|{'|'.join(inputs)}|" for inputs in nodes.values())


def draw_cell(rng: random.Random) -> list[str]:
    """Return a cell, each operation as likely as any."""
    return [rng.choice(list(OPERATIONS)) for _ in EDGES]


def mutate_cell(cell: Sequence[str], rng: random.Random) -> list[str]:
    """Return a cell with the operation of one edge replaced by another one."""
    edge = rng.randrange(len(EDGES))
    others = [name for name in OPERATIONS if name != cell[edge]]
    return [*cell[:edge], rng.choice(others), *cell[edge + 1 :]]


def cross_cells(one: Sequence[str], other: Sequence[str], rng: random.Random) -> list[str]:
    """Return a cell whose every edge is that of one of its parents."""
    return [rng.choice(pair) for pair in zip(one, other, strict=True)]


def cell_cost(cell: Sequence[str], shape: tuple[int, int, int], n_classes: int) -> dict[str, float]:
    """Return parameters and multiply-adds (of one image) of the network with this cell; exact.

    Args:
        cell: Six operations.
        shape: Of an image [channels, height, width].
        n_classes: Columns of the logits.
    """
    channels, height, width = shape
    parameters = 9 * channels * STAGES[0] + 2 * STAGES[0]
    macs = 9 * channels * STAGES[0] * height * width
    area = {"nor_conv_1x1": 1, "nor_conv_3x3": 9}
    kernels = [area[operation] for operation in cell if operation in area]
    for stage, wide in enumerate(STAGES):
        if stage:
            narrow, height, width = STAGES[stage - 1], -(-height // 2), -(-width // 2)
            weights = 9 * narrow * wide + 9 * wide * wide + narrow * wide
            parameters += weights + 4 * wide
            macs += weights * height * width
        weights = CELLS * sum(kernels) * wide * wide
        parameters += weights + CELLS * len(kernels) * 2 * wide
        macs += weights * height * width
    last = STAGES[-1]
    parameters += 2 * last + last * n_classes + n_classes
    macs += last * n_classes
    return {"parameters": float(parameters), "macs": float(macs)}


PROGRAM = '''class Conv(nn.Sequential):
    def __init__(self, channels, out, kernel, stride=1):
        super().__init__(
            nn.ReLU(),
            nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(out),
        )


class Nothing(nn.Module):
    def forward(self, x):
        return x * 0.0


def operation(name, channels):
    if name == "nor_conv_3x3":
        return Conv(channels, channels, 3)
    if name == "nor_conv_1x1":
        return Conv(channels, channels, 1)
    if name == "avg_pool_3x3":
        return nn.AvgPool2d(3, 1, 1, count_include_pad=False)
    return nn.Identity() if name == "skip_connect" else Nothing()


class Cell(nn.Module):
    EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))

    def __init__(self, names, channels):
        super().__init__()
        self.operations = nn.ModuleList(operation(name, channels) for name in names)

    def forward(self, x):
        nodes = [x]
        for target in (1, 2, 3):
            edges = zip(self.EDGES, self.operations)
            nodes.append(sum(work(nodes[a]) for (a, b), work in edges if b == target))
        return nodes[-1]


class Halve(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.main = nn.Sequential(Conv(channels, out, 3, 2), Conv(out, out, 3))
        self.short = nn.Sequential(
            nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(channels, out, 1, bias=False)
        )

    def forward(self, x):
        return self.main(x) + self.short(x)


class Net(nn.Module):
    """{notation}"""

    CELL = (
{operations}
    )

    def __init__(self):
        super().__init__()
        stem = nn.Conv2d({channels}, {first}, 3, padding=1, bias=False)
        layers, before = [stem, nn.BatchNorm2d({first})], {first}
        for channels in {stages}:
            if channels != before:
                layers.append(Halve(before, channels))
            layers += [Cell(self.CELL, channels) for _ in range({cells})]
            before = channels
        self.features = nn.Sequential(*layers, nn.BatchNorm2d(before), nn.ReLU())
        self.head = nn.Linear(before, {n_classes})

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))
'''


def cell_program(cell: Sequence[str], shape: tuple[int, int, int], n_classes: int) -> str:
    """Return the program of the network with this cell, for images [channels, height, width]."""
    return PROGRAM.format(
        notation=notation(cell),
        operations="\n".join(f'        "{operation}",' for operation in cell),
        channels=shape[0],
        first=STAGES[0],
        stages=STAGES,
        cells=CELLS,
        n_classes=n_classes,
    )
