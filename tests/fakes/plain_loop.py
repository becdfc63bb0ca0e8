"""The plainest loop that trains a program: what anybody would get without a harness."""

import json
import os
import random
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.datasets import PreparedData
from langgraph_nas.sandbox.base import Recipe

ELSEWHERE = ("no_such_package", "no_such_package.part", "no_such_plots", "no_such_plots.pyplot")
ELSEWHERE += ("timm", "timm.layers", "torchsummary")
"""Packages that the author of a program has."""


class Elsewhere(types.ModuleType):
    """A package of which the network needs nothing."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return object()


def plain_loop(program: str, data: PreparedData, recipe: Recipe, folder: Path) -> tuple[int, float]:
    """Return the number of parameters and the accuracy (0..1) on the scored split.

    It runs in a fork, as what a program leaves in a process would be met by the next.

    Raises:
        RuntimeError: The program fails.
    """
    answer = folder / "answer.json"
    child = os.fork()
    if child == 0:
        try:
            answer.write_text(json.dumps(train(program, data, recipe, folder)))
        except BaseException as error:
            answer.write_text(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(answer.read_text())
    if "error" in found:
        raise RuntimeError(found["error"])
    return found["parameters"], found["accuracy"]


def train(program: str, data: PreparedData, recipe: Recipe, folder: Path) -> dict[str, float]:
    """Build the network once, pass two images through it, train for an epoch, and ask it."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.compile = eager
    sys.modules.update({name: Elsewhere(name) for name in ELSEWHERE})
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    mean, std = (torch.tensor(s).view(1, -1, 1, 1) for s in (recipe.mean, recipe.std))

    def images(folder: Path) -> torch.Tensor:
        return (torch.from_numpy(np.load(folder / "x.npy")).float() / 255 - mean) / std

    x, y = images(data.train), torch.from_numpy(np.load(data.train / "y.npy").astype(np.int64))
    scored = images(data.inputs[data.scored_split])
    for seed in (torch.manual_seed, random.seed, np.random.seed):
        seed(recipe.seed)
    net = run(program, folder)()
    net.train()
    net(x[:2])
    torch.manual_seed(recipe.seed)
    optimizer = torch.optim.SGD(
        net.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
    generator = torch.Generator().manual_seed(recipe.seed)
    for batch in torch.randperm(len(x), generator=generator).split(recipe.batch_size):
        optimizer.zero_grad()
        cross_entropy(net(x[batch]).float(), y[batch]).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        found = torch.cat([net(part).argmax(1) for part in scored.split(2 * recipe.batch_size)])
    right = found.numpy() == data.labels[data.scored_split]
    shaped = [p for p in net.parameters() if not torch.nn.parameter.is_lazy(p)]
    return {"parameters": sum(p.numel() for p in shaped), "accuracy": float(right.mean())}


def eager(model: Any = None, **options: Any) -> Any:
    """Stand for `torch.compile`: the same is computed, but not half a minute later."""
    return (lambda function: function) if model is None else model


def run(program: str, folder: Path) -> Any:
    """Run a program as a file of its own, and return its network's class."""
    file = folder / "candidate.py"
    file.write_text(program)
    module = types.ModuleType("candidate")
    module.__dict__["__file__"] = str(file)
    sys.modules["candidate"] = module
    sys.argv = [str(file)]
    exec(compile(program, str(file), "exec", dont_inherit=True), module.__dict__)
    return module.__dict__["Net"]
