"""Programs to make pairs of."""

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        pooled = y.mean((2, 3))
        return self.fc(pooled)
"""

BLOCKS = """class Block(nn.Module):
    def __init__(self, width, stride=1):
        super(Block, self).__init__()
        self.conv = nn.Conv2d(width, width, 3, stride, 1)
        self.shrink = nn.Conv2d(width, width, 1, stride)

    def forward(self, x):
        return F.relu(self.conv(x) + self.shrink(x))


def stem(width):
    return nn.Conv2d(3, width, 3)


class Net(nn.Module):
    def __init__(self, width=8):
        super(Net, self).__init__()
        self.stem = stem(width)
        self.blocks = nn.ModuleList([Block(width, stride=s) for s in (1, 2)])
        self.heads = nn.ModuleDict({"a": nn.Linear(8, 10), "b": nn.Linear(8, 10)})
        self.conv = nn.Conv2d(width, 8, 1)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = self._pool(self.conv(x))
        return self.heads["a"](x) - self.heads["b"](x)

    def _pool(self, x):
        return x.mean((2, 3))
"""


def swap(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def net(body: str, forward: str = "return self.a(self.b(x))", above: str = "") -> str:
    """Return a Net with these lines in `__init__` and `forward`."""
    start, end = "\n".join(f"        {line}" for line in body.split("\n")), forward
    end = "\n".join(f"        {line}" for line in forward.split("\n"))
    return (
        f"{above}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"{start}\n\n    def forward(self, x):\n{end}\n"
    )
