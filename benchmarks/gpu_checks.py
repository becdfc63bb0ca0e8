"""The GPU checks, one function each; `Row.passed` is what is held to be right."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from statistics import fmean, median

from gpu_bench import Bench, Row, equal_tensors

from langgraph_nas.evaluation.precision import FAST_CPU_FLAGS, cpu_flags
from langgraph_nas.sandbox.base import MemoryFormat, Precision, Run

MOST_OVERHEAD = 2.0
"""Of a whole evaluation against the bare steps, where these take some seconds."""
WORTH_COMPARING = 5.0
"""Seconds of bare steps from which the ratio says something of a search."""
SPREAD = 0.05
"""Most difference between the mean accuracies of two arithmetics."""
LEFT_MB = 200
"""Device memory that may differ once a candidate is dead; a context takes more."""
HANG_SECONDS, HANG_SECONDS_QUICK = 20, 6

SMALL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3072, 10)

    def forward(self, x):
        {first}
        return self.fc(x.flatten(1))
"""


def check_overhead(bench: Bench) -> Iterator[Row]:
    """Bare steps and scoring pass of each program against our evaluation of it, in fp32."""
    ratios = []
    for number, code in bench.programs.items():
        bare = bench.bare("arithmetic", code, bench.n_train, bench.n_test)
        bench.warm()
        run = bench.run(code)
        least, ours = bare["train"] + bare["test"], run.seconds.get("total", 0.0)
        ratio = ours / least
        ratios.append(ratio)
        said = f"bare {least:.2f} s, ours {ours:.2f} s: {ratio:.2f}; {stages(run)}"
        fair = bench.quick or least < WORTH_COMPARING or ratio < MOST_OVERHEAD
        yield Row(
            f"overhead of program {number}",
            run.outcome == "ok" and fair,
            said if run.outcome == "ok" else failure_of(run),
            {"bare": bare, "ours": dict(run.seconds), "ratio": ratio},
        )
    yield Row("overhead, median", None, f"{median(ratios):.2f}", {"ratio": median(ratios)})


def check_arithmetics(bench: Bench) -> Iterator[Row]:
    """fp32, bf16 and channels_last side by side: seconds of training alone, accuracy by seed."""
    has_bf16 = bench.is_cuda or cpu_flags() & FAST_CPU_FLAGS  # emulated, it takes minutes
    precisions: list[Precision] = ["fp32", "bf16"] if has_bf16 else ["fp32"]
    formats: list[MemoryFormat] = ["contiguous", "channels_last"]
    kinds = list(product(precisions, formats))
    for number, code in bench.programs.items():
        means: dict[str, float] = {}
        for precision, memory in kinds:
            recipes = [
                bench.recipe(seed, precision=precision, memory_format=memory)
                for seed in bench.seeds
            ]
            bench.warm()
            first = bench.run(code, recipes[0])  # alone, for its time
            others = bench.run_all([(code, recipe) for recipe in recipes[1:]], 2)
            runs = [first, *others]
            scores = [bench.accuracy(run) for run in runs]
            means[f"{precision} {memory}"] = fmean(scores)
            bad = [run for run in runs if run.outcome != "ok"]
            taken = f"{first.claimed.get('precision')}"
            taken += ", channels_last" if first.claimed.get("channels_last") else ""
            yield Row(
                f"program {number}, {precision}, {memory}",
                not bad,
                failure_of(bad[0])
                if bad
                else f"{first.seconds['train']:.2f} s, accuracy "
                f"{', '.join(f'{s:.3f}' for s in scores)}; trained in {taken}; "
                f"{first.claimed.get('peak_memory_mb')} MiB at most",
                {"seconds": dict(first.seconds), "accuracies": scores, **claims(first)},
            )
        spread = max(means.values()) - min(means.values())
        fair = bench.quick or spread < SPREAD
        yield Row(f"program {number}, spread of means", fair, f"{spread:.3f}", {"means": means})


def check_memory(bench: Bench) -> Iterator[Row]:
    """A program over its limit runs out of memory, and the next one is fine."""
    code = next(iter(bench.programs.values()))
    fine = bench.run(code)
    peak, step = (fine.claimed.get(name, 0) for name in ("peak_memory_mb", "step_memory_mb"))
    yield Row(
        "peak memory is measured",
        fine.outcome == "ok" and peak > 0,
        f"{peak} MiB of the {'device' if bench.is_cuda else 'process'}, a step {step} MiB",
        claims(fine),
    )
    limit = 2048 if bench.is_cuda else 3072
    names = ("device_memory_mb",) if bench.is_cuda else ("memory_mb",)
    tight = replace(bench.limits, **dict.fromkeys(names, limit))
    greedy = SMALL.format(
        first=f"self.kept = torch.ones({2 * limit} << 18, device=x.device) if len(x) > 2 else 0"
    )
    over = bench.run(greedy, limits=tight)
    yield Row(
        f"{2 * limit} MiB where {limit} are allowed",
        over.outcome == "out_of_memory",
        f"{over.outcome}: {over.message[:120]}",
    )
    after = bench.run(code, limits=tight)
    yield Row("the next one under that limit", after.outcome == "ok", summary(bench, after))


