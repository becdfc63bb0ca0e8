"""What the channels_last memory format brings to recorded programs in fp32, on this machine.

    NAS_TEST_DATA=DIR python benchmarks/memory_format.py CIFAR_ROOT ROWS.jsonl
        [--train-samples 1024] [--test-samples 1000] [--programs 1,2,...]

Each recorded program that trains is trained by both formats in turn, with three seeds each, in a
warm sandbox. ROWS.jsonl takes a line for each program; those that are in it are not run again, so
that the command can be stopped and goes on. At the end it prints the table of all: seconds of
training (the least of three) and their ratio, what a comparison on a few images would have
chosen, mean accuracy and its deviation, and the memory of a training step on a whole batch. That
comparison runs the programs without a sandbox: give it only what you would run yourself.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import torch
from bare import load_net
from material import Cifar, Program, recorded_programs

from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.base import Job, Limits, MemoryFormat, Run, Sandbox, Workload
from langgraph_nas.sandbox.harness.arithmetic import Arithmetic
from langgraph_nas.sandbox.harness.candidate import first_pass
from langgraph_nas.sandbox.harness.data import Data
from langgraph_nas.sandbox.harness.preflight import WORTH_ASKING, Preflight
from langgraph_nas.sandbox.machine import usable_cpus

SEEDS = (43, 44, 45)
FORMATS: tuple[MemoryFormat, ...] = ("contiguous", "channels_last")
BATCH = 128
FULL = 50_000
"""Images of a whole epoch, for which the choice is made."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--train-samples", type=int, default=1024)
    parser.add_argument("--test-samples", type=int, default=1000)
    parser.add_argument("--programs", help="by their lines; default: all that train")
    parser.add_argument("--sandbox", default="bubblewrap")
    given = parser.parse_args()
    programs = [program for program in recorded_programs() if program.accuracy is not None]
    if given.programs:
        wanted = {int(n) for n in given.programs.split(",")}
        programs = [program for program in programs if program.number in wanted]
    lines = given.rows.read_text().splitlines() if given.rows.exists() else []
    rows = {row["program"]: row for row in map(json.loads, lines)}
    with tempfile.TemporaryDirectory() as folder, open_sandbox(given.sandbox) as sandbox:
        cifar = Cifar(given.root, Path(folder))
        workload = cifar.workload(given.train_samples, given.test_samples)
        for program in programs:
            if program.number not in rows:
                rows[program.number] = row = measure(program, cifar, workload, sandbox)
                with given.rows.open("a") as opened:
                    opened.write(json.dumps(row) + "\n")
                print(json.dumps(row), flush=True)
    print(table([rows[program.number] for program in programs]))


def measure(program: Program, cifar: Cifar, workload: Workload, sandbox: Sandbox) -> dict[str, Any]:
    """Train a program in both formats in turn; return seconds, accuracies and the choice."""
    runs: dict[str, list[Run]] = {memory_format: [] for memory_format in FORMATS}
    for seed in SEEDS:
        for memory_format in FORMATS:
            run = train(program, cifar, workload, sandbox, seed, memory_format)
            assert run.outcome == "ok", (program.number, run.message)
            runs[memory_format].append(run)
    first = runs["contiguous"][0]
    row: dict[str, Any] = {
        "program": program.number,
        "macs": first.claimed.get("macs"),
        "step_memory_mb": first.claimed.get("step_memory_mb"),
        "can": bool(runs["channels_last"][0].claimed["channels_last"]),
        "asked": first.claimed.get("macs", 0) * FULL >= WORTH_ASKING,
    }
    for memory_format in FORMATS:
        row[memory_format] = {
            "seconds": [run.seconds["train"] for run in runs[memory_format]],
            "accuracies": [cifar.accuracy(run.predictions["test"]) for run in runs[memory_format]],
        }
    return row | choice(program, cifar.folder)


