import pytest

from langgraph_nas.programs import program_hash

from .pairs import BLOCKS, NET, net, swap

TWO = "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)"
GLOBAL = "size = 8\n\n\n"
HINTED = """from typing import List, Optional, Tuple

""" + swap(
    NET,
    ("__init__(self):", "__init__(self) -> None:"),
    ("forward(self, x):", "forward(self, x: torch.Tensor) -> Tensor:"),
    ("pooled =", "pooled: Tensor ="),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Attributes and methods.
        (NET, swap(NET, ("self.conv", "self.c1"))),
        (NET, swap(NET, ("self.conv", "self.fc1"), ("self.norm", "self.conv"))),
        (NET, swap(NET, ("self.fc", "self.relu"))),
        (NET, swap(NET, ("self.fc", "self.mean"))),
        (BLOCKS, swap(BLOCKS, ("self.shrink", "self.down"))),
        (BLOCKS, swap(BLOCKS, ("self.conv", "self.main"))),
        (
            BLOCKS,
            swap(
                BLOCKS,
                ("self.conv = nn.Conv2d(width, 8", "self.last = nn.Conv2d(width, 8"),
                ("self.conv(x))", "self.last(x))"),
            ),
        ),
        (BLOCKS, swap(BLOCKS, ("_pool", "global_average"))),
        (BLOCKS, swap(BLOCKS, ("self.blocks", "self.stages"), ("self.stem", "self.entry"))),
        (BLOCKS, swap(BLOCKS, ("self.heads", "self.classifiers"))),
        (
            net(
                "self.fc = nn.Linear(8, 8)\nself.flatten = nn.Flatten()",
                "return self.fc(self.flatten(x.flatten(1)))",
            ),
            net(
                "self.fc = nn.Linear(8, 8)\nself.flat = nn.Flatten()",
                "return self.fc(self.flat(x.flatten(1)))",
            ),
        ),
        (
            net(
                "self.a = nn.ReLU()\nself.deep = True", "if self.deep:\n    x = self.a(x)\nreturn x"
            ),
            net(
                "self.act = nn.ReLU()\nself.use = True",
                "if self.use:\n    x = self.act(x)\nreturn x",
            ),
        ),
        # Variables, parameters.
        (NET, swap(NET, ("y = ", "features = "), ("y.mean", "features.mean"))),
        (NET, swap(NET, ("pooled", "out"))),
        (NET, swap(NET, ("(self, x)", "(self, images)"), ("conv(x)", "conv(images)"))),
        (NET, swap(NET, ("(self, x)", "(self, input)"), ("conv(x)", "conv(input)"))),
        (NET, swap(NET, ("self", "this"))),
        (BLOCKS, swap(BLOCKS, ("for s in", "for step in"), ("stride=s)", "stride=step)"))),
        (BLOCKS, swap(BLOCKS, ("for block in", "for b in"), ("x = block(x)", "x = b(x)"))),
        (BLOCKS, swap(BLOCKS, ("width", "channels"))),
        (
            BLOCKS,
            swap(
                BLOCKS,
                ("(self, width, stride=1)", "(self, w, stride=1)"),
                ("2d(width, width, 3, s", "2d(w, w, 3, s"),
                ("2d(width, width, 1", "2d(w, w, 1"),
            ),
        ),
        (
            net(TWO, "return sum(self.a(y) for y in [x, x])"),
            net(TWO, "return sum(self.a(t) for t in [x, x])"),
        ),
        (
            net(TWO, "return sum(self.a(y) for y in [x, x])"),
            net(TWO, "return sum(self.a(x) for x in [x, x])"),
        ),
        (
            net(TWO, "f = lambda z: self.a(z)\nreturn f(x)"),
            net(TWO, "g = lambda x: self.a(x)\nreturn g(x)"),
        ),
        (
            net(TWO, "if (y := self.a(x)) is None:\n    x = y\nreturn x"),
            net(TWO, "if (z := self.a(x)) is None:\n    x = z\nreturn x"),
        ),
        (
            net(TWO, "def inner(t):\n    return self.a(t) + x\nreturn inner(x)"),
            net(TWO, "def step(u):\n    return self.a(u) + x\nreturn step(x)"),
        ),
        (
            net("self.a = nn.Linear(size, 10)", above=GLOBAL),
            net("self.a = nn.Linear(width, 10)", above=swap(GLOBAL, ("size", "width"))),
        ),
        (
            net(
                TWO,
                "if x.dim() != 4:\n    raise ValueError(f'wanted 4, got {x.dim()}')\n"
                "return self.a(x)",
            ),
            net(
                swap(TWO, ("self.a", "self.c")),
                "if x.dim() != 4:\n    raise ValueError(f'wanted 4, got {x.dim()}')\n"
                "return self.c(x)",
            ),
        ),
        # Functions and classes of the program.
        (BLOCKS, swap(BLOCKS, ("Block", "Residual"))),
        (BLOCKS, swap(BLOCKS, ("def stem", "def make_stem"), ("= stem(", "= make_stem("))),
        (
            net("self.a = nn.Linear(8, 8)", "return f(x)", "from math import sin as f\n\n\n"),
            net("self.a = nn.Linear(8, 8)", "return g(x)", "from math import sin as g\n\n\n"),
        ),
        # Comments, docstrings, formatting, imports.
        (NET, "# One\n" + swap(NET, ("return", "# Two\n        return"))),
        (NET, swap(NET, ("nn.Module):", 'nn.Module):\n    """A net."""\n'))),
        (NET, swap(NET, ("    ", "\t"))),
        (
            NET,
            swap(
                NET, ("3, 8, 3, padding", "3,\n            8,\n            3,\n            padding")
            ),
        ),
        (NET, "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n" + NET),
        (BLOCKS, swap(BLOCKS, ('"', "'"))),
        # Hints.
        (NET, HINTED),
        (
            NET,
            swap(
                HINTED, ("torch.Tensor", "Optional[Tensor]"), ("-> Tensor", "-> Tuple[Tensor, ...]")
            ),
        ),
        (NET, swap(NET, ("forward(self, x):", "forward(self, x: 'Tensor | None') -> list[int]:"))),
        (NET, swap(NET, ("self.fc =", "self.fc: nn.Module ="))),
    ],
)
def test_the_same_network_with_other_names_is_equal(one, other):
    assert one != other
    assert program_hash(one) == program_hash(other)