def check_hang(bench: Bench) -> Iterator[Row]:
    """A candidate that hangs in a kernel is killed in time, and its memory is free again."""
    bench.sandbox.prewarm(bench.workload(), bench.limits, 0)
    before = bench.used_mb()
    limit = HANG_SECONDS_QUICK if bench.quick else HANG_SECONDS
    hang = "torch.cuda._sleep(1 << 45)" if bench.is_cuda else "__import__('re').match(*HANG)"
    code = "HANG = ('(a+)+$', 'a' * 99 + 'b')\n"
    code += SMALL.format(first=f"len(x) > 2 and ({hang}, torch.ones(1 << 28, device=x.device))")
    began = time.monotonic()
    run = bench.run(code, limits=replace(bench.limits, wall_seconds=limit))
    took = time.monotonic() - began
    yield Row(
        "a hang in a kernel",
        run.outcome == "timeout" and run.seconds["total"] < limit + 5,
        f"{run.outcome} at {run.stage} after {run.seconds.get('total', 0):.1f} s "
        f"({took:.1f} s with the start)",
    )
    if bench.is_cuda:
        left = settled_memory(bench, before) - before
        yield Row("its memory is free again", left < LEFT_MB, f"{left:+.0f} MiB against before")
    after = bench.run(next(iter(bench.programs.values())))
    yield Row("the next one after it", after.outcome == "ok", summary(bench, after))


def settled_memory(bench: Bench, before: float) -> float:
    """Return the device memory in use, once the driver has taken back what a dead process had."""
    for _ in range(50):
        if bench.used_mb() < before + LEFT_MB:
            break
        time.sleep(0.2)
    return bench.used_mb()


def check_latency(bench: Bench) -> Iterator[Row]:
    """Our latency of one image against CUDA's own events (on a CPU: a plain clock)."""
    for number, code in list(bench.programs.items())[:3]:
        theirs = bench.bare("latency", code, 0, 0)["latency_ms"]
        ours = bench.run(code).claimed.get("latency_ms", 0.0)
        fair = bench.quick or theirs / 1.5 - 0.2 < ours < 1.5 * theirs + 0.2
        said = f"ours {ours:.3f} ms, events {theirs:.3f} ms"
        yield Row(f"latency of program {number}", fair, said, {"ours": ours, "events": theirs})


def check_parallel(bench: Bench) -> Iterator[Row]:
    """Two evaluations in flight on one device, against one after the other."""
    code = next(iter(bench.programs.values()))
    jobs = [(code, bench.recipe(seed)) for seed in (43, 44)]
    alone = [bench.run(*job) for job in jobs]
    one_by_one = sum(run.seconds.get("total", 0.0) for run in alone)
    bench.warm(2)
    began = time.monotonic()
    both = bench.run_all(jobs, 2)
    together = time.monotonic() - began
    differences = [
        abs(bench.accuracy(one) - bench.accuracy(other))
        for one, other in zip(alone, both, strict=True)
    ]
    bad = [run for run in (*alone, *both) if run.outcome != "ok"]
    yield Row(
        "two at a time",
        not bad and max(differences) < SPREAD,
        failure_of(bad[0])
        if bad
        else f"{together:.1f} s, one by one {one_by_one:.1f} s; accuracies differ by "
        f"{', '.join(f'{d:.4f}' for d in differences)}",
        {"together": together, "one_by_one": one_by_one, "differences": differences},
    )


def check_determinism(bench: Bench) -> Iterator[Row]:
    """Two equal runs: to the last bit on a CPU; on a GPU it is said how equal they are."""
    for number, code in list(bench.programs.items())[:3]:
        recipe = bench.recipe()
        one, other = (bench.run(code, recipe, send_weights=True) for _ in "12")
        if bad := [run for run in (one, other) if run.outcome != "ok"]:
            yield Row(f"program {number} twice", False, failure_of(bad[0]))
            continue
        equal = list(equal_tensors(one, other))
        same = float((one.predictions["test"] == other.predictions["test"]).mean())
        difference = abs(bench.accuracy(one) - bench.accuracy(other))
        yield Row(
            f"program {number} twice",
            all(equal) if not bench.is_cuda else difference < SPREAD,
            f"{sum(equal)} of {len(equal)} tensors equal, {same:.2%} of predictions, accuracies "
            f"differ by {difference:.4f}",
            {"tensors": len(equal), "equal": sum(equal), "predictions": same},
        )


def claims(run: Run) -> dict[str, object]:
    """Return what a run says of itself."""
    return {"claimed": dict(run.claimed)}


def stages(run: Run) -> str:
    """Return the seconds of each stage."""
    return " ".join(f"{k} {v:.2f}" for k, v in run.seconds.items() if k != "total")


def failure_of(run: Run) -> str:
    return f"{run.outcome} at {run.stage}: {run.message[:160]} {run.stderr_tail[-160:]}"


def summary(bench: Bench, run: Run) -> str:
    if run.outcome != "ok":
        return failure_of(run)
    return f"accuracy {bench.accuracy(run):.3f} after {run.seconds['total']:.1f} s"
