"""torch's compiler is neither used nor loaded until a program asks for it."""

import subprocess
import sys
from pathlib import Path

import pytest

import langgraph_nas.sandbox.harness as package

START = """
import importlib, runpy, sys
runpy.run_path(HARNESS + "/__main__.py", run_name="start")["load_harness"]()
import torch
from torch import nn
importlib.import_module("nas_harness.compiler").run_eagerly()
def is_loaded():
    return "torch._dynamo.eval_frame" in sys.modules
"""
TRIAL = """
importlib.import_module("nas_harness.dry_run").dry_run(1, torch.device("cpu"))
graph_hash = importlib.import_module("nas_harness.traced").graph_hash
light = graph_hash(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), [1, 2, 2], is_light=True)
assert light is not None
assert not is_loaded()
assert "sympy" not in sys.modules
assert graph_hash(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), [1, 2, 2]) == light
assert not is_loaded()
"""
FUNCTIONS = """
@torch.compiler.disable
def double(x):
    return 2 * x
@torch.compiler.disable(recursive=False)
def triple(x):
    return 3 * x
@torch.compile(fullgraph=True)
def half(x):
    return x / 2
assert half(double(triple(torch.ones(())))) == 3
import torch._dynamo
import torch._dynamo.config as config
torch._dynamo.config.suppress_errors = True
assert config.suppress_errors
from torch._dynamo import config as again
assert again is config
torch._dynamo.graph_break()
assert not torch.compiler.is_compiling()
assert not hasattr(torch._dynamo, "__wrapped__")
assert not is_loaded()
"""
MODULES = """
net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
compiled = torch.compile(net, mode="max-autotune")
assert isinstance(compiled, torch._dynamo.OptimizedModule), type(compiled)
assert is_loaded()
assert list(compiled.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
assert torch.equal(compiled(torch.ones(1, 2)), net(torch.ones(1, 2)))
net.compile()
assert net(torch.ones(1, 2)).shape == (1, 3)
torch.optim.SGD(net.parameters(), lr=0.1).step()
"""
PARTS = """
import torch._dynamo.variables.builder
assert is_loaded()
from torch._dynamo import variables
assert torch._dynamo.variables is variables is sys.modules["torch._dynamo.variables"]
assert variables.builder is sys.modules["torch._dynamo.variables.builder"]
assert variables.__spec__.name == "torch._dynamo.variables"
assert len(variables.__spec__.submodule_search_locations) == 1
from torch._dynamo.testing import same
assert same(torch.ones(2), torch.ones(2))
"""
ALL = """
from torch._dynamo import *
assert optimize is torch._dynamo.optimize
from torch.nn.attention.flex_attention import flex_attention
assert flex_attention(*[torch.rand(1, 2, 16, 8)] * 3).shape == (1, 2, 16, 8)
"""
DISABLED = """
net = torch.compiler.disable(nn.Linear(2, 3))
assert is_loaded()
assert net(torch.ones(1, 2)).shape == (1, 3)
"""
THREADS = """
import threading
found = []
def ask():
    found.append(torch._dynamo.OptimizedModule)
threads = [threading.Thread(target=ask) for _ in "123"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(set(found)) == 1 and len(found) == 3, found
"""
STANCE = """
with torch.compiler.set_stance("default"):
    pass
assert is_loaded()
torch._dynamo.reset()
try:
    torch._dynamo.nonsense
except AttributeError as error:
    assert "nonsense" in str(error)
else:
    raise AssertionError
"""


@pytest.mark.parametrize(
    "program",
    [TRIAL, FUNCTIONS, MODULES, PARTS, ALL, DISABLED, THREADS, STANCE],
    ids=["a trial", "functions", "modules", "parts", "all", "disabled", "threads", "stance"],
)
def test_the_compiler_is_loaded_when_a_program_asks_for_it(program: str) -> None:
    text = f"HARNESS = {str(Path(package.__path__[0]))!r}\n" + START + program
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
