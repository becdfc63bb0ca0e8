"""Programs that build another network the second time, or refuse to."""

from odd import HEAD, plain

WIDE = (
    HEAD
    + """
class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU())
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.body(x))
"""
)

BUILDING = {
    "a plan that is popped": plain(
        "PLAN = [16, 48]\n", build="width = PLAN.pop() if PLAN else 4", width="width"
    ),
    "a default argument that grows": plain(
        "def widths(seen=[24]):\n    seen.append(seen[-1] // 3)\n    return seen[-2]\n",
        build="width = widths()",
        width="width",
    ),
    "an iterator of the module": plain(
        "WIDTHS = iter([40])\n", build="width = next(WIDTHS)", width="width"
    ),
    "a generator of layers": HEAD
    + """
LAYERS = (nn.Linear(a, b) for a, b in ((64, 32), (32, 10)))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(LAYERS)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = F.relu(layer(x)) if layer is not self.layers[-1] else layer(x)
        return x
""",
    "widths in a cycle": plain(
        "from itertools import cycle\nWIDTHS = cycle([8, 64])\n",
        build="width = next(WIDTHS)",
        width="width",
    ),
    "names from a counter": HEAD
    + """
from itertools import count
NUMBER = count()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.names = []
        for shape in ((64, 32), (32, 10)):
            self.names.append(f"layer{next(NUMBER)}")
            self.add_module(self.names[-1], nn.Linear(*shape))
        assert self.names[0] == "layer0"

    def forward(self, x):
        first, second = (getattr(self, name) for name in self.names)
        return second(torch.tanh(first(x.flatten(1))))
""",
    "a counter of the class": HEAD
    + """
class Block(nn.Module):
    made = 0

    def __init__(self, a, b):
        super().__init__()
        Block.made += 1
        layers = [nn.Linear(a, a) for _ in range(Block.made)]
        self.inside = nn.Sequential(*layers, nn.Linear(a, b), nn.BatchNorm1d(b))

    def forward(self, x):
        return F.relu(self.inside(x))

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), Block(64, 32), Block(32, 10), nn.Linear(10, 10))
""",
    "a registry that takes each name once": plain(
        "TAKEN = {}\n",
        build="if 'net' in TAKEN:\n    raise KeyError('net is registered')\nTAKEN['net'] = self",
    ),
    "there may be only one": plain(
        "",
        build="if getattr(Net, 'one', None) is not None:\n    raise RuntimeError('a second Net')\n"
        "Net.one = 1",
    ),
    "it is made once and given out again": HEAD
    + """
class Net(nn.Module):
    made = None

    def __new__(cls):
        if cls.made is None:
            cls.made = super().__new__(cls)
        return cls.made

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(x.flatten(1))
""",
    "layers from a cache": HEAD
    + """
from functools import lru_cache

@lru_cache
def linear(a, b):
    return nn.Linear(a, b)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.again, self.head = linear(64, 64), linear(64, 64), linear(64, 10)

    def forward(self, x):
        return self.head(F.relu(self.again(F.relu(self.first(x.flatten(1))))))
""",
    "a weight that the class keeps": HEAD
    + """
class Tied(nn.Module):
    weight = None

    def __init__(self):
        super().__init__()
        if Tied.weight is None:
            Tied.weight = torch.randn(64, 64) / 8
            self.own = nn.Parameter(Tied.weight.clone())

    def forward(self, x):
        return x @ getattr(self, "own", Tied.weight)

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), Tied(), nn.ReLU(), Tied(), nn.Linear(64, 10))
""",
    "chance of random and numpy": plain(
        "import random\nimport numpy as np\n",
        build="width = random.choice([8, 16, 64]) + int(np.random.randint(4))",
        width="width",
    ),
    "a width from the environment": plain(
        "import os\n",
        build="width = int(os.environ.setdefault('ODD_WIDTH', '7')) * 4\n"
        "os.environ['ODD_WIDTH'] = '1'",
        width="width",
    ),
    "a width from a file": plain(
        "import tempfile\nfrom pathlib import Path\n",
        build="file = Path(tempfile.gettempdir(), 'odd-program-width')\n"
        "width = 2 if file.exists() else 24\nfile.write_text('seen')",
        width="width",
    ),
    "a folder that may not be there": plain(
        "import os\n", build="os.mkdir('/tmp/odd-program-folder')"
    ),
    "a mark on torch itself": plain(
        build="width = 4 if hasattr(torch, 'odd_mark') else 32\ntorch.odd_mark = True",
        width="width",
    ),
    "threads and a default dtype": plain(
        "torch.set_num_threads(1)\ntorch.set_default_dtype(torch.float64)\n",
        run="x = x.double()",
        build="assert torch.ones(1).dtype is torch.float64",
    ),
    "it seeds again": plain(
        "torch.manual_seed(7)\n", build="torch.manual_seed(torch.initial_seed() % 5)"
    ),
    "its configuration is gone afterwards": plain(
        "WIDTH = 28\n", build="width = globals().pop('WIDTH')", width="width"
    ),
    "a thread counts the width": plain(
        "import threading\n",
        build="found = []\nthread = threading.Thread(target=lambda: found.append(20))\n"
        "thread.start()\nthread.join()",
        width="found[0]",
    ),
    "a dataclass": HEAD
    + """
from dataclasses import dataclass, field

@dataclass(eq=False)
class Net(nn.Module):
    widths: list = field(default_factory=lambda: [64, 24, 10])

    def __post_init__(self):
        super().__init__()
        self.layers = nn.ModuleList(map(nn.Linear, self.widths, self.widths[1:]))

    def __new__(cls, *rest):
        made = super().__new__(cls)
        nn.Module.__init__(made)
        return made

    def forward(self, x):
        return self.layers[1](F.relu(self.layers[0](x.flatten(1))))
""",
    "a hook on all modules": plain(
        "CALLS = []\nnn.modules.module.register_module_forward_hook("
        "lambda module, x, y: CALLS.append(type(module).__name__))\n",
        run="x = x * (1.0 + 0.0 * len(CALLS))",
    ),
    "a function makes it": WIDE + "def Net():\n    return Wide(20)\n",
    "a class with its arguments": WIDE
    + "from functools import partial\nNet = partial(Wide, width=24)\n",
    "a cache makes it": WIDE + "from functools import cache\nNet = cache(lambda: Wide(24))\n",
    "its text is run": HEAD + f"exec({WIDE.removeprefix(HEAD)!r})\nNet = lambda: Wide(28)\n",
}
