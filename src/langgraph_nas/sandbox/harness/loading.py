"""Trained tensors loaded into a network that is built anew, as in a program of one's own."""

import ast
import sys
import types
from os import _exit  # bound before a candidate can put something else in its place
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from . import frames
from .absent import forgive
from .arithmetic import Arithmetic
from .candidate import seed_everything
from .data import Data
from .failure import Failure, explain
from .program import place_of, run
from .training import predict
from .wire import HostGone, Wire

STAGES = ("build", "forward", "preflight", "train", "predict")
NAME = "network"
USERS_COMMAND = ["a_script.py", "--of", "its user"]
"""The command line that an exported program meets is not its own."""


def load_again(job: dict[str, Any], data: Data, wire: Wire) -> NoReturn:
    """Build the network of a job, load the tensors that the host sends, and predict."""
    try:
        weights = read_weights(job["tensors"], wire)
    except HostGone:
        _exit(0)
    wire.watch_host()
    usual = "build_error"
    try:
        wire.send(frames.STAGE, {"stage": STAGES[0]})
        net = loaded_net(job, weights, list(data.x.shape[1:])).to(data.device)
        for stage in STAGES[1:]:
            wire.send(frames.STAGE, {"stage": stage})
        usual = "forward_error"
        for split, images in data.inputs.items():
            ids, _ = predict(net, images, data, job["recipe"], Arithmetic())
            wire.send_array(frames.PREDICTIONS, {"split": split}, ids.numpy().astype("<u2"))
    # All of it: SystemExit, KeyboardInterrupt and GeneratorExit are the candidate's, too.
    except BaseException as error:
        wire.send(frames.FAILURE, explain(error, usual) | {"claims": {}})
        _exit(0)
    wire.send(frames.DONE, {"claims": {}})
    _exit(0)


def read_weights(count: int, wire: Wire) -> dict[str, Tensor]:
    """Return the tensors that follow a job."""
    weights = {}
    for _ in range(count):
        header, array = wire.read_array()
        weights[header["name"]] = torch.from_numpy(array)
    return weights


def loaded_net(job: dict[str, Any], weights: dict[str, Tensor], shape: list[int]) -> nn.Module:
    """Return the network in eval mode, built without the seed that it was trained with.

    Raises:
        RuntimeError: The tensors are not those of this network.
    """
    seed_everything(job["recipe"]["seed"] + 1)
    sys.modules[NAME] = module = types.ModuleType(NAME)
    arguments, sys.argv = sys.argv, USERS_COMMAND
    # What its user has installed and this sandbox has not is no fault of the weights.
    tree = forgive(ast.parse(job["program"]))
    code = compile(tree, place_of(NAME), "exec", dont_inherit=True)
    try:
        run(code, module, job["program"].splitlines(keepends=True), NAME, {})
        if not callable(made := module.__dict__.get("Net")):
            raise Failure("build_error", "importing the program gives no class Net")
        net: nn.Module = made()
    finally:
        sys.argv = arguments
    if job["after_a_pass"]:
        with torch.no_grad():
            net(torch.zeros(2, *shape))
    net.load_state_dict(weights)
    return net.eval()
