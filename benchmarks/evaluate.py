"""What an evaluation costs beside its arithmetic, on the machine it runs on.

    NAS_TEST_DATA=DIR python benchmarks/evaluate.py CIFAR_ROOT [--seconds 20] [--sandbox bubblewrap]
        [--programs 2,12,27,37,53,64] [--only overhead,verdicts,accuracy,whole]
    NAS_TEST_DATA=DIR python benchmarks/evaluate.py --only small

For each of the recorded programs (by their line in the transcripts), interleaved: the bare
arithmetic of as many training steps as take --seconds, and of a scoring pass; our evaluation of
the same steps in fp32, in a sandbox that is warm; and our evaluation in the fast mode of this
machine. Then the time to the verdict on 20 failing programs, and accuracies beside those of a
plain loop with three seeds each. `whole` takes a program's whole epoch on all of CIFAR-10, from
starting a process to its scores, beside a tutorial's loop with two loading workers. `small` says
where the time of small candidates goes, on images of 8x8 and 28x28 (see small.py). bare.py runs the
recorded programs without a sandbox.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import small
from material import Cifar, Program, recorded_programs

from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation.precision import pick_precision
from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.base import Job, Limits, Recipe, Run, Sandbox, Workload
from langgraph_nas.sandbox.machine import usable_cpus

BARE = Path(__file__).with_name("bare.py")
BATCH = 128
N_TEST = 1000
LARGE = 200_000_000
"""Multiply-adds from which the fast mode has to pay."""
FAILING = 20
SEEDS = (43, 44, 45)
WORKERS = 2
"""Processes that load images for the tutorial's loop, as in the published training script."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, nargs="?")
    parser.add_argument("--programs", default="9,13,27,37,38,54")
    parser.add_argument("--accurate", default="3,17", help="programs whose accuracy is compared")
    parser.add_argument("--whole", type=int, default=1, help="program whose epoch is taken")
    parser.add_argument("--seconds", type=float, default=20, help="arithmetic of each program")
    parser.add_argument("--train-samples", type=int, default=10_000, help="for the accuracies")
    parser.add_argument("--precision", default="auto", help="of the fast mode")
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--only", default="overhead,verdicts,accuracy")
    given = parser.parse_args()
    if given.only == "small":
        small.measure(given.sandbox)
        return
    if given.root is None:
        parser.error("CIFAR_ROOT is missing")
    programs = {program.number: program for program in recorded_programs()}
    with tempfile.TemporaryDirectory() as folder, open_sandbox(given.sandbox) as sandbox:
        bench = Bench(sandbox, Cifar(given.root, Path(folder)), given)
        bench.say_where()
        if "overhead" in given.only:
            bench.overhead([programs[int(n)] for n in given.programs.split(",")])
        if "verdicts" in given.only:
            bench.verdicts([p for p in programs.values() if p.accuracy is None][:FAILING])
        if "accuracy" in given.only:
            bench.accuracy([programs[int(n)] for n in given.accurate.split(",")])
        if "whole" in given.only:
            bench.whole(programs[given.whole])


