import pytest

from langgraph_nas.programs import program_hash

from .pairs import BLOCKS, NET, net, swap

TWO = "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)"
PICK = "def pick(wide=1, deep=2):\n    return nn.Linear(8, 8 + wide - deep)\n\n\n"
GLOBAL = "size = 8\n\n\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Constants, types and operators.
        (NET, swap(NET, ("padding=1", "padding=0"))),
        (NET, swap(NET, ("(8)", "(8, eps=1e-3)"))),
        (NET, swap(NET, ("mean((2, 3))", "mean((3, 2))"))),
        (NET, swap(NET, ("F.relu", "F.gelu"))),
        (NET, swap(NET, ("mean", "amax"))),
        (NET, swap(NET, ("Conv2d", "LazyConv2d"))),
        (BLOCKS, swap(BLOCKS, ("self.conv(x) + self", "self.conv(x) - self"))),
        (BLOCKS, swap(BLOCKS, ("(1, 2)", "(2, 1)"))),
        (BLOCKS, swap(BLOCKS, ("(1, 2)", "[1, 2]"))),
        # Orders: of creation, of use, of arguments.
        (net(TWO), net("self.b = nn.Linear(8, 8)\nself.a = nn.Linear(8, 8)")),
        (net(TWO), net(TWO, "return self.b(self.a(x))")),
        (net(TWO), net(TWO, "return self.a(self.a(x))")),
        (net(TWO, "return self.a(x) - self.b(x)"), net(TWO, "return self.b(x) - self.a(x)")),
        (net(TWO), net("self.a = self.b = nn.Linear(8, 8)")),
        (NET, swap(NET, ("self.norm(self.conv(x))", "self.conv(self.norm(x))"))),
        (
            BLOCKS,
            swap(BLOCKS, ("self.conv(x) + self.shrink(x)", "self.shrink(x) + self.conv(x)")),
        ),
        (
            BLOCKS,
            swap(
                BLOCKS,
                ('self.heads["a"](x) - self.heads["b"]', 'self.heads["b"](x) - self.heads["a"]'),
            ),
        ),
        # Attributes that are one, or two.
        (
            net("self.a = nn.ReLU()\nself.a = nn.Linear(8, 8)", "return self.a(x)"),
            net("self.b = nn.ReLU()\nself.a = nn.Linear(8, 8)", "return self.a(x)"),
        ),
        (
            net("self.a = nn.Linear(8, 8)\nself.b = nn.ReLU()\nself.a = nn.ReLU()"),
            net("self.a = nn.Linear(8, 8)\nself.b = nn.ReLU()\nself.b = nn.ReLU()"),
        ),
        (BLOCKS, swap(BLOCKS, ("self._pool(self.conv(x))", "self._pool(self.stem(x))"))),
        # Locals that are one, or two; shadowing.
        (
            net(TWO, "y = self.a(x)\nx = self.b(y)\nreturn x + y"),
            net(TWO, "y = self.a(x)\ny = self.b(y)\nreturn x + y"),
        ),
        (net(TWO, "y = self.a(x)\nreturn self.b(y)"), net(TWO, "y = self.a(x)\nreturn self.b(x)")),
        (
            net(TWO, "return sum(self.a(x) for x in [x, x])"),
            net(TWO, "return sum(self.a(x) for y in [x, x])"),
        ),
        (
            net(TWO, "return [x for x in [x] for x in [x]][0]"),
            net(TWO, "return [x for y in [x] for x in [y]][0]"),
        ),
        (
            net(TWO, "f = lambda x: self.a(x)\nreturn f(self.b(x))"),
            net(TWO, "f = lambda y: self.a(x)\nreturn f(self.b(x))"),
        ),
        (
            net(TWO, "if (y := self.a(x)) is None:\n    x = y\nreturn x"),
            net(TWO, "if (x := self.a(x)) is None:\n    x = x\nreturn x"),
        ),
        (
            net(TWO, "return self.a(x) * size", GLOBAL),
            net(TWO, "size = 1\nreturn self.a(x) * size", GLOBAL),
        ),
        (net(TWO, "max = min\nreturn max(x, x)"), net(TWO, "mix = min\nreturn max(x, x)")),
        (
            net(TWO, "return F.relu(x)"),
            net(TWO, "return F.relu(x)", "class F:\n    relu = abs\n\n\n"),
        ),
        (net(TWO, "F = nn\nreturn F.relu(x)"), net(TWO, "G = nn\nreturn F.relu(x)")),
        # Arguments and defaults.
        (net("self.a = pick(wide=3)", above=PICK), net("self.a = pick(deep=3)", above=PICK)),
        (net("self.a = pick(wide=3)", above=PICK), net("self.a = pick(3)", above=PICK)),
        (
            net("self.a = pick(wide=3)", above=PICK),
            net("self.a = pick(wide=3)", above=swap(PICK, ("wide=1, deep=2", "deep=1, wide=2"))),
        ),
        (
            net("self.a = pick(3)", above=PICK),
            net("self.a = pick(3)", above=swap(PICK, ("wide=1, deep=2", "wide=2, deep=1"))),
        ),
        (
            net("self.a = pick(3)", above=PICK),
            net("self.a = pick(3)", above=swap(PICK, ("wide - deep", "deep - wide"))),
        ),
        (
            net("self.a = pick(**{'wide': 3})", above=PICK),
            net(
                "self.a = pick(**{'wide': 3})",
                above=swap(
                    PICK, ("wide=1, deep=2", "deep=1, wide=2"), ("wide - deep", "deep - wide")
                ),
            ),
        ),
        (
            BLOCKS,
            swap(
                BLOCKS,
                ("width, stride=1):", "width, step=1):"),
                ("3, stride, 1", "3, step, 1"),
                ("1, stride)", "1, step)"),
            ),
        ),
        (
            net(TWO, "return self.a(x)"),
            swap(net(TWO, "return self.a(x)"), ("(self, x)", "(self, x, y)")),
        ),
        (
            net(
                "self.t = nn.Transformer(custom_encoder=Mine())",
                above="class Mine(nn.Module):\n    def forward(self, a, mask=None, **rest):\n"
                "        return a\n\n\n",
            ),
            net(
                "self.t = nn.Transformer(custom_encoder=Mine())",
                above="class Mine(nn.Module):\n    def forward(self, a, m=None, **rest):\n"
                "        return a\n\n\n",
            ),
        ),
        # Class bodies and inheritance.
        (
            net("self.a = self.grow", above=""),
            net("self.a = self.grow").replace(
                "    def __init__", "    grow = 2\n\n    def __init__"
            ),
        ),
        (
            swap(NET, ("    def __init__", "    width = 8\n    width = width\n\n    def __init__")),
            "other = 8\n"
            + swap(
                NET, ("    def __init__", "    other = 8\n    width = other\n\n    def __init__")
            ),
        ),
        (
            "wide = 4\n\n\n"
            + swap(NET, ("    def __init__", "    wide = wide\n\n    def __init__")),
            "deep = 4\n\n\n"
            + swap(NET, ("    def __init__", "    wide = wide\n\n    def __init__")),
        ),
        (
            BLOCKS + "\n\nclass Third(Block):\n    pass\n",
            BLOCKS + "\n\nclass Third(Net):\n    pass\n",
        ),
        (
            net(
                "self.a = One()",
                above="class One:\n    def go(self): return 1\n\n\nclass Two(One):\n"
                "    def go(self): return 2\n\n\n",
            ),
            net(
                "self.a = One()",
                above="class One:\n    def go(self): return 1\n\n\nclass Two(One):\n"
                "    def run(self): return 2\n\n\n",
            ),
        ),
        # Hints that fail, imports that matter.
        (NET, swap(NET, ("forward(self, x):", "forward(self, x: Tensro):"))),
        (NET, swap(NET, ("forward(self, x):", "forward(self, x: Optional[Tensor]):"))),
        (NET, swap(NET, ("forward(self, x):", "forward(self, x: print(1)):"))),
        (NET, "int = None\n" + swap(NET, ("forward(self, x):", "forward(self, x: int[1]):"))),
        (
            "from math import sin as f, cos as g\na = f\n" + NET,
            "from math import sin as f, cos as g\na = g\n" + NET,
        ),
        ("from math import sin\na = sin\n" + NET, "from math import cos\na = cos\n" + NET),
        # Text that reads itself.
        ("import inspect\n# a\n" + NET, "import inspect\n# b\n" + NET),
    ],
)
def test_a_difference_that_matters_is_never_taken_for_a_name(one, other):
    assert one != other
    assert program_hash(one) != program_hash(other)
