import copy
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from langgraph_nas.sandbox.harness import traced

SHAPE = [3, 8, 8]

LAYERS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.25)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.fc(self.drop(x.flatten(1)))
"""

SEQUENTIAL = """
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Dropout(0.25), nn.Linear(128, 10),
        )
"""

NESTED = """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.ModuleList([nn.Conv2d(3, 8, (3, 3), (1, 1), (1, 1)), nn.BatchNorm2d(8)])

    def forward(self, x):
        for part in self.body:
            x = part(x)
        return torch.relu(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict({"head": nn.Linear(128, 10), "stem": Block()})

    def forward(self, x):
        x = F.max_pool2d(self.parts["stem"](x), kernel_size=2, stride=2)
        x = F.dropout(x.view(x.size(0), -1), 0.25, self.training)
        return F.linear(x, self.parts["head"].weight, self.parts["head"].bias)
"""

TENSORS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8 * 4 * 4, 10)
        self.drop = nn.Dropout(p=1 / 4)
        self.unused = nn.Identity()
        self.b = nn.BatchNorm2d(8)
        self.a = nn.Conv2d(3, 8, padding=1, kernel_size=3)

    def forward(self, images):
        y = self.unused(self.b(self.a(images)).relu())
        return self.out(self.drop(nn.functional.max_pool2d(y, 2).reshape(-1, 128)))
"""


def make(program, seed=0):
    torch.manual_seed(seed)
    scope = {"torch": torch, "nn": nn, "F": F, "random": random, "np": np, "copy": copy}
    exec(program, scope)
    return scope["Net"]()


def graph_hash(net, shape):
    """Return the hash, the same whether the network is computed or shapes only are followed."""
    computed = traced.graph_hash(net, shape, is_light=True)
    assert traced.graph_hash(net, shape) == computed
    return computed


def hash_of(program, seed=0):
    computed = traced.graph_hash(make(program, seed), SHAPE, is_light=True)
    assert traced.graph_hash(make(program, seed), SHAPE) == computed
    return computed


def test_layers_functions_names_and_the_order_of_definition_make_no_difference():
    hashes = {hash_of(program) for program in (LAYERS, SEQUENTIAL, NESTED, TENSORS)}
    assert len(hashes) == 1
    assert None not in hashes


def test_the_random_weights_make_no_difference():
    assert len({hash_of(LAYERS, seed) for seed in range(4)}) == 1


def changed(*pairs):
    program = LAYERS
    for old, new in pairs:
        assert old in program
        program = program.replace(old, new)
    return program


DIFFERENT = {
    "a width": changed(("(3, 8, 3,", "(3, 9, 3,"), ("2d(8)", "2d(9)"), ("128", "144")),
    "a kernel": changed(("8, 3, padding=1", "8, 5, padding=2")),
    "no bias": changed(("padding=1", "padding=1, bias=False")),
    "padding": changed(("padding=1", "padding=1, padding_mode='circular'")),
    "an activation": changed(("F.relu", "F.gelu")),
    "a pool": changed(("max_pool", "avg_pool")),
    "the order": changed(("F.relu(self.norm(self.conv(x)))", "self.norm(F.relu(self.conv(x)))")),
    "a residual": changed(("self.conv(x)", "(lambda y: y + y)(self.conv(x))")),
    "dropout's p": changed(("0.25", "0.5")),
    "no dropout": changed(("self.drop(x.flatten(1))", "x.flatten(1)")),
    "dropout in eval": changed(
        ("self.drop(x.f", "F.dropout(x.f"), ("flatten(1))", "flatten(1), 0.25)")
    ),
    "momentum": changed(("BatchNorm2d(8)", "BatchNorm2d(8, momentum=0.2)")),
    "eps": changed(("BatchNorm2d(8)", "BatchNorm2d(8, eps=1e-3)")),
    "no statistics": changed(("BatchNorm2d(8)", "BatchNorm2d(8, track_running_stats=False)")),
    "zeros at the start": changed(("10)\n", "10)\n        nn.init.zeros_(self.fc.weight)\n")),
    "other weights at the start": changed(
        ("10)\n", "10)\n        nn.init.normal_(self.conv.weight, 0, 1)\n")
    ),
    "a frozen layer": changed(("10)\n", "10)\n        self.conv.requires_grad_(False)\n")),
    "a detached layer": changed(("self.norm(self.conv(x))", "self.norm(self.conv(x).detach())")),
    "a layer without gradients": changed(("self.norm(", "torch.no_grad()(self.norm)(")),
    "noise in training": changed(
        ("        return", "        if self.training:\n            x = x + 1\n        return")
    ),
    "a buffer": changed(
        ("10)\n", "10)\n        self.register_buffer('m', torch.ones(8, 1, 1))\n"),
        ("F.relu", "self.m * F.relu"),
    ),
    "another buffer": changed(
        ("10)\n", "10)\n        self.register_buffer('m', torch.zeros(8, 1, 1))\n"),
        ("F.relu", "self.m * F.relu"),
    ),
    "a constant": changed(("F.relu", "2.0 * F.relu")),
    "another constant": changed(("F.relu", "3.0 * F.relu")),
    "a constant tensor": changed(("F.relu", "torch.tensor([2.0]) * F.relu")),
    "another constant tensor": changed(("F.relu", "torch.tensor([3.0]) * F.relu")),
    "one layer twice": changed(("self.conv(x)", "self.conv(self.conv(x)[:, :3])")),
    "two layers": changed(
        ("self.conv(x)", "self.conv(self.two(x)[:, :3])"),
        ("10)\n", "10)\n        self.two = nn.Conv2d(3, 8, 3, padding=1)\n"),
    ),
    "a hook": changed(
        ("10)\n", "10)\n        self.fc.register_forward_hook(lambda m, i, o: o * 2)\n")
    ),
    "a backward hook": changed(("self.conv(x)", "Turn.apply(self.conv(x))"))
    + """
class Turn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return -gradient
""",
    "no such hook": changed(("self.conv(x)", "(lambda y: y.view_as(y))(self.conv(x))")),
}


def test_different_networks_differ():
    hashes = {name: hash_of(program) for name, program in DIFFERENT.items()}
    assert None not in hashes.values(), hashes
    hashes["the network itself"] = hash_of(LAYERS)
    assert len(set(hashes.values())) == len(DIFFERENT) + 1


@pytest.mark.parametrize(
    "forward",
    [
        "if x.mean() > 0:\n            x = -x",
        "x = x * x.max().item()",
        "x = x[x > 0].sum() * x",
        "x = x * float(torch.rand(()))",
        "x = x * random.random()",
        "x = x * torch.from_numpy(x.numpy())",
        "x = x * sum(x.flatten().tolist())",
        "x = x * int(x.mean())",
        "x = x[x.mean((1, 2, 3)).argsort().tolist()]",
        "x = x.nonzero().float().mean() * x",
        "x = x.masked_select(x > 0).mean() * x",
        "x = x * np.asarray(x)[0, 0, 0, 0]",
        "x = x * len(x.unique())",
        "x = x * x.data_ptr()",
        "x = x * len(copy.copy(x).__reduce_ex__(2))",
        "raise SystemError",
        "x = x.nonsense()",
    ],
)
def test_flow_that_depends_on_data_or_chance_gives_none(forward):
    assert hash_of(changed(("        return", f"        {forward}\n        return"))) is None


def test_lazy_layers_and_outputs_that_are_no_tensors_give_none():
    assert hash_of(changed(("nn.Linear(128, 10)", "nn.LazyLinear(10)"))) is None
    assert hash_of(changed(("        return self", "        return 1, self"))) is None


def test_nothing_of_the_network_changes():
    net = make(
        changed(
            ("        return", "        self.seen = x\n        return"),
            ("10)\n", "10)\n        self.again = lambda x: self.fc(x)\n"),
            ("self.fc(self.drop", "self.again(self.drop"),
        )
    )
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    states = torch.get_rng_state(), random.getstate()
    net.fc.eval()
    assert graph_hash(net, SHAPE) is not None
    after = net.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in after)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert not hasattr(net, "seen")
    assert all(parameter.grad is None for parameter in net.parameters())
    assert net.training
    assert not net.fc.training
    net(torch.randn(2, *SHAPE)).sum().backward()


