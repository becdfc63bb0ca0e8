"""Programs that ask what is around them, or change it."""

from odd import HEAD, plain

SURROUNDINGS = {
    "a scripted block": plain(
        "class Block(nn.Module):\n    def forward(self, x):\n        return torch.tanh(x)\n",
        build="self.block = torch.jit.script(Block())",
        run="x = self.block(x)",
    ),
    "a traced block": plain(
        build="self.block = torch.jit.trace(nn.Conv2d(1, 1, 3, padding=1), torch.rand(2, 1, 8, 8))",
        run="x = self.block(x)",
    ),
    "a compiled method": plain(**{"    def forward": "    @torch.compile\n    def forward"}),
    "a compiled block": plain(
        build="self.block = torch.compile(nn.Linear(8, 8), mode='max-autotune', fullgraph=True)",
        run="x = self.block(x)",
    ),
    "a compiled function": plain(
        "@torch.compile(dynamic=False)\ndef double(x):\n    return 2 * x\n", run="x = double(x)"
    ),
    "it compiles itself": plain(build="self.compile(fullgraph=True)"),
    "arguments of the command line": plain(
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--width', type=int, default=40)\nargs = parser.parse_args()\n",
        width="args.width",
    ),
    "it counts its arguments": plain(
        "import sys\nassert len(sys.argv) == 1 and sys.argv[0].endswith('.py'), sys.argv\n"
    ),
    "imports it does not need": plain(
        "import no_such_plots.pyplot as plt\nimport no_such_package.part\n"
        "from torchsummary import *\n"
        "from timm.layers import DropPath, trunc_normal_ as draw\nimport torchvision, os\n"
    ),
    "an import with a way out": plain(
        "try:\n    from no_such_layers import DropPath\nexcept ImportError:\n"
        "    class DropPath(nn.Identity):\n        pass\n",
        build="self.drop = DropPath()",
        run="x = self.drop(x)",
    ),
    "a demonstration at the end": plain()
    + "\nif __name__ == '__main__':\n    print(Net().shape)\n",
    "warnings are errors": plain("import warnings\nwarnings.simplefilter('error')\n"),
    "a closed standard output": plain("import sys\nsys.stdout.close()\nsys.stdin.close()\n"),
    "handlers of signals": plain(
        "import signal\nfor number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
    ),
    "a log": plain(
        "import logging\nlogging.basicConfig(level=logging.DEBUG)\n", run="logging.debug('a pass')"
    ),
    "it shows its own text": plain(
        "import inspect\n", build="assert 'class Net' in inspect.getsource(Net)"
    ),
    "data of its own": plain(
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "OWN = DataLoader(TensorDataset(torch.randn(40, 64)), batch_size=8, shuffle=True)\n",
        build="self.scale = float(next(iter(OWN))[0].std())",
        run="x = x / self.scale",
    ),
    "another process": plain(
        "import subprocess, sys\n",
        build="done = subprocess.run([sys.executable, '-c', 'print(6 * 5)'], capture_output=True)\n"
        "width = int(done.stdout)",
        width="width",
    ),
    "a fork": plain(
        "import os\n",
        build="child = os.fork()\nif child == 0:\n    os._exit(9)\n"
        "width = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) * 4",
        width="width",
    ),
    "it says much": plain("print('x' * 500_000, flush=True)\n"),
    "exit handlers": plain("import atexit\natexit.register(lambda: 1 / 0)\n"),
    "garbage is not collected": plain("import gc\ngc.disable()\ngc.freeze()\n"),
    "no gradients at first": HEAD
    + """
with torch.no_grad():
    START = torch.randn(64, 10) / 8

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(START.clone())

    @torch.autocast("cpu", enabled=False)
    def forward(self, x):
        return x.flatten(1) @ self.weight
""",
}
