"""Legal programs that are written oddly; see test_odd_programs.py.

Each is whole but for `HEAD`, has 10 classes, and learns the digits a little in one epoch.
"""

HEAD = """import torch
import torch.nn as nn
import torch.nn.functional as F
"""

PLAIN = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {build}
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, {width}), nn.ReLU())
        self.head = nn.Linear({width}, 10)

    def forward(self, x):
        {run}
        return self.head(self.body(x))
"""


def plain(
    head: str = "", *, build: str = "pass", width: object = 32, run: str = "pass", **parts: str
) -> str:
    """Return a program with one hidden layer, and something odd in it."""
    text = PLAIN.format(
        build=build.replace("\n", "\n        "), width=width, run=run.replace("\n", "\n        ")
    )
    for old, new in parts.items():
        assert old in text, old
        text = text.replace(old, new)
    return HEAD + head + text