def test_random_numbers_stay_as_they_were_where_chance_decides():
    net = make(changed(("        return", "        x = x * random.random()\n        return")))
    state = random.getstate()
    assert graph_hash(net, SHAPE) is None
    assert random.getstate() == state


SAME_BOTH_WAYS = {
    "fused attention": "x = x + self.attention(*[x.flatten(2).mT] * 3)[0].mT.reshape(x.shape)",
    "an encoder": "x = self.encoder(x.flatten(2).mT).mT.reshape(x.shape)",
    "written into a view": "x = x.clone(); x[:, 0].add_(x[:, 1])",
    "written into a part of a part": "y = torch.zeros_like(x); y[:, :2][0].copy_(x[0, :2]); x = y",
    "einsum": "x = torch.einsum('bchw,bcij->bchw', x, x)",
    "a constant": "x = x * torch.tensor([[[[2.0]]]])",
    "a mask": "x = x.masked_fill(x > 0, 0.5) + torch.where(x > 0, x, -x)",
    "noise": "x = x + 0.1 * torch.randn_like(x)",
    "a buffer that counts": "self.count += 1; x = x + self.count",
    "complex numbers": "x = torch.fft.ifft2(torch.fft.fft2(x)).real",
    "sorted": "x = x.sort(1)[0] + x.topk(1, 1)[0]",
    "scaled attention": "x = F.scaled_dot_product_attention(x, x, x)",
    "without gradient": "with torch.no_grad():\n            y = x.std()\n        x = x / y",
    "a tied weight": "x = x + F.linear(x.flatten(1), self.fc.weight).mean()",
    "a checkpoint with a buffer": "x = torch.utils.checkpoint.checkpoint(self.norm, x, "
    "use_reentrant=False)",
    "pixels as numbers": "x = x + self.rows(((x * 0.25 + 0.5) * 255).round().long())[..., 0]",
    "chances": "x = x + torch.bernoulli(x.clamp(0, 1))",
    "an attribute that is written": "self.plain.add_(1); x = x * self.plain",
    "a buffer with holes": "x = x * self.wide.reshape(-1)[0]",
    "an expanded buffer": "x = x * self.same.reshape(-1)[0]",
    "complex by pairs": "x = torch.view_as_real(torch.view_as_complex("
    "x.reshape(*x.shape[:3], -1, 2)) * 1j).flatten(3)",
    "a checkpoint": "x = torch.utils.checkpoint.checkpoint(torch.relu, x, use_reentrant=False)",
}


@pytest.mark.parametrize("forward", SAME_BOTH_WAYS.values(), ids=SAME_BOTH_WAYS)
def test_a_network_has_the_same_hash_computed_or_not(forward):
    program = changed(("        return", f"        {forward}\n        return"))
    layers = (
        "\n        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)"
        "\n        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)"
        "\n        self.register_buffer('count', torch.zeros(()))"
        "\n        self.rows = nn.Embedding(256, 4)"
        "\n        self.plain = torch.ones(8, 1, 1)"
        "\n        self.register_buffer('wide', torch.ones(4, 8)[:, :2])"
        "\n        self.register_buffer('same', torch.ones(8).expand(3, 8))"
    )
    start = "super().__init__()"
    assert hash_of(program.replace(start, start + layers)) is not None
