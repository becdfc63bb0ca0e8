"""An exported program gives its network when it is imported, and does nothing else."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from langgraph_nas.runs.importable import importable
from langgraph_nas.sandbox.harness.loading import loaded_net

HEAD = "import torch\nfrom torch import nn\n"
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, {width})

    def forward(self, x):
        return self.last(x.flatten(1))
"""
TRAINING = """
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr={rate})
DATA = [(torch.randn(2, 1, 2, 2), torch.tensor([0, 1])) for _ in range(3)]
for epoch in range(2):
    for x, y in DATA:
        optimizer.zero_grad(); nn.functional.cross_entropy(net(x), y).backward(); optimizer.step()
    print("epoch", epoch)
torch.save(net.state_dict(), "trained.pt")
"""
ARGUMENTS = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=3)
parser.add_argument("--rate", type=float, default=0.1)
args = parser.parse_args({given})
"""


def indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(True))


def net(width: object = 3) -> str:
    return NET.format(width=width)


def script(text: str) -> str:
    return "\nif __name__ == '__main__':\n" + indented(text)


QUIET = {
    "its class is there for a script alone": HEAD + script(net()),
    "and so is all the rest": HEAD
    + script(ARGUMENTS.format(given="") + net("args.width") + TRAINING.format(rate="args.rate")),
    "a function makes it global": HEAD
    + "def main():\n    global Net"
    + indented(net())
    + script("main()\nprint('made')\n"),
    "it trains": HEAD + net() + TRAINING.format(rate=0.1),
    "it trains in a function": HEAD
    + net()
    + "def train():"
    + indented(TRAINING.format(rate=0.1))
    + "train()\n",
    "it prints": HEAD + "print('é'); print(torch.__version__)\n" + net() + "print(Net())\n",
    "it reads arguments": HEAD + ARGUMENTS.format(given="") + net("args.width"),
    "it reads them from sys": HEAD + "import sys" + ARGUMENTS.format(given="sys.argv[1:]") + net(3),
    "it counts them": HEAD
    + "import sys\nwidth = int(sys.argv[1]) if len(sys.argv) > 1 else 3\n"
    + net("width"),
    "it counts them by another name": HEAD + "import sys as system\nfrom sys import argv as given\n"
    "width = int(given[1]) if len(given) > 1 and system.argv[1:] else 3\n" + net("width"),
    "it reads them when it is built": HEAD + "import argparse\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--width', type=int, default=3)\n" + net("parser.parse_args().width"),
    "it trains by its arguments": HEAD
    + ARGUMENTS.format(given="namespace=argparse.Namespace()")
    + net("args.width")
    + TRAINING.format(rate="args.rate"),
    "it looks for data beside it": HEAD
    + "try:\n    DATA = torch.load('data.pt')\nexcept FileNotFoundError:\n"
    "    print('no data'); DATA = None\n" + net(),
    "it makes a folder and a log of its training": HEAD
    + net()
    + "with open('log.txt', 'w') as log:\n    print(Net(), file=log)\n",
    "it plots": HEAD
    + "import no_such_plots.pyplot as plt\nfrom no_such_bars import tqdm\n"
    + net()
    + "def show(losses):\n    plt.plot(tqdm(losses))\n"
    "if torch.cuda.is_available():\n    show([1])\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "network", None)
    return tmp_path


def load(program: str) -> nn.Module:
    weights = {"last.weight": torch.ones(3, 4), "last.bias": torch.zeros(3)}
    job = {"program": program, "recipe": {"seed": 1}, "after_a_pass": False}
    return loaded_net(job, weights, [1, 2, 2])


@pytest.mark.parametrize("name", QUIET)
def test_importing_an_export_gives_its_network_and_does_no_more(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = importable(QUIET[name])[0]
    assert load(first)(torch.ones(1, 1, 2, 2)).tolist() == [[4, 4, 4]]
    assert capsys.readouterr() == ("", "")
    assert list(folder.iterdir()) == []
    assert "no_such" not in first


KEPT = {
    "a default dtype": "torch.set_default_dtype(torch.float64)",
    "a switch": "torch.backends.cudnn.benchmark = True",
    "a plan that is read": "PLAN = [1]\nPLAN.append(2)\nWIDTHS = sum(PLAN)",
    "a plan changed in a loop": "WIDTHS = 0\nfor k in (1, 2):\n    WIDTHS += k",
    "a part of the class": "def make(kind):\n    kind.width = 3\n"
    "class Block:\n    pass\nmake(Block)\nWIDTHS = Block.width",
    "an import with a way out": "try:\n    import no_such\nexcept ImportError:\n    WIDTHS = 3",
}


@pytest.mark.parametrize("name", KEPT)
def test_what_the_network_needs_stays(name: str) -> None:
    program = HEAD + "WIDTHS = 3\n" + KEPT[name] + net("WIDTHS")
    assert importable(program) == [program]


def test_what_counts_the_networks_made_stays() -> None:
    program = HEAD + "MADE = []\n" + net("MADE.append(1) or 2 + len(MADE)") + "first = Net()\n"
    assert importable(program) == [program]


@pytest.mark.parametrize("program", ["", "class Net:", "x = '\ud800'", "(" * 500, "\0"])
def test_what_can_not_be_read_is_left_as_it_is(program: str) -> None:
    assert importable(program) == [program]


def test_other_line_ends_and_signs_outside_ascii_move_nothing() -> None:
    program = HEAD + "é = '日本\u2028x'; print(é)\n" + net() + "print('ö', é); print(2)\n"
    first = importable(program.replace("\n", "\r\n"))[0]
    assert "print" not in first
    load(first)
