"""Before training: what a network costs is measured and held against budgets and time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from langgraph_nas.sandbox.base import (
    Budgets,
    Job,
    Limits,
    Recipe,
    Run,
    Workload,
)
from langgraph_nas.sandbox.harness.arithmetic import Arithmetic
from langgraph_nas.sandbox.harness.candidate import count_macs
from langgraph_nas.sandbox.harness.memory import step_memory
from langgraph_nas.sandbox.warm import CellSandbox
from langgraph_nas.state import MEASURES

LIMITS = Limits(cpus=1, wall_seconds=60, build_seconds=20)

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 64, 4)

    def forward(self, x):
        x = F.relu(self.conv(x))
        return self.fc(x.flatten(1))
"""
PARAMETERS = 80 + 512 * 4 + 4
MACS = 8 * 9 * 64 + 512 * 4


def returning(expression: str, program: str = NET) -> str:
    assert "return self.fc(x.flatten(1))" in program
    return program.replace("return self.fc(x.flatten(1))", f"return {expression}")


def test_a_network_is_measured(forked: CellSandbox, workload: Workload, recipe: Recipe) -> None:
    run = forked.run(Job(NET, recipe), workload, LIMITS)
    assert run.outcome == "ok", run.message
    assert MEASURES.keys() <= run.claimed.keys()
    assert run.claimed["parameters"] == PARAMETERS
    assert run.claimed["macs"] == MACS
    assert run.claimed["precision"] == "fp32"
    assert run.claimed["channels_last"] == 0
    assert 0 < run.claimed["latency_ms"] < 1000
    assert 0 < run.claimed["batch_latency_ms"] < 1000
    # 16 images: the input, both sides of relu and the flattened view of its output, at least.
    activations = 16 * 4 * (64 + 8 * 64)
    assert activations + 12 * PARAMETERS <= run.claimed["step_memory_mb"] * 2**20 < 2**20


@pytest.mark.parametrize(
    ("budgets", "stage", "words"),
    [
        (Budgets(parameters=PARAMETERS - 1), "build", "it has 2,132 parameters; the budget is"),
        (Budgets(macs=MACS - 1), "forward", "one image takes 6,656 multiply-adds; the budget"),
        (Budgets(latency_ms=1e-6), "preflight", "one image takes 0."),
        (Budgets(memory_mb=0), "preflight", "a training step on 16 images takes 0."),
    ],
)
def test_what_costs_more_than_its_budget_is_not_trained(
    budgets: Budgets,
    stage: str,
    words: str,
    forked: CellSandbox,
    workload: Workload,
    recipe: Recipe,
) -> None:
    run = forked.run(Job(NET, recipe, budgets=budgets), workload, LIMITS)
    assert (run.outcome, run.stage) == ("over_budget", stage)
    assert words in run.message


