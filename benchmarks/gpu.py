"""Prove the GPU path where a GPU is: one table, one JSON, PASS or what failed (`make gpu-check`).

    python benchmarks/gpu.py CIFAR TRANSCRIPTS.jsonl [--only overhead,memory] [--json gpu.json]
        [--device cpu --quick]

CIFAR is one batch of the official CIFAR-10 (`data_batch_1`: its last fifth is the test part), or
a folder with all of `cifar-10-batches-py`. TRANSCRIPTS holds a program a line (`code`). No network
and no Docker are needed: torch, this repository and what it requires. Candidates run in bubblewrap
where that works, else in an unsafe subprocess, which the table says. With `--device cpu --quick`
the same checks run in minutes without a GPU, those of CUDA's own clocks and memory in a plain form.
"""

import argparse
import contextlib
import datetime
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from gpu_bench import Bench, Row, gpu_processes
from gpu_checks import (
    check_arithmetics,
    check_determinism,
    check_hang,
    check_latency,
    check_memory,
    check_overhead,
    check_parallel,
)
from gpu_share import check_share

from langgraph_nas.sandbox import open_sandbox
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox
from langgraph_nas.sandbox.machine import usable_cpus
from langgraph_nas.sandbox.warm import CellSandbox

USUAL, QUICK = "9,13,27,37,38,54", "3,17"
"""Programs of the transcripts; the quick ones are small."""
PARTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "overhead": check_overhead,
    "arithmetics": check_arithmetics,
    "memory": check_memory,
    "hang": check_hang,
    "latency": check_latency,
    "parallel": check_parallel,
    "share": check_share,
    "determinism": check_determinism,
}
"""In the order in which they run."""


def main() -> None:
    given = arguments()
    if given.device == "cuda" and not torch.cuda.is_available():
        sys.exit(
            "no NVIDIA GPU that this torch can use: run it where one is, or try the script itself "
            "by --device cpu --quick"
        )
    wanted = [part for part in PARTS if given.only is None or part in given.only.split(",")]
    if not wanted or set(given.only.split(",") if given.only else ()) - set(PARTS):
        sys.exit(f"--only takes some of {', '.join(PARTS)}, with commas between")
    where = facts(given)
    print("\n".join(f"{name:<12} {value}" for name, value in where.items()), flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, candidates_place(given, rows) as sandbox:
        bench = Bench(sandbox, given, Path(folder))
        for part in wanted:
            began = time.monotonic()
            for row in attempt(part, bench):
                rows.append(row)
                print(f"{verdict(row):<6} {row.check:<34} {row.said}", flush=True)
            print(f"       ({part}: {time.monotonic() - began:.0f} s)", flush=True)
    print(f"\n{table(rows)}")
    failed = [row.check for row in rows if row.passed is False]
    if given.json:
        result = {
            "where": where,
            "passed": not failed,
            "rows": [
                {"check": r.check, "passed": r.passed, "said": r.said, **r.figures} for r in rows
            ],
        }
        given.json.write_text(json.dumps(result, indent=1))
    print(f"\nFAILED: {', '.join(failed)}" if failed else "\nPASS")
    sys.exit(int(bool(failed)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cifar", type=Path, help="data_batch_1, or a folder with all batches")
    parser.add_argument("transcripts", type=Path, help="programs, a line of JSON each")
    parser.add_argument("--programs", help=f"their lines, from 1; default: {USUAL}")
    parser.add_argument("--only", help=f"some of {','.join(PARTS)}")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--quick", action="store_true", help="few images, two programs, one seed")
    parser.add_argument("--sandbox", default="auto", help="bubblewrap or unsafe-subprocess")
    parser.add_argument("--json", type=Path, help="write all figures here")
    given = parser.parse_args()
    given.programs = given.programs or (QUICK if given.quick else USUAL)
    return given


def attempt(part: str, bench: Bench) -> Iterator[Row]:
    """Yield the rows of a part; one that breaks off has failed, and the others go on."""
    try:
        yield from PARTS[part](bench)
    except Exception as error:  # whatever is wrong with this machine is what was to be found out
        yield Row(part, False, f"broke off: {type(error).__name__}: {error}"[:300])


@contextlib.contextmanager
def candidates_place(given: argparse.Namespace, rows: list[Row]) -> Iterator[CellSandbox]:
    """Yield the best sandbox that works here without Docker, and say which that is."""
    kind, reason = given.sandbox, None
    if kind == "auto":
        reason = BubblewrapSandbox.probe()
        kind = "bubblewrap" if reason is None else "unsafe-subprocess"
    with open_sandbox(kind, cuda=given.device == "cuda") as sandbox:
        said = sandbox.isolation + (f" (no bubblewrap: {reason})" if reason else "")
        rows.append(Row("sandbox", None if reason else True, f"{sandbox.name}: {said}"))
        print(f"{verdict(rows[-1]):<6} {'sandbox':<34} {rows[-1].said}", flush=True)
        yield sandbox


def facts(given: argparse.Namespace) -> dict[str, Any]:
    """Return what the figures depend on."""
    where = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "CPUs": usable_cpus(),
        "device": given.device,
    }
    if given.device == "cuda":
        card = torch.cuda.get_device_properties(0)
        where["card"] = f"{card.name}, {card.total_memory >> 20:,} MiB, sm_{card.major}{card.minor}"
        where["cuda, cudnn"] = f"{torch.version.cuda}, {torch.backends.cudnn.version()}"
        where["others on it"] = gpu_processes()
    return where


def verdict(row: Row) -> str:
    return {True: "ok", False: "FAILED", None: "note"}[row.passed]


def table(rows: list[Row]) -> str:
    """Return all rows in Markdown."""
    lines = ["| check | | what came out |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {r.check} | {verdict(r)} | {r.said} |" for r in rows)])


if __name__ == "__main__":
    main()
