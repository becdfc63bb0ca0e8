"""What the harness does with programs that do as they should, and with some that fight back."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Run, Workload
from langgraph_nas.sandbox.harness import serve
from langgraph_nas.sandbox.warm import CellSandbox

LIMITS = Limits(cpus=1, wall_seconds=60, build_seconds=20)

GOOD = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8 * 64, 4)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        return self.fc(x.flatten(1))
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def returning(expression: str) -> str:
    return changed("return self.fc(x.flatten(1))", f"return {expression}")


LOGITS = "self.fc(x.flatten(1))"


def test_shapes_lead_to_the_module_that_failed(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    run = forked.run(Job(changed("8 * 64, 4", "8 * 60, 4"), recipe), workload, LIMITS)
    assert run.shapes == (
        "conv (Conv2d): [2, 1, 8, 8] -> [2, 8, 8, 8]",
        "bn (BatchNorm2d): [2, 8, 8, 8] -> [2, 8, 8, 8]",
        "fc (Linear): [2, 512] -> failed",
    )


def test_shapes_are_bounded(forked: CellSandbox, workload: Workload, recipe: Recipe) -> None:
    deep = changed("nn.BatchNorm2d(8)", "nn.Sequential(*[nn.Conv2d(8, 8, 1) for _ in range(99)])")
    run = forked.run(Job(deep.replace("* 64, 4", "* 60, 4"), recipe), workload, LIMITS)
    assert len(run.shapes) == 30
    assert run.shapes[-1] == "fc (Linear): [2, 512] -> failed"


@pytest.mark.parametrize(
    "error",
    [
        "raise ValueError('x' * 200_000_000)",
        "raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})()",
        "raise type('E', (Exception,), {'__str__': lambda self: exec('raise SystemExit')})()",
        "raise type('\\ud800\\n' * 99999, (Exception,), {})('\\ud800\\x1b[2J')",
    ],
)
def test_an_exception_that_fights_back_is_still_a_failure_with_a_short_message(
    error: str, forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    program = (
        f"def fail():\n    {error}\nclass Net(nn.Module):\n    __init__ = lambda self: fail()\n"
    )
    run = forked.run(Job(program, recipe), workload, LIMITS)
    assert (run.outcome, run.stage) == ("build_error", "build")
    assert 0 < len(run.message) <= 2000
    assert "\x1b" not in run.message


def test_a_network_that_learns_predicts_the_labels_it_never_saw(
    forked: CellSandbox, workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    events: list[dict[str, object]] = []
    run = forked.run(Job(GOOD, recipe), workload, LIMITS, on_event=events.append)
    assert (run.outcome, run.stage) == ("ok", "predict")
    assert run.predictions["validation"].dtype == np.uint16
    assert (run.predictions["validation"] == labels).mean() > 0.9
    assert run.weights is None
    assert run.claimed["steps"] == 25
    assert run.claimed["parameters"] == 80 + 16 + 512 * 4 + 4
    assert {"build", "forward", "preflight", "train", "predict", "total"} <= run.seconds.keys()
    stages = [event["stage"] for event in events if event["event"] == "stage"]
    assert stages == ["build", "forward", "preflight", "train", "predict"]
    assert {"event": "epoch", "epoch": 1, "step": 25, "steps": 25} in events


def test_the_same_job_gives_the_same_weights_and_another_seed_does_not(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    program = returning("self.fc(F.dropout(x, 0.2, self.training).flatten(1))")
    jobs = [Job(program, replace(recipe, seed=seed), send_weights=True) for seed in (1, 1, 2)]
    first, again, other = (weights_of(forked.run(job, workload, LIMITS)) for job in jobs)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["fc.weight"], other["fc.weight"])


def weights_of(run: Run) -> dict[str, np.ndarray]:
    assert run.weights is not None
    return dict(run.weights)


def test_weights_cross_with_their_dtypes_and_shapes(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    extra = (
        "self.register_buffer('narrow', torch.full((2, 2), 1.5, dtype=torch.bfloat16));"
        "self.register_buffer('flag', torch.tensor([True, False]));"
        "self.register_buffer('none', torch.zeros(0, 3))"
    )
    program = changed("super().__init__()", f"super().__init__(); {extra}")
    weights = weights_of(forked.run(Job(program, recipe, send_weights=True), workload, LIMITS))
    assert weights["narrow"].tolist() == [[1.5, 1.5], [1.5, 1.5]]
    assert weights["narrow"].dtype == np.float32
    assert weights["flag"].tolist() == [True, False]
    assert weights["none"].shape == (0, 3)
    assert weights["bn.num_batches_tracked"] == 1 + 25
    assert weights["conv.weight"].shape == (8, 1, 3, 3)


def test_weights_larger_than_their_limit_do_not_cross(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    limits = replace(LIMITS, weight_bytes=1000)
    run = forked.run(Job(GOOD, recipe, send_weights=True), workload, limits)
    assert run.outcome == "protocol_error"
    assert run.weights is None


def test_lazy_layers_and_log_probabilities_are_fine(
    forked: CellSandbox, workload: Workload, recipe: Recipe, labels: np.ndarray
) -> None:
    program = changed("nn.Linear(8 * 64, 4)", "nn.LazyLinear(4)")
    program = program.replace(f"return {LOGITS}", f"return F.log_softmax({LOGITS}, 1)")
    run = forked.run(Job(program, recipe), workload, LIMITS)
    assert run.outcome == "ok", run.message
    assert (run.predictions["validation"] == labels).mean() > 0.9


BUFFERS = {
    "expanded": ("torch.tensor(0.5).expand(1, 1, 8, 8)", "self.extra", "[1, 1, 8, 8] 32.0"),
    "growing": ("torch.ones(3)", "torch.zeros(len(self.extra) + 1)", "[4] 0.0"),
    "growing from one": ("torch.ones(1)", "2 * self.extra", "[1] 2.0"),
}
"""What it is, what each forward pass makes of it, and what training must begin with after one."""


@pytest.mark.parametrize(("made", "changes_to", "begins"), BUFFERS.values(), ids=BUFFERS)
def test_training_begins_after_one_pass_however_often_a_network_was_looked_at(
    forked: CellSandbox, workload: Workload, recipe: Recipe, made: str, changes_to: str, begins: str
) -> None:
    program = changed(
        "super().__init__()", f"super().__init__(); self.register_buffer('extra', {made})"
    ).replace(
        "        x = F",
        "        if self.training and len(x) > 2:\n"  # not in the pass over two samples
        "            print('SEEN', list(self.extra.shape), float(self.extra.sum()), flush=True)\n"
        f"        self.extra = {changes_to}\n        x = F",
    )
    run = forked.run(Job(program, recipe, send_weights=True), workload, LIMITS)
    assert (run.outcome, run.message) == ("ok", "")
    assert "extra" in weights_of(run)
    assert f"SEEN {begins}" in run.stderr_tail


def test_prints_are_kept_apart_from_the_result(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    program = "import os\nprint('hello', flush=True)\nos.write(1, b'raw')\n" + GOOD
    run = forked.run(Job(program, recipe), workload, LIMITS)
    assert run.outcome == "ok"
    assert run.stderr_tail.split() == ["hello", "raw"]


def test_a_child_that_the_candidate_forks_sends_no_frames(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    program = "import os\nos.fork()\n" + GOOD
    assert forked.run(Job(program, recipe), workload, LIMITS).outcome == "ok"


def test_setting_cancel_kills_the_candidate(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    cancel = threading.Event()
    job = Job("import time\ntime.sleep(60)\n", recipe)
    run = forked.run(job, workload, LIMITS, on_event=lambda event: cancel.set(), cancel=cancel)
    assert run.outcome == "killed"
    assert run.seconds["total"] < 5


@pytest.mark.parametrize(("platform", "told"), [("linux", 300 << 10), ("darwin", 300 << 20)])
def test_resident_memory_is_told_in_the_platform_s_unit(
    monkeypatch: pytest.MonkeyPatch, platform: str, told: int
) -> None:
    monkeypatch.setattr(serve, "sys", SimpleNamespace(platform=platform))
    usage = SimpleNamespace(ru_maxrss=told)
    monkeypatch.setattr(serve.resource, "getrusage", lambda who: usage)
    assert serve.peak_memory_mb(torch.device("cpu")) == 300
