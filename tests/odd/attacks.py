"""Programs written to break the harness, each by another means."""

from odd import HEAD, plain

ATTACKS = {
    "it replaces the streams and the folder": plain(
        "import io, os, sys, tempfile\nsys.stdout = sys.stderr = io.StringIO()\n"
        "os.chdir(tempfile.mkdtemp(prefix='odd-program-'))\nos.umask(0o777)\n"
    ),
    "it clears the environment": plain("import os\nos.environ.clear()\n"),
    "other switches of torch": plain(
        "torch.use_deterministic_algorithms(True)\ntorch.autograd.set_detect_anomaly(True)\n"
        "torch.backends.mkldnn.enabled = False\ntorch.set_default_device('cpu')\n"
        "torch.set_flush_denormal(True)\ntorch.set_float32_matmul_precision('medium')\n"
    ),
    "a pool of processes": plain(
        "from multiprocessing import get_context\n",
        build="with get_context('fork').Pool(2) as pool:\n    width = sum(pool.map(abs, [-9, -7]))",
        width="width",
    ),
    "a thread that never ends": plain(
        "import threading, time\n"
        "threading.Thread(target=lambda: [time.sleep(1) for _ in range(600)]).start()\n"
    ),
    "a graph that is traced": plain(
        "from torch import fx\n",
        build="self.block = fx.symbolic_trace(nn.Sequential(nn.Linear(8, 8), nn.Tanh()))",
        run="x = self.block(x)",
    ),
    "an export of itself": plain(
        build="block = nn.Linear(8, 8)\n"
        "self.block = [torch.export.export(block, (torch.rand(2, 1, 8, 8),)).module()]",
        run="x = x + self.block[0](torch.zeros(2, 1, 8, 8)).mean()",
    ),
    "recurrent layers": HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.LSTM(8, 24, batch_first=True)
        self.attention = nn.MultiheadAttention(24, 2, batch_first=True)
        self.head = nn.Linear(8 * 24 + 64, 10)

    def forward(self, x):
        rows, _ = self.rows(x.squeeze(1))
        rows, _ = self.attention(rows, rows, rows)
        return self.head(torch.cat([rows.flatten(1), x.flatten(1)], 1))
""",
    "a metaclass and another name": HEAD
    + """
class Counted(type):
    made = 0

    def __call__(cls, *arguments):
        Counted.made += 1
        if Counted.made > 1:
            raise RuntimeError("made twice")
        return super().__call__(*arguments)

class Digits(nn.Module, metaclass=Counted):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)

    def forward(self, x, *, scale=1.0):
        return self.head(x.flatten(1)) * scale

Net = Digits
""",
    "modes that are its own": plain(
        build="self.modes = []",
        **{
            "    def forward": "    def train(self, mode=True):\n        self.modes.append(mode)\n"
            "        return super().train(mode)\n\n    def forward"
        },
    ),
    "attributes from nowhere": plain(
        **{
            "    def forward": "    def __getattr__(self, name):\n"
            "        return 1.0 if name == 'scale' else super().__getattr__(name)\n\n"
            "    def forward",
            "self.head(self.body(x))": "self.head(self.body(x)) * self.scale",
        }
    ),
    "weights that move themselves": plain(
        build="self.register_buffer('mean', torch.zeros(1, 64))",
        run="x = x.flatten(1)\nif self.training:\n    self.mean.mul_(0.9).add_(0.1 * x.mean(0))\n"
        "x = x - self.mean",
    ),
    "weights that are clamped": plain(
        run="with torch.no_grad():\n    self.head.weight.clamp_(-0.1, 0.1)",
    ),
    "a batch size in its first pass": plain(
        build="self.size = None",
        run="self.size = self.size or len(x)\nx = x / self.size ** 0.5",
    ),
    "gradients inside the pass": plain(
        run="with torch.enable_grad():\n    y = x.detach().requires_grad_()\n"
        "    [slope] = torch.autograd.grad((y * y).sum(), y)\nx = x + 0.1 * slope",
    ),
    "sparse and quantised parts": plain(
        build="self.few = torch.eye(64).to_sparse()",
        run="x = (self.few @ x.flatten(1).T).T\n"
        "x = torch.fake_quantize_per_tensor_affine(x, 0.05, 0, -128, 127)",
    ),
    "a context that remembers": plain(
        "from contextvars import ContextVar\nWIDTH = ContextVar('width', default=26)\n",
        build="width = WIDTH.get()\nWIDTH.set(3)",
        width="width",
    ),
    "its own module is changed": plain(
        "import sys\nWIDTH = 22\n",
        build="own = sys.modules[__name__]\nwidth = own.WIDTH\nown.WIDTH = 2\n"
        "own.nn = own.F = None",
        width="width",
        **{"nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU())": "make(width)"},
    )
    .replace(
        "class Net",
        "def make(width, nn=nn):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU())\n\n\nclass Net",
    )
    .replace("self.head = nn.Linear", "self.head = torch.nn.Linear"),
}
