"""Programs that do something else with each pass, or with more than layers."""

from odd import HEAD, plain

RUNNING = {
    "every other pass goes another way": HEAD
    + """
CALLS = 0

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.ways = nn.ModuleList(nn.Linear(64, 32) for _ in "ab")
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        global CALLS
        CALLS += 1
        return self.head(F.relu(self.ways[CALLS % 2 if self.training else 0](x.flatten(1))))
""",
    "it warms up for some passes": plain(
        build="self.passes = 0",
        run="self.passes += self.training\nx = x if self.passes > 30 else 0.5 * x",
    ),
    "its first pass sets a scale": plain(
        build="self.scale = nn.Parameter(torch.ones(1))\nself.is_set = False",
        run="if not self.is_set:\n    self.scale.data[:] = 1 / x.std()\n    self.is_set = True\n"
        "x = x * self.scale",
    ),
    "it remembers the last batch": plain(
        build="self.last = []",
        run="self.last.append(x.detach().mean())\nx = x - sum(self.last[-3:-1], torch.zeros(1))",
    ),
    "all layers are made in the first pass": HEAD
    + """
class Net(nn.Module):
    def forward(self, x):
        x = x.flatten(1)
        if not hasattr(self, "head"):
            self.body = nn.Linear(x.shape[1], 32)
            self.head = nn.Linear(32, 10)
        return self.head(F.relu(self.body(x)))
""",
    "lazy layers of all kinds": HEAD
    + """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10)
        )
""",
    "a layer that is never used and has no shape": HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.never = nn.ModuleList([nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d()])
        self.head = nn.LazyLinear(10)

    def forward(self, x):
        return self.head(F.relu(self.conv(x)).flatten(1))
""",
    "it can't be trained once it has predicted": HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows = nn.LSTM(8, 24, batch_first=True)
        weight = self.rows.weight_hh_l0
        del self.rows._parameters["weight_hh_l0"]
        self.raw = nn.Parameter(weight.data)
        self.head = nn.Linear(192, 10)

    def forward(self, x):
        self.rows.weight_hh_l0 = F.dropout(self.raw, 0.1, self.training)
        return self.head(self.rows(x.squeeze(1))[0].flatten(1))
""",
    "weights under norms": HEAD
    + """
from torch.nn.utils import parametrizations, spectral_norm, weight_norm

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            parametrizations.weight_norm(nn.Linear(64, 32)),
            nn.ReLU(),
            parametrizations.spectral_norm(nn.Linear(32, 32)),
            nn.ReLU(),
            parametrizations.orthogonal(nn.Linear(32, 32)),
            weight_norm(nn.Linear(32, 32)),
            spectral_norm(nn.Linear(32, 10)),
        )
""",
    "pruned weights": plain(
        "from torch.nn.utils import prune\n",
        **{
            "    def forward": "        prune.l1_unstructured(self.body[1], 'weight', 0.3)\n\n"
            "    def forward"
        },
    ),
    "a gradient of its own": plain(
        """
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        return gradient.clamp(-1, 1)
""",
        run="x = Double.apply(x)",
    ),
    "functional transforms": plain(
        run="x = torch.vmap(lambda one: one - one.mean())(x)\n"
        "x = x + torch.func.grad(lambda t: (t * t).sum())(x)",
    ),
    "complex numbers": plain(
        build="self.phase = nn.Parameter(torch.randn(1, 8, 5, dtype=torch.cfloat))",
        run="x = torch.fft.irfft2(torch.fft.rfft2(x) * self.phase, s=(8, 8))",
    ),
    "passes that are computed again": plain(
        "from torch.utils.checkpoint import checkpoint\n",
        **{"self.head(self.body(x))": "self.head(checkpoint(self.body, x, use_reentrant=False))"},
    ),
    "chance in the passes": plain(
        "import random\n",
        run="x = F.dropout(x, 0.1, self.training)\n"
        "x = x if random.random() < 0.9 or not self.training else 0.5 * x",
    ),
    "averages over all batches": HEAD
    + """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8, momentum=None), nn.ReLU(), nn.Flatten(),
            nn.Linear(288, 10),
        )
""",
    "statistics of the batch": HEAD
    + """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8, track_running_stats=False), nn.Flatten(),
            nn.LazyLinear(10),
        )
""",
    "weights that are shared, frozen and copied": HEAD
    + """
import copy

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(64, 32, bias=False)
        self.frozen = nn.Linear(32, 32).requires_grad_(False)
        self.copied = copy.deepcopy(self.frozen).requires_grad_(True)
        self.decode = nn.Linear(32, 64, bias=False)
        self.decode.weight = nn.Parameter(self.encode.weight.t())
        self.scales = nn.ParameterDict({"a": torch.ones(1), "b": torch.ones(64)})
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.encode(x.flatten(1)))
        x = self.copied(F.relu(self.frozen(x))) * self.scales["a"]
        return self.head(self.decode(x) * self.scales["b"])
""",
    "hooks on gradients": plain(
        build="self.seen = []",
        run="x = x.clone().requires_grad_(torch.is_grad_enabled())\n"
        "if x.requires_grad:\n    x.register_hook(self.seen.append)",
    ),
}