def train(
    program: Program,
    cifar: Cifar,
    workload: Workload,
    sandbox: Sandbox,
    seed: int,
    memory_format: MemoryFormat,
) -> Run:
    """Train a program once, from a sandbox that is warm."""
    recipe = replace(cifar.recipe(seed), memory_format=memory_format)
    limits = Limits(wall_seconds=3600)
    sandbox.prewarm(workload, limits)
    return sandbox.run(Job(program.code, recipe), workload, limits)


def choice(program: Program, folder: Path) -> dict[str, Any]:
    """Return whether a comparison takes channels_last, and the ratio of times that it saw."""
    file = folder / f"{program.number}.py"
    file.write_text(program.code)
    command = [sys.executable, __file__, "choose", str(file), str(usable_cpus())]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def choose(file: str, threads: str) -> None:
    """Print what the preflight of a training on random images chooses, as if it were a long one."""
    torch.set_num_threads(int(threads))
    torch.manual_seed(SEEDS[0])
    net = load_net(file)
    images = torch.randint(0, 255, (BATCH, 3, 32, 32), dtype=torch.uint8)
    data = Data(images, torch.arange(BATCH) % 10, {}, 10)
    first_pass(net, images[:2] / 255)
    recipe = {"memory_format": "measured", "precision": "fp32", "epochs": 1}
    check = Preflight(net, data, {"recipe": recipe}, {}, 3600)
    costs: dict[bool, float] = {}
    real = check.cost

    def cost(images: torch.Tensor, labels: torch.Tensor, arithmetic: Arithmetic) -> float:
        seconds = real(images, labels, arithmetic)
        key = arithmetic.channels_last
        costs[key] = min(costs.get(key, seconds), seconds)
        return seconds

    check.cost = cost  # type: ignore[method-assign]
    chosen = check.choose(images / 255, data.y).channels_last
    ratio = costs[True] / costs[False] if costs else None
    print(json.dumps({"chosen": chosen, "ratio_of_few": ratio}))


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows in Markdown, and what they come to."""
    lines = [
        "| program | million multiply-adds | common s | channels_last s | ratio | on few images "
        "| taken | accuracy, common | accuracy, channels_last | step MiB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    ratios, gains, differences = [], [], []
    for row in rows:
        common, last = (min(row[name]["seconds"]) for name in FORMATS)
        told = [row[name]["accuracies"] for name in FORMATS]
        ratio = last / common if row["can"] else None
        taken = row["chosen"] and row["asked"]
        ratios += [ratio] if ratio else []
        gains.append(ratio if ratio and taken else 1.0)
        differences.append(fmean(told[1]) - fmean(told[0]))
        few = row["ratio_of_few"]
        lines.append(
            f"| {row['program']} | {(row['macs'] or 0) / 1e6:.0f} | {common:.2f} | {last:.2f} "
            f"| {f'{ratio:.2f}' if ratio else 'can not'} | {f'{few:.2f}' if few else '-'} "
            f"| {'yes' if taken else 'no'} "
            f"| {' | '.join(f'{fmean(s):.3f} +- {stdev(s):.3f}' for s in told)} "
            f"| {row['step_memory_mb'] or 0:.0f} |"
        )
    steps = sorted(row["step_memory_mb"] or 0 for row in rows)
    return "\n".join(
        [
            *lines,
            "",
            f"{len(ratios)} of {len(rows)} can; ratio of those, median {median(ratios):.2f}, "
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            f"as chosen, all programs: median {median(gains):.2f}, mean {fmean(gains):.2f}",
            f"accuracy, channels_last less common: mean {fmean(differences):+.4f}, "
            f"deviation {stdev(differences):.4f}",
            f"memory of a step: median {median(steps):.0f} MiB, most {steps[-1]:.0f} MiB",
        ]
    )


if __name__ == "__main__":
    if sys.argv[1] == "choose":
        choose(*sys.argv[2:])
    else:
        main()
