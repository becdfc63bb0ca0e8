"""Kill searches again and again, and count what was lost or done twice.

    python benchmarks/durability.py --kills 1000 [--seed 43] [--in-flight 4]

Searches of six iterations with recorded replies and a fake sandbox run in processes that are
killed with SIGKILL, half of them at a named point (before, within or after a recording, a reply,
a training, a checkpoint), half of them at a random moment; each is gone on with until it ends.
What the archive then holds is compared with a search that was never killed; with several trials
in flight, which end in another order each time, each trial must be there once and close the
triple of its own parent.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import FakeSandbox  # noqa: E402
from fakes.flights import faults_of  # noqa: E402
from fakes.kills import IN_FLIGHT, POINTS, repeated, run_child, run_killed, run_killed_after  # noqa: E402
from fakes.recorded import ITERATIONS, going_on, recorded_config  # noqa: E402
from fakes.story import story  # noqa: E402

from langgraph_nas.datasets import prepare  # noqa: E402

LONGEST = 0.4
"""Seconds after which a random kill comes at the latest."""
PER_SEARCH = 10
"""Kills of one search, at most; it then runs to its end."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=43)
    parser.add_argument("--in-flight", type=int, default=1)
    given = parser.parse_args()
    points = IN_FLIGHT if given.in_flight > 1 else POINTS
    sandbox = FakeSandbox(labels=prepare("digits").labels)
    rng, counted = random.Random(given.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = recorded_config(folder, in_flight=given.in_flight)
        run_child(going_on(config, folder / "whole" / "s.db", sandbox), folder / "whole.log")
        whole = story(folder / "whole" / "s.db")
        while counted["kills"] < given.kills:
            counted["searches"] += 1
            own = folder / str(counted["searches"])
            log = folder / f"{counted['searches']}.log"
            start = going_on(config, own / "s.db", sandbox)
            for _ in range(min(PER_SEARCH, given.kills - counted["kills"])):
                if rng.random() < 0.5:
                    killed = run_killed(
                        start,
                        log,
                        rng.choice(points),
                        rng.randint(1, 4),
                    )
                else:
                    killed = run_killed_after(start, log, rng.uniform(0.01, LONGEST))
                counted["kills"] += killed
                if not killed:  # it had ended
                    break
            run_child(start, log)
            if given.in_flight == 1:
                counted += compare(whole, story(own / "s.db"))
            else:
                counted["wrong"] += len(faults_of(own / "s.db", ITERATIONS))
            counted += repeated(log)
    report(counted)


def compare(whole: dict[str, Any], killed: dict[str, Any]) -> Counter[str]:
    """Return how many rows are missing, too many, or another than they should be."""
    found: Counter[str] = Counter()
    for table in ("trials", "triples", "calls", "finalists"):
        missing = len(whole[table]) - len(killed[table])
        found["lost"] += max(missing, 0)
        found["doubled"] += max(-missing, 0)
        pairs = zip(whole[table], killed[table], strict=False)
        found["different"] += sum(ours != theirs for ours, theirs in pairs)
    found["different"] += whole["best"] != killed["best"] or whole["search"] != killed["search"]
    return found


def report(counted: Counter[str]) -> None:
    """Print the counts."""
    print(
        f"{counted['kills']} kills of {counted['searches']} searches, all gone on with to the end"
    )
    for name, what in (
        ("lost", "trials, triples, calls, finalists lost"),
        ("doubled", "of these doubled"),
        ("different", "of these, or best networks, other than in the search never killed"),
        ("wrong", "trials, triples and their links that are not as they must be, in flight"),
        ("trained", "finished evaluations done again"),
        ("asked", "finished calls repeated"),
    ):
        print(f"  {counted[name]:>4}  {what}")


if __name__ == "__main__":
    main()
