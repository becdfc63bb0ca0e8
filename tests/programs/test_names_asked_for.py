import pytest

from langgraph_nas.programs import program_hash

from .pairs import NET, net, swap

TWO = "self.a = nn.Linear(8, 8)\nself.b = nn.Linear(8, 8)"
GETATTR = "return getattr(self, 'a')(self.b(x))"
BY_NUMBER = "for i in range(2):\n    x = getattr(self, f'layer{i}')(x)\nreturn x"
LAYERS = "self.layer0 = nn.Linear(8, 4)\nself.layer1 = nn.Linear(4, 10)"
ADDED = "self.add_module('a', nn.Linear(8, 8))\nself.b = nn.Linear(8, 8)"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Names asked for by text.
        (
            net(TWO, GETATTR),
            net(
                swap(TWO, ("self.a", "self.c"), ("self.b", "self.a"), ("self.c", "self.b")),
                "return getattr(self, 'a')(self.a(x))",
            ),
        ),
        (net(TWO, GETATTR), net(TWO, swap(GETATTR, ("'a'", "'b'")))),
        (
            net(LAYERS, BY_NUMBER),
            net(
                swap(LAYERS, ("layer0", "layerX"), ("layer1", "layer0"), ("layerX", "layer1")),
                BY_NUMBER,
            ),
        ),
        (
            net("setattr(self, 'a', nn.ReLU())\nself.b = nn.Linear(8, 8)"),
            net("setattr(self, 'b', nn.ReLU())\nself.b = nn.Linear(8, 8)"),
        ),
        (net(ADDED), net(swap(ADDED, ("'a'", "'b'")))),
        (net(ADDED), net(ADDED, "return self.c(self.b(x))")),
        (
            net(
                "self.register_buffer('a', torch.ones(8))\nself.b = 2", "return x * self.a * self.b"
            ),
            net(
                "self.register_buffer('b', torch.ones(8))\nself.b = 2", "return x * self.b * self.b"
            ),
        ),
        (
            net("self.m = nn.ModuleDict({'a': nn.ReLU(), 'b': nn.GELU()})", "return self.m.a(x)"),
            net("self.m = nn.ModuleDict({'a': nn.ReLU(), 'b': nn.GELU()})", "return self.m.b(x)"),
        ),
        (
            net(
                "self.m = nn.ModuleDict({'a': nn.ReLU(), 'b': nn.GELU()})", "return self.m['a'](x)"
            ),
            net(
                "self.m = nn.ModuleDict({'b': nn.ReLU(), 'a': nn.GELU()})", "return self.m['a'](x)"
            ),
        ),
        (
            net("self.a = 1\nself.b = 2", "return x * sorted(self.__dict__)[-1]"),
            net("self.b = 1\nself.a = 2", "return x * sorted(self.__dict__)[-1]"),
        ),
        (
            net(
                "self.b = nn.ReLU()\nself.a = nn.Tanh()",
                "for k in sorted(self._modules):\n    x = self._modules[k](x)\nreturn x",
            ),
            net(
                "self.a = nn.ReLU()\nself.b = nn.Tanh()",
                "for k in sorted(self._modules):\n    x = self._modules[k](x)\nreturn x",
            ),
        ),
        (
            net(
                "self.b = nn.ReLU()\nself.a = nn.Tanh()",
                "for k, m in sorted(self.named_children()):\n    x = m(x)\nreturn x",
            ),
            net(
                "self.a = nn.ReLU()\nself.b = nn.Tanh()",
                "for k, m in sorted(self.named_children()):\n    x = m(x)\nreturn x",
            ),
        ),
        (
            net("self.a = nn.ReLU()\nself.w = len(str(self))", "return x * self.w"),
            net("self.act = nn.ReLU()\nself.w = len(str(self))", "return x * self.w"),
        ),
        (
            net(
                "self.a = nn.Sequential(Big())\nself.w = len(f'{self.a}')",
                above="class Big(nn.Module):\n    pass\n\n\n",
            ),
            net(
                "self.a = nn.Sequential(Bigger())\nself.w = len(f'{self.a}')",
                above="class Bigger(nn.Module):\n    pass\n\n\n",
            ),
        ),
        (
            net(
                "self.a = nn.Sequential(Big())\nself.w = len('%s' % self.a)",
                above="class Big(nn.Module):\n    pass\n\n\n",
            ),
            net(
                "self.a = nn.Sequential(Bigger())\nself.w = len('%s' % self.a)",
                above="class Bigger(nn.Module):\n    pass\n\n\n",
            ),
        ),
        (net(TWO, "y = 1\nreturn x * len(locals())"), net(TWO, "x = 1\nreturn x * len(locals())")),
        (net(TWO, "y = 2\nx = 3\nreturn eval('x')"), net(TWO, "x = 2\ny = 3\nreturn eval('x')")),
        (
            net("self.a = globals()['size']", above="size = 8\nother = 4\n"),
            net("self.a = globals()['size']", above="other = 8\nsize = 4\n"),
        ),
        (
            net("try:\n    self.b\nexcept AttributeError as e:\n    self.a = len(str(e))"),
            net("try:\n    self.bcd\nexcept AttributeError as e:\n    self.a = len(str(e))"),
        ),
        # Attributes that are torch's, or reached through something else.
        (net(TWO + "\nself.training = False"), net(TWO + "\nself.fixed = False")),
        (
            net("self.weight = 2", "return x * self.weight"),
            net("self.factor = 2", "return x * self.weight"),
        ),
        (net(TWO + "\nself.a.bias = None"), net(TWO + "\nself.a.beside = None")),
        (
            net(
                "self.a = Part()",
                "return self.a.one(x)",
                "class Part:\n    def __init__(self):\n"
                "        self.one, self.two = F.relu, F.gelu\n\n\n",
            ),
            net(
                "self.a = Part()",
                "return self.a.two(x)",
                "class Part:\n    def __init__(self):\n"
                "        self.one, self.two = F.relu, F.gelu\n\n\n",
            ),
        ),
        (
            net(
                "self.a = Part()",
                "return self.a.mean(1) + x.mean(1)",
                "class Part:\n    def mean(self, n):\n        return n\n\n\n",
            ),
            net(
                "self.a = Part()",
                "return self.a.amax(1) + x.amax(1)",
                "class Part:\n    def amax(self, n):\n        return n\n\n\n",
            ),
        ),
        *(
            (net("self.flat = nn.Flatten()", use), net("self.fold = nn.Flatten()", use))
            for use in (
                "this = self\nreturn this.flat(x)",
                "return self.eval().flat(x)",
                "return super().train().flat(x)",
                "return [m.flat(x) for m in self.modules() if m is not None][0]",
                "self.apply(lambda m: m.flat)\nreturn x",
                "go = super\nreturn go().__init__() or go().flat(x)",
                "return Net().flat(x)",
                "return (lambda of: of.flat)(self)(x)",
                "return Net.flat(x)",
            )
        ),
        *(
            (
                swap(net("self.flat = nn.Flatten()", "return self.go(x)"), before),
                swap(net("self.fold = nn.Flatten()", "return self.go(x)"), before),
            )
            for before in (
                ("    def f", "    go = lambda this, x: this.flat(x)\n\n    def f"),
                ("    def f", "    @property\n    def go(this): return this.flat\n\n    def f"),
                (
                    "    def f",
                    "    @classmethod\n    def go(c, x): return c().flat(x)\n\n    def f",
                ),
                ("    def f", "    def go(this, x, y=forward): return this.flat(x)\n\n    def f"),
            )
        ),
        (swap(NET, ("forward", "apply_to")), NET),
        (swap(NET, ("Net", "Not")), NET),
        (
            swap(NET, ("self.conv", "self.__conv"))
            + "\n\nclass Sub(Net):\n    def forward(self, x):\n        return self._Net__conv(x)\n",
            swap(NET, ("self.conv", "self.__core"))
            + "\n\nclass Sub(Net):\n    def forward(self, x):\n        return self._Net__conv(x)\n",
        ),
        (swap(NET, ("nn.Module", "nn.Conv2d")), swap(NET, ("nn.Module", "nn.Linear"))),
        (
            swap(net(TWO), ("nn.Module", "nn.Linear")),
            swap(net(TWO), ("nn.Module", "nn.Linear"), ("self.a", "self.in_features")),
        ),
        ("nn.Linear.forward = abs\n" + NET, "nn.Linear.backward = abs\n" + NET),
        ("nn.Module.conv = 1\n" + NET, "nn.Module.other = 1\n" + NET),
    ],
)
def test_a_name_that_something_else_asks_for_is_part_of_the_program(one, other):
    assert one != other
    assert program_hash(one) != program_hash(other)