class Bench:
    """The measurements, each printed as soon as it is there."""

    def __init__(self, sandbox: Sandbox, cifar: Cifar, given: argparse.Namespace) -> None:
        self.sandbox, self.cifar, self.given = sandbox, cifar, given
        self.limits = Limits(wall_seconds=3600)
        shape = cifar.data.info.shape
        config = SearchConfig(dataset="cifar10", precision=given.precision)
        precision = pick_precision(config, "cpu", shape)
        self.fast = replace(cifar.recipe(), precision=precision, memory_format="measured")

    def say_where(self) -> None:
        """Print what the figures depend on."""
        model = next(
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        )
        fp32 = self.fast.precision == "fp32"
        mode = "fp32 (this CPU has no bf16)" if fp32 else f"{self.fast.precision}"
        print(f"{model}, {usable_cpus()} threads; {self.sandbox.isolation}; fast mode: {mode}")

    def overhead(self, programs: list[Program]) -> None:
        """Bare arithmetic, ours, the fast mode, side by side for each program."""
        print(
            "\n| program | M macs | steps | bare s | ours s | ratio | first forward ms | fast s "
            "| speed-up | fast is |\n|---|---|---|---|---|---|---|---|---|---|"
        )
        ratios, firsts, gains = [], [], []
        for program in programs:
            n_train = BATCH * self.steps(program)
            workload = self.cifar.workload(n_train, N_TEST)
            bare, ours = [], []
            for _ in range(2):
                bare.append(self.bare(program, n_train))
                ours.append(self.run(program, workload, self.cifar.recipe()))
            fast = self.run(program, workload, self.fast)
            best = min(ours, key=lambda run: run.seconds["total"])
            least = min(sum_of(times) for times in bare)
            ratios.append(best.seconds["total"] / least)
            firsts += [1000 * (r.seconds["parse"] + r.seconds["build"]) for r in (*ours, fast)]
            gain = best.seconds["train"] / fast.seconds["train"]
            if best.claimed["macs"] > LARGE:
                gains.append(gain)
            layout = ", channels_last" if fast.claimed["channels_last"] else ""
            shown = f"| {fast.seconds['total']:.1f} | {gain:.2f} "
            shown += f"| {fast.claimed['precision']}{layout} |"
            print(
                f"| {program.number} | {best.claimed['macs'] / 1e6:.0f} | {bare[0]['steps']} "
                f"| {least:.1f} | {best.seconds['total']:.1f} | {ratios[-1]:.3f} "
                f"| {statistics.median(firsts[-3:]):.0f} {shown}",
                flush=True,
            )
        print(f"\nours against bare arithmetic, median   {statistics.median(ratios):.3f}")
        print(f"send to first forward, median          {statistics.median(firsts):.0f} ms")
        if gains:
            print(f"fast mode, programs above 200 M macs   {statistics.median(gains):.2f} x fp32")

    def steps(self, program: Program) -> int:
        """Return how many training steps take the seconds asked for."""
        few = self.bare(program, 6 * BATCH)
        return max(8, round(self.given.seconds / (few["train"] / few["steps"])))

    def bare(self, program: Program, n_train: int) -> dict[str, float]:
        """Return the seconds of the arithmetic alone, in a process of its own."""
        return self.plain("arithmetic", program, str(n_train), str(N_TEST))

    def plain(self, kind: str, program: Program, *rest: str) -> dict[str, float]:
        """Return what bare.py prints."""
        file = self.cifar.folder / f"{program.number}.py"
        file.write_text(program.code)
        first, second, *more = rest
        command = [sys.executable, str(BARE), kind, str(file), first, second, str(BATCH)]
        command += [str(usable_cpus()), *more]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def run(self, program: Program, workload: Workload, recipe: Recipe) -> Run:
        """Return our evaluation; its clock starts when the program is sent to a warm sandbox."""
        run = self.sandbox.run(Job(program.code, recipe), workload, self.limits)
        assert run.outcome == "ok", (program.number, run.message)
        return run

    def whole(self, program: Program) -> None:
        """Print the seconds of a whole evaluation, from starting its process, in turn."""
        workload = self.cifar.workload(50_000, 10_000)
        info = self.cifar.data.info
        arguments = [str(workload.train), str(workload.inputs["test"]), str(SEEDS[0])]
        arguments += [json.dumps(info.mean), json.dumps(info.std), str(WORKERS)]
        print("\n| program | tutorial's loop s | ours s | ratio | ours is |\n|---|---|---|---|---|")
        for _ in range(2):
            began = time.perf_counter()
            self.plain("reference", program, *arguments)
            theirs = time.perf_counter() - began
            began = time.perf_counter()
            run = self.run(program, workload, self.fast)
            ours = time.perf_counter() - began
            layout = ", channels_last" if run.claimed["channels_last"] else ""
            print(
                f"| {program.number} | {theirs:.1f} | {ours:.1f} | {ours / theirs:.3f} "
                f"| {run.claimed['precision']}{layout} |",
                flush=True,
            )

    def verdicts(self, programs: list[Program]) -> None:
        """Print how long failing programs take to fail."""
        workload = self.cifar.workload(1024, N_TEST)
        times = []
        print("\n| program | outcome | stage | ms |\n|---|---|---|---|")
        for program in programs:
            self.sandbox.prewarm(workload, self.limits)
            run = self.sandbox.run(Job(program.code, self.fast), workload, self.limits)
            times.append(1000 * run.seconds["total"])
            print(f"| {program.number} | {run.outcome} | {run.stage} | {times[-1]:.0f} |")
        print(
            f"\nverdict on {len(times)} failing programs, median   "
            f"{statistics.median(times):.0f} ms"
        )

    def accuracy(self, programs: list[Program]) -> None:
        """Print accuracies on all test images, ours beside a plain loop's."""
        workload = self.cifar.workload(self.given.train_samples, 10_000)
        info = self.cifar.data.info
        statistics_of = (json.dumps(info.mean), json.dumps(info.std))
        folders = (str(workload.train), str(workload.inputs["test"]))
        print(
            "\n| program | seeds | plain loop | ours | plain s | ours s |"
            "\n|---|---|---|---|---|---|"
        )
        for program in programs:
            plain, ours = [], []
            for seed in SEEDS:
                plain.append(self.plain("reference", program, *folders, str(seed), *statistics_of))
                ours.append(self.run(program, workload, self.cifar.recipe(seed)))
            scores = [
                [self.cifar.accuracy(np.array(p["classes"])) for p in plain],
                [self.cifar.accuracy(run.predictions["test"]) for run in ours],
            ]
            shown = [f"{np.mean(s):.4f} +- {np.std(s, ddof=1):.4f}" for s in scores]
            seconds = [
                statistics.median(p["seconds"] for p in plain),
                statistics.median(run.seconds["total"] for run in ours),
            ]
            print(
                f"| {program.number} | {', '.join(map(str, SEEDS))} | {' | '.join(shown)} "
                f"| {seconds[0]:.1f} | {seconds[1]:.1f} |",
                flush=True,
            )


def sum_of(times: dict[str, float]) -> float:
    """Return the seconds of training and scoring together."""
    return times["train"] + times["test"]


if __name__ == "__main__":
    main()
