"""Each class of outcome has a program that ends in it; the lesson says what went wrong."""

import pytest

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.ledger import REPORTED
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
PROGRAMS = {
    "an open bracket": ("class Net(nn.Module:\n", "syntax_error", "parse", "SyntaxError: ", 1),
    "a return outside": ("return 1\n", "syntax_error", "parse", "'return' outside function", 1),
    "a null byte": ("x = 1\0\n", "syntax_error", "parse", "null byte", None),
    "no Net": ("x = 1\n", "bad_structure", "structure", "no class Net(nn.Module)", None),
    "Net is a function that makes no network": (
        "def Net(): return 3\n",
        "bad_structure",
        "structure",
        "no class Net(nn.Module): Net() gives a int",
        None,
    ),
    "Net is a network": (
        "Net = nn.Linear(1, 1)\n",
        "bad_structure",
        "structure",
        "no class Net(nn.Module): Net is a network already",
        None,
    ),
    "nothing to train": (
        "class Net(nn.Module):\n    pass\n",
        "bad_structure",
        "structure",
        "no parameters",
        None,
    ),
    "an undefined name": (
        changed("nn.BatchNorm2d(8)", "Norm(8)"),
        "build_error",
        "build",
        "NameError: name 'Norm' is not defined",
        6,
    ),
    "an argument to Net": (
        changed("def __init__(self)", "def __init__(self, width)"),
        "build_error",
        "build",
        "TypeError: ",
        None,
    ),
    "groups that do not divide": (
        changed("nn.Conv2d(1, 8, 3, padding=1)", "nn.Conv2d(1, 8, 3, groups=3)"),
        "build_error",
        "build",
        "in_channels must be divisible by groups",
        5,
    ),
    "SystemExit": (
        changed("super().__init__()", "super().__init__(); raise SystemExit(0)"),
        "build_error",
        "build",
        "SystemExit: 0",
        4,
    ),
    "GeneratorExit": (
        changed("super().__init__()", "super().__init__(); raise GeneratorExit"),
        "build_error",
        "build",
        "GeneratorExit",
        4,
    ),
    "endless recursion": (
        changed("super().__init__()", "self.__init__()"),
        "build_error",
        "build",
        "RecursionError: ",
        4,
    ),
    "an import of what is not there": (
        "import models_of_ours as ours\n" + changed("nn.BatchNorm2d(8)", "ours.Norm(8)"),
        "build_error",
        "build",
        "ModuleNotFoundError: No module named 'models_of_ours'",
        7,
    ),
    "shapes that do not fit": (
        changed("8 * 64, 4", "8 * 60, 4"),
        "forward_error",
        "forward",
        "mat1 and mat2 shapes cannot be multiplied (2x512 and 480x4)",
        11,
    ),
    "KeyboardInterrupt": (
        returning("exec('raise KeyboardInterrupt')"),
        "forward_error",
        "forward",
        "KeyboardInterrupt",
        11,
    ),
    "an output without gradient": (
        returning(f"{LOGITS}.detach()"),
        "forward_error",
        "forward",
        "does not require grad",
        None,
    ),
    "only eval mode fails": (
        returning(f"{LOGITS} if self.training else self.missing"),
        "forward_error",
        "forward",
        "AttributeError: 'Net' object has no attribute 'missing'",
        11,
    ),
    "no return": (changed("return self", "self"), "bad_output", "forward", "None", None),
    "a tuple": (
        returning(f"{LOGITS}, x"),
        "bad_output",
        "forward",
        "forward returned a tuple ([2, 4], [2, 8, 8, 8])",
        None,
    ),
    "the wrong shape": (
        changed("8 * 64, 4", "8 * 64, 10"),
        "bad_output",
        "forward",
        "forward returned shape [2, 10]; it must return one tensor of logits "
        "[batch, classes], here [2, 4]",
        None,
    ),
    "whole numbers": (
        returning("torch.zeros(2, 4, dtype=torch.int64)"),
        "bad_output",
        "forward",
        "torch.int64",
        None,
    ),
    "NaN from the start": (
        returning(f"{LOGITS} * float('nan')"),
        "not_finite",
        "forward",
        "the loss of the untrained network is nan in train mode",
        None,
    ),
    "a batch size of its own": (
        returning("self.fc(x.view(2, 512)) if len(x) == 2 else self.fc(x.view(2, 512))"),
        "forward_error",
        "preflight",
        "RuntimeError: shape '[2, 512]' is invalid for input of size 8192",
        11,
    ),
    "a step that fails": (
        returning(f"{LOGITS} if self.bn.num_batches_tracked < 4 else self.missing"),
        "train_error",
        "train",
        "AttributeError: ",
        11,
    ),
    "it diverges": (
        returning(f"1e6 * {LOGITS}"),
        "not_finite",
        "train",
        "the training loss became inf at step",
        None,
    ),
    "prediction fails": (
        returning(f"{LOGITS} if len(x) in (2, 16) else self.missing"),
        "forward_error",
        "predict",
        "AttributeError: ",
        11,
    ),
    "NaN where it counts": (
        returning(f"{LOGITS} if len(x) in (2, 16) else {LOGITS} * float('nan')"),
        "not_finite",
        "predict",
        "outputs are NaN",
        None,
    ),
    "out of memory by its own account": (
        changed("super().__init__()", "super().__init__(); raise MemoryError"),
        "out_of_memory",
        "build",
        "MemoryError",
        4,
    ),
    "more than the machine has": (
        changed("super().__init__()", "super().__init__(); torch.empty(1 << 50)"),
        "out_of_memory",
        "build",
        "",
        4,
    ),
    "a crash": (
        "import ctypes\nctypes.string_at(0)\n",
        "killed",
        "build",
        "the process died of signal 11",
        None,
    ),
    "a silent end": (
        "import os\nos._exit(0)\n",
        "protocol_error",
        "build",
        "the process ended (exit code 0) without a result",
        None,
    ),
    "too much output": (
        "while True: print('x' * 9999)\n",
        "output_limit",
        "build",
        "it printed more than 1,048,576 bytes",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_fails_ends_in_its_class_with_a_lesson(
    name: str, forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    program, outcome, stage, message, line_number = PROGRAMS[name]
    run = forked.run(Job(program, recipe), workload, LIMITS)
    assert (run.outcome, run.stage) == (outcome, stage), run
    assert message in run.message
    assert run.line_number == line_number
    expected = program.splitlines()[line_number - 1].strip() if line_number else None
    assert run.line == expected
    assert run.predictions == {}


def test_every_class_that_a_program_can_end_in_has_a_program_here() -> None:
    elsewhere = {"over_budget", "timeout"}  # in test_preflight.py, and below
    assert REPORTED - elsewhere <= {outcome for _, outcome, *_ in PROGRAMS.values()}


@pytest.mark.parametrize("part", ["build", "preflight", "train"])
def test_an_endless_loop_is_a_timeout_of_its_stage(
    part: str, forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    hang = "exec('while True: pass')"
    loop = f"super().__init__(); {hang}" if part == "build" else ""
    soon = "self.bn.num_batches_tracked < 20"  # more than the rehearsal takes
    program = (
        changed("super().__init__()", loop)
        if loop
        else returning(f"{LOGITS} if {soon if part == 'train' else 'len(x) == 2'} else {hang}")
    )
    limits = Limits(cpus=1, wall_seconds=1, build_seconds=0.5 if part == "build" else 60)
    run = forked.run(Job(program, recipe), workload, limits)
    assert (run.outcome, run.stage) == ("timeout", part)
    assert ("0.5 s" if part == "build" else "1 s") in run.message
    assert run.seconds["total"] < 5