def test_what_is_within_all_budgets_is_trained(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    budgets = Budgets(parameters=PARAMETERS, macs=MACS, latency_ms=1000, memory_mb=1)
    assert forked.run(Job(NET, recipe, budgets=budgets), workload, LIMITS).outcome == "ok"


def test_lazy_parameters_count_once_they_have_a_size(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    lazy = NET.replace("nn.Linear(8 * 64, 4)", "nn.LazyLinear(4)")
    job = Job(lazy, recipe, budgets=Budgets(parameters=PARAMETERS - 1))
    run = forked.run(job, workload, LIMITS)
    assert (run.outcome, run.stage) == ("over_budget", "forward")


def test_steps_that_would_take_too_long_are_not_begun(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    slow = "import time\n" + returning("self.fc(x.flatten(1)) + time.sleep(0.05 * (len(x) > 2))")
    slow = slow.replace("+ time.sleep(0.05 * (len(x) > 2))", "if len(x) == 2 else self.late(x)")
    slow += (
        "\n    def late(self, x):\n        time.sleep(0.1)\n        return self.fc(x.flatten(1))\n"
    )
    run = forked.run(Job(slow, recipe), workload, replace(LIMITS, wall_seconds=2))
    assert (run.outcome, run.stage) == ("timeout", "preflight")
    assert "so the 25 steps would take" in run.message
    assert run.seconds["total"] < 2


def trained(
    program: str, sandbox: CellSandbox, workload: Workload, recipe: Recipe, precision: str
) -> Run:
    fast = replace(recipe, precision=precision, memory_format="channels_last")  # type: ignore[arg-type]
    run = sandbox.run(Job(program, fast, send_weights=True), workload, LIMITS)
    assert run.outcome == "ok", run.message
    return run


def test_a_network_trains_in_bf16_where_it_can(
    forked: CellSandbox, workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    run = trained(NET, forked, workload, recipe, "bf16")
    assert run.claimed["precision"] == "bf16"
    assert (run.predictions["validation"] == labels).mean() > 0.9
    assert run.weights is not None
    assert run.weights["conv.weight"].dtype == np.float32
    plain = forked.run(Job(NET, recipe, send_weights=True), workload, LIMITS)
    assert plain.weights is not None
    assert not np.array_equal(plain.weights["conv.weight"], run.weights["conv.weight"])


def test_strides_of_its_own_cost_a_network_the_memory_format_only(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    flat = "torch.as_strided(x, (len(x), x[0].numel()), (x[0].numel(), 1))"
    run = trained(returning(f"self.fc({flat})"), forked, workload, recipe, "bf16")
    assert (run.claimed["precision"], run.claimed["channels_last"]) == ("bf16", 0)


def test_what_bf16_can_not_do_is_trained_in_fp32_and_marked(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    # Values of another dtype can't be put into a tensor, and autocast does not help here.
    logits = "(torch.arange(len(x)),), self.fc(x.flatten(1))"
    refused = returning(f"torch.zeros(len(x), 4).index_put({logits})")
    run = trained(refused, forked, workload, recipe, "bf16")
    assert (run.claimed["precision"], run.claimed["channels_last"]) == ("fp32", 0)


def test_networks_without_convolutions_keep_their_memory_format(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    flat = "class Net(nn.Sequential):\n    def __init__(self):\n"
    flat += "        super().__init__(nn.Flatten(), nn.Linear(64, 4))\n"
    run = trained(flat, forked, workload, recipe, "fp32")
    assert run.claimed["channels_last"] == 0


def test_the_preflight_leaves_no_trace_in_the_training(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    # Running statistics, dropout's random numbers and weights are as if it had not been.
    program = NET.replace("self.fc =", "self.bn = nn.BatchNorm2d(8)\n        self.fc =").replace(
        "F.relu(self.conv(x))", "F.dropout(F.relu(self.bn(self.conv(x))), 0.2, self.training)"
    )
    before = forked.run(Job(program, recipe, send_weights=True), workload, LIMITS)
    budgets = Budgets(latency_ms=60_000)
    again = forked.run(Job(program, recipe, True, budgets), workload, LIMITS)
    assert before.weights is not None
    assert again.weights is not None
    assert before.weights["bn.num_batches_tracked"] == 1 + 25
    assert all(np.array_equal(before.weights[k], again.weights[k]) for k in before.weights)


def test_the_module_that_failed_is_named(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    run = forked.run(Job(NET.replace("8 * 64, 4", "8 * 60, 4"), recipe), workload, LIMITS)
    assert run.module == "fc (Linear)"
    outside = forked.run(Job(returning("self.fc(x.flatten(9))"), recipe), workload, LIMITS)
    assert outside.module is None


def test_multiply_adds_are_those_of_one_image() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(8 * 64, 10))
    assert count_macs(net, torch.rand(2, 3, 8, 8)) == 8 * 27 * 64 + 8 * 64 * 10


def test_multiply_adds_that_can_not_be_counted_are_none() -> None:
    class Refuses(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ValueError

    assert count_macs(Refuses(), torch.rand(2, 3, 8, 8)) is None


def test_the_memory_of_a_step_grows_with_the_batch_and_counts_a_tensor_once() -> None:
    net = nn.Sequential(nn.Linear(100, 100, bias=False), nn.ReLU())
    found = []
    for batch in (10, 20):
        with step_memory(net, torch.device("cpu")) as held:
            net(torch.rand(batch, 100)).sum().backward()
        found.append(held[0] - 3 * 4 * 100 * 100)
    # Input and output; relu keeps the output that the caller holds, too.
    assert found == [2 * 10 * 400, 2 * 20 * 400]


def test_low_precision_keeps_losses_and_weights_in_fp32() -> None:
    net, images = nn.Linear(4, 4), torch.rand(2, 4)
    with Arithmetic("bf16").context(images.device):
        assert net(images).dtype is torch.bfloat16
    assert net.weight.dtype is torch.float32
    with Arithmetic().context(images.device):
        assert net(images).dtype is torch.float32
