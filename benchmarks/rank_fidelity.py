"""Does the fast arithmetic rank networks as fp32 does? Kendall's tau over recorded programs.

    NAS_TEST_DATA=DIR python benchmarks/rank_fidelity.py CIFAR_ROOT [--programs 20]
        [--train-samples 4000] [--test-samples 2000] [--precision bf16] [--parallel 2]
        [--sandbox bubblewrap] [--out FILE.json]

Each program is trained three times for one epoch: in fp32 with seed 43, in fp32 with seed 44, and
in the fast mode (the precision asked for, channels_last where the program can) with seed 43, and
scored on the same test images. The fast mode is good enough if its tau against fp32 is no
lower than that between two seeds of fp32. The programs are the cheapest of those that were logged
as scored, no two of which are the same network.
"""

import argparse
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from material import Cifar, Program, recorded_programs
from scipy.stats import kendalltau

from langgraph_nas.programs import program_hash
from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.base import Budgets, Job, Limits, Recipe, Run, Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--programs", type=int, default=20)
    parser.add_argument("--train-samples", type=int, default=4000)
    parser.add_argument("--test-samples", type=int, default=2000)
    parser.add_argument("--precision", default="bf16", choices=("fp32", "bf16", "fp16"))
    parser.add_argument("--parallel", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--out", type=Path, help="write all accuracies here, as JSON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_sandbox(given.sandbox) as sandbox:
        bench = Bench(sandbox, Cifar(given.root, Path(folder)), given)
        programs = bench.cheapest(recorded_programs(), given.programs)
        rows = bench.train(programs)
    report(rows, given.precision)
    if given.out:
        given.out.write_text(json.dumps(rows, indent=1))


class Bench:
    """Trains programs in several sandboxes at a time, each with its share of the CPUs."""

    def __init__(self, sandbox: Sandbox, cifar: Cifar, given: argparse.Namespace) -> None:
        self.sandbox, self.cifar, self.parallel = sandbox, cifar, given.parallel
        self.workload = cifar.workload(given.train_samples, given.test_samples)
        cpus = max(1, (os.cpu_count() or 1) // given.parallel)
        self.limits = Limits(wall_seconds=3600, cpus=cpus)
        plain = cifar.recipe(43)
        fast = replace(plain, precision=given.precision, memory_format="channels_last")
        self.modes = {"fp32": plain, "fp32 seed 44": cifar.recipe(44), "fast": fast}

    def cheapest(self, programs: list[Program], wanted: int) -> list[Program]:
        """Return the different programs with the fewest multiply-adds of those that scored."""
        different = {program_hash(p.code): p for p in programs if p.accuracy is not None}
        with ThreadPoolExecutor(self.parallel) as pool:
            costs = list(pool.map(self.macs, different.values()))
        ranked = sorted(zip(costs, different.values(), strict=True), key=lambda pair: pair[0])
        return [program for _, program in ranked[:wanted]]

    def macs(self, program: Program) -> int:
        """Return the multiply-adds of one image; a budget of 0 stops it once they are counted."""
        job = Job(program.code, self.cifar.recipe(), budgets=Budgets(macs=0))
        return int(self.sandbox.run(job, self.workload, self.limits).claimed["macs"])

    def train(self, programs: list[Program]) -> list[dict[str, object]]:
        """Return one row for each program: accuracy and precision by mode."""
        jobs = [(p, mode, recipe) for p in programs for mode, recipe in self.modes.items()]
        with ThreadPoolExecutor(self.parallel) as pool:
            runs = list(pool.map(lambda job: self.run(*job), jobs))
        rows: dict[int, dict[str, object]] = {}
        for (program, mode, _), run in zip(jobs, runs, strict=True):
            row = rows.setdefault(program.number, {"program": program.number})
            row[mode] = self.cifar.accuracy(run.predictions["test"])
            row[f"{mode} seconds"] = run.seconds["train"]
            row[f"{mode} precision"] = run.claimed["precision"]
        return list(rows.values())

    def run(self, program: Program, mode: str, recipe: Recipe) -> Run:
        """Train one program."""
        run = self.sandbox.run(Job(program.code, recipe), self.workload, self.limits)
        assert run.outcome == "ok", (program.number, mode, run.message)
        accuracy = self.cifar.accuracy(run.predictions["test"])
        print(f"program {program.number:>2}  {mode:<12}  {accuracy:.4f}", flush=True)
        return run


def report(rows: list[dict[str, object]], precision: str) -> None:
    """Print the table and both taus."""
    print(f"\n| program | fp32 | fp32, other seed | fast ({precision}) | trained in |")
    print("|---|---|---|---|---|")
    for row in rows:
        scores = " | ".join(f"{row[mode]:.4f}" for mode in ("fp32", "fp32 seed 44", "fast"))
        print(f"| {row['program']} | {scores} | {row['fast precision']} |")
    plain, seed, fast = ([row[m] for row in rows] for m in ("fp32", "fp32 seed 44", "fast"))
    between_seeds, with_fast = kendalltau(plain, seed)[0], kendalltau(plain, fast)[0]
    print(f"\nKendall's tau over {len(rows)} programs")
    print(f"  fp32 against fp32 with another seed  {between_seeds:.3f}")
    print(f"  fp32 against the fast mode           {with_fast:.3f}")


if __name__ == "__main__":
    main()
