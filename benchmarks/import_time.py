"""What `import langgraph_nas` costs, beside `import langgraph.graph`.

    python benchmarks/import_time.py [--rounds 15]

Each import has a fresh process, and the two take turns, so that both meet the same machine. Times
are those of the import statement alone; the interpreter's own start is not in them. Exit code 1 if
a heavy package is loaded, or if the ratio is above --most.

The public names are imported on first use, so the other lines tell what the first use costs: of
the search graph, which needs LangGraph itself, and of all names.
"""

import argparse
import json
import subprocess
import sys
from statistics import median

BASE, OURS = "import langgraph.graph", "import langgraph_nas"
STATEMENTS = (
    BASE,
    OURS,
    "from langgraph_nas import create_nas_graph",
    "from langgraph_nas import *",
)
HEAVY = ("torch", "torchvision", "docker", "xllamacpp", "sklearn")
PROGRAM = """
import sys, time
started = time.perf_counter()
{statement}
seconds = time.perf_counter() - started
loaded = [name for name in {heavy!r} if name in sys.modules]
import json
print(json.dumps([seconds, len(sys.modules), loaded]))
"""


def measure(statement: str) -> tuple[float, int, list[str]]:
    """Return the seconds of an import, the modules loaded after it, the heavy ones among them."""
    program = PROGRAM.format(statement=statement, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{statement} failed:\n{done.stderr}")
    seconds, modules, loaded = json.loads(done.stdout)
    return seconds, modules, loaded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--most", type=float, default=1.2, help="the highest ratio allowed")
    given = parser.parse_args()
    if given.rounds < 10:
        parser.error("fewer than 10 rounds tell nothing")
    for statement in STATEMENTS:  # byte code and the disk's cache are warm from here on
        measure(statement)
    rounds = [
        {statement: measure(statement) for statement in STATEMENTS} for _ in range(given.rounds)
    ]
    base = median(each[BASE][0] for each in rounds)
    heavy: set[str] = set()
    print(f"| statement | median of {given.rounds} (ms) | fastest (ms) | ratio | modules |")
    print("| --- | --- | --- | --- | --- |")
    for name in STATEMENTS:
        times = [each[name][0] for each in rounds]
        heavy.update(*(each[name][2] for each in rounds))
        print(
            f"| `{name}` | {median(times) * 1e3:.0f} | {min(times) * 1e3:.0f} "
            f"| {median(times) / base:.2f} | {rounds[0][name][1]} |"
        )
    print(f"heavy packages loaded: {', '.join(sorted(heavy)) or 'none'} (of {', '.join(HEAVY)})")
    ratio = median(each[OURS][0] for each in rounds) / base
    return int(bool(heavy) or ratio > given.most)


if __name__ == "__main__":
    sys.exit(main())
