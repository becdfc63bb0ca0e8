"""Lay a spec out over the maps: sizes, channels, and the compute budget.

Two rules make every spec a network that builds and that ends in finite time:

1. A map whose shorter side is below 4 is never halved: pools are left out, strides are 1. So
   maps stay at 2x2 or more, and batch norm works even with a single image.
2. While the network costs more than the budget, its most expensive block gets stride 2, or
   where it has a stride already or none, an average pool before it. Then those of these
   halvings that are not needed are taken back, from the last block to the first. Large images
   are thus halved early. What is too wide for the budget even on the smallest maps stays so.

Both show in the compiled program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph_nas.spaces.blocks.cost import BlockCost, Size, block_cost
from langgraph_nas.spaces.blocks.grammar import POOLS, Block, parse_block

MAC_BUDGET = 200e6
"""Multiply-adds of one image's forward pass: an epoch of 45,000 images is about 5e13 FLOP."""
FLOAT_BUDGET = 3e6
"""Values kept for one image's backward pass: a batch of 128 takes about 1.5 GB."""
MARGIN = 0.85
"""Share of a budget of the user's that is planned with, as costs are estimates."""

Shape = tuple[int, int, int]
"""Channels, height, width."""


@dataclass(frozen=True)
class Step:
    """One block in its place."""

    block: Block
    channels: int
    """Channels that come in."""
    width: int
    """Channels that go out."""
    size: Size
    """Height and width that come in."""
    out_size: Size
    left_out: bool = False
    """A pool on a map too small to halve."""
    by_budget: bool = False
    """Its pool or stride was put in to keep the network within the budget."""

    @property
    def cost(self) -> BlockCost:
        """What it costs per image."""
        return block_cost(self.block, self.channels, self.size, self.out_size)


@dataclass(frozen=True)
class Placed:
    """One block of the spec, or what rule 2 made of it."""

    block: Block
    by_budget: bool = False
    original: Block | None = None
    """The block of the spec, where rule 2 gave it a stride."""

    def undone(self) -> list["Placed"]:
        """Return what stood here before rule 2."""
        return [Placed(self.original)] if self.original else []


def can_halve(size: Size) -> bool:
    """Return whether a map of this size may be halved (rule 1)."""
    return min(size) >= 4


def plan(body: Sequence[Block], shape: Shape, max_macs: float | None = None) -> list[Step]:
    """Return the steps of the blocks before the head, within the budget (rule 2).

    Args:
        body: The blocks.
        shape: Of the images.
        max_macs: The user's budget of multiply-adds for an image, where it is below ours.
    """
    macs = MAC_BUDGET if max_macs is None else min(MAC_BUDGET, MARGIN * max_macs)
    budget = BlockCost(macs, FLOAT_BUDGET)
    placed = [Placed(block) for block in body]
    while not _affordable(steps := _lay_out(placed, shape), budget):
        costly = [
            i
            for i, step in enumerate(steps)
            if can_halve(step.size) and step.block.kind not in POOLS
        ]
        if not costly:
            break
        _halve(placed, max(costly, key=lambda i: _share(steps[i].cost, budget)))
    for i in reversed(range(len(placed))):
        if placed[i].by_budget:
            fewer = [*placed[:i], *placed[i].undone(), *placed[i + 1 :]]
            if _affordable(_lay_out(fewer, shape), budget):
                placed = fewer
    return _lay_out(placed, shape)


def _halve(placed: list["Placed"], worst: int) -> None:
    """Give the block at `worst` a stride, or put a pool before it."""
    block = placed[worst].block
    if block.args.get("STRIDE") == "s1":
        strided = replace(block, args={**block.args, "STRIDE": "s2"})
        placed[worst] = Placed(strided, by_budget=True, original=block)
    else:
        placed.insert(worst, Placed(parse_block("avgpool"), by_budget=True))


def _affordable(steps: list[Step], budget: BlockCost) -> bool:
    costs = [step.cost for step in steps]
    macs, floats = sum(c.macs for c in costs), sum(c.floats for c in costs)
    return macs <= budget.macs and floats <= budget.floats


def _share(cost: BlockCost, budget: BlockCost) -> float:
    return cost.macs / budget.macs + cost.floats / budget.floats


def _lay_out(placed: list[Placed], shape: Shape) -> list[Step]:
    steps = []
    channels, size = shape[0], (shape[1], shape[2])
    for place in placed:
        step = _step(place, channels, size)
        steps.append(step)
        channels, size = step.width, step.out_size
    return steps


def _step(placed: Placed, channels: int, size: Size) -> Step:
    block = placed.block
    width = int(block.args.get("W", channels))
    if block.kind in POOLS and can_halve(size):
        out_size, left_out = (size[0] // 2, size[1] // 2), False
    elif block.args.get("STRIDE") == "s2" and can_halve(size):
        out_size, left_out = ((size[0] + 1) // 2, (size[1] + 1) // 2), False
    else:
        out_size, left_out = size, block.kind in POOLS
    if block.args.get("STRIDE") == "s2" and out_size == size:
        block = replace(block, args={**block.args, "STRIDE": "s1"})
    return Step(block, channels, width, size, out_size, left_out, placed.by_budget)
