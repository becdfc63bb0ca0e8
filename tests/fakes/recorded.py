"""A search whose replies are recorded, so that it can be killed and gone on with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.sandbox import FakeSandbox, program
from fakes.settings import PLAIN
from langgraph_nas import Archive, SearchConfig, resume, search

# A failure, a duplicate and a reply without a program are among them.
_OUTCOMES: list[Any] = [0.3, "forward_error", 0.5, 0.5, None, 0.6]
_WIDTHS = [1, 2, 3, 3, 4, 5]
ITERATIONS = len(_OUTCOMES)


# With all that a search may learn by: a repair, a reply asked for again, advice that repeats.
_LEARNT: list[Any] = [0.25, "forward_error", 0.5, 0.5, None, 0.75, 0.25, 0.25, "build_error", 0.5]
_LEARNT_WIDTHS = [1, 2, 3, 3, 4, 5, 6, 7, 8, 9]
LEARNING: dict[str, Any] = {"repairs": 1, "widen_after": 1, "widen_after_failures": 2}


def recorded_config(folder: Path, *, learning: bool = False, in_flight: int = 1) -> SearchConfig:
    """Write recorded replies for both roles and return the settings of a search with them."""
    outcomes = (_LEARNT, _LEARNT_WIDTHS) if learning else (_OUTCOMES, _WIDTHS)
    texts = [
        "I would rather not." if outcome is None else f"```python\n{program(outcome, width)}```"
        for outcome, width in zip(*outcomes, strict=True)
    ]
    advice = [
        json.dumps({"problem": f"p{n}", "inspiration": f"i{n}", "modification": f"m{n}"})
        for n in ([0, 0] if learning else [0]) + list(range(1, ITERATIONS + 2))
    ]
    models = {}
    for role, replies in (("generator", texts), ("improver", advice)):
        file = folder / f"{role}.jsonl"
        file.write_text("".join(json.dumps({"reply": text}) + "\n" for text in replies))
        models[role] = f"replay:{file}"
    learnt = LEARNING if learning else PLAIN
    return SearchConfig(
        **learnt,
        iterations=ITERATIONS,
        finalists=2,
        keep_checkpoints=4,
        in_flight=in_flight,
        **models,
    )


def going_on(config: SearchConfig, database: Path, sandbox: FakeSandbox) -> Callable[[], Any]:
    """Return what starts the search `s`, or goes on with it if it has begun."""
    database.parent.mkdir(exist_ok=True)

    def start() -> Any:
        if database.exists() and begun(database):
            return resume("s", database=database, sandbox=sandbox)
        return search(config, name="s", database=database, sandbox=sandbox)

    return start


def begun(database: Path) -> bool:
    """Tell whether the search is recorded."""
    with Archive.open(database) as archive:
        return "s" in archive.names()
