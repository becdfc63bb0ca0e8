"""compare_searches(): where two searches had other prompts, programs or outcomes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from langgraph_nas.archive import Archive, CallRow, SearchRow, TrialRow, TripleRow
from langgraph_nas.objectives import ACCURACY
from langgraph_nas.trials.asking import CALLS_PER_ITERATION

SHOWN_CHARACTERS = 60
NOTHING = "nothing"


@dataclass(frozen=True)
class Difference:
    """One thing in which two searches differ."""

    iteration: int | None
    """None: it concerns the search as a whole."""
    what: str
    """E.g. `accuracy`, or `prompt of the improver, line 12`."""
    first: str
    """How it is in the first search, shortened."""
    second: str


@dataclass(frozen=True)
class Comparison:
    """Two searches, iteration by iteration."""

    first: str
    second: str
    prompts: int
    """Prompts that both have."""
    outcomes: int
    """Trials that both have."""
    triples: int
    """Closed triples that both have."""
    best: float | None
    """Best accuracy of the first search, in the iterations that both have."""
    differences: tuple[Difference, ...]
    """In the order in which they arose: the later ones mostly follow from the first."""
    notes: tuple[str, ...]
    """What else is not the same, which may be the reason for the differences."""
    left_out: tuple[str, ...] = ()
    """Trials that were not compared, in words: those of an iteration that is not finished."""

    @property
    def same(self) -> bool:
        """Whether every trial of both was compared, and there is no difference."""
        return not self.differences and not self.left_out


def compare_searches(archive: Archive, first: str, second: str) -> Comparison:
    """Compare the prompts, replies, programs, outcomes, accuracies, triples and bests.

    Compared are the iterations that both searches have finished, whatever their settings say;
    that one has finished more is a difference. Accuracies must be equal to the last digit. Models,
    times and finalists are not compared.

    Args:
        archive: Where both are recorded.
        first: A search.
        second: Another one, e.g. its replay.

    Raises:
        UsageError: One of them is not there.
    """
    return _Comparing(archive, archive.search(first), archive.search(second)).result()


class _Comparing:
    """The state of a comparison: what was counted so far."""

    def __init__(self, archive: Archive, first: SearchRow, second: SearchRow) -> None:
        self._archive, self._rows = archive, (first, second)
        self._names = (first["name"], second["name"])
        self._triples = [
            {triple["iteration"]: triple for triple in archive.triples(name)}
            for name in self._names
        ]
        self._finished = [len(triples) for triples in self._triples]
        self._both = self._triples[0].keys() & self._triples[1].keys()
        """Iterations that both have finished; of several in flight, not the first ones alone."""
        self._prompts = self._outcomes = self._closed = 0
        self._best: list[TrialRow | None] = [None, None]
        self._conditions: list[dict[str, Any]] = [{}, {}]

    def result(self) -> Comparison:
        differences = list(self._differences())
        best = self._best[0]
        return Comparison(
            *self._names,
            prompts=self._prompts,
            outcomes=self._outcomes,
            triples=self._closed,
            best=best["accuracy"] if best else None,
            differences=tuple(differences),
            notes=tuple(self._notes()) if differences else (),
            left_out=tuple(self._left_out()),
        )

    def _differences(self) -> Iterator[Difference]:
        # One may have begun another iteration, and have stopped for what is different in it.
        for iteration in range(1, max(self._both, default=0) + 2):
            yield from self._compare_calls(iteration, "generator")
            yield from self._compare_trials(iteration)
            yield from self._compare_calls(iteration, "improver")
            if iteration in self._both:
                yield from self._compare_triples(iteration)
        yield from _unequal(None, "iterations finished", *map(str, self._finished))
        yield from _unequal(None, "best", *map(_best_text, self._best))

    def _compare_calls(self, iteration: int, role: str) -> Iterator[Difference]:
        calls = [
            {c["number"]: c for c in self._archive.calls(name, iteration) if c["role"] == role}
            for name in self._names
        ]
        for number in sorted(calls[0].keys() | calls[1].keys()):
            who = _who(role, number)
            first, second = (found.get(number) for found in calls)
            if first is not None and second is not None:
                self._prompts += 1
                yield from _other_text(
                    iteration, f"prompt {who}", first["prompt"], second["prompt"]
                )
                replies = (first["reply"] or "", second["reply"] or "")
                yield from _other_text(iteration, f"reply {who}", *replies)
            elif iteration in self._both:
                told = ("not made" if call is None else "made" for call in (first, second))
                yield Difference(iteration, f"call {who}", *told)

    def _compare_trials(self, iteration: int) -> Iterator[Difference]:
        first, second = (self._archive.find_trial(name, iteration) for name in self._names)
        if first is None or second is None:
            return
        self._outcomes += 1
        yield from _unequal(iteration, "network", _network(first), _network(second))
        yield from _unequal(iteration, "outcome", first["outcome"], second["outcome"])
        yield from _other_number(iteration, "accuracy", first["accuracy"], second["accuracy"])
        if iteration in self._both:
            self._best = [_better(b, t) for b, t in zip(self._best, (first, second), strict=True)]
        self._conditions = [
            before or dict(trial["conditions"] or {})
            for before, trial in zip(self._conditions, (first, second), strict=True)
        ]

    def _compare_triples(self, iteration: int) -> Iterator[Difference]:
        """Compare the triple of an iteration, and the outcome with which it closed the last."""
        for field in ("problem", "suggestion"):
            texts = [_text(triples[iteration], field) for triples in self._triples]
            yield from _other_text(iteration, f"{field} in the triple", *texts)
        if iteration - 1 in self._both:
            self._closed += 1
            texts = [_text(triples[iteration - 1], "outcome") for triples in self._triples]
            yield from _other_text(iteration, "outcome in the triple before", *texts)

    def _left_out(self) -> Iterator[str]:
        for name, finished in zip(self._names, self._finished, strict=True):
            unfinished = self._archive.counts(name)["iterations"] - max(self._outcomes, finished)
            if unfinished > 0:
                yield f"trial {finished + 1} of {name}, whose iteration is not finished"

    def _notes(self) -> Iterator[str]:
        facts = [
            {key: row["facts"].get(key) for key in ("isolation", "device")} | conditions
            for row, conditions in zip(self._rows, self._conditions, strict=True)
        ]
        for key in sorted(facts[0].keys() & facts[1].keys()):
            ones = [_short(str(found[key])) for found in facts]
            if facts[0][key] != facts[1][key]:
                yield f"{key}: {ones[0]} in {self._names[0]}, {ones[1]} in {self._names[1]}"
        for row in self._rows:
            if "roles" not in row["facts"]:
                yield (
                    f"{row['name']} was started by a version that did not record how long its "
                    "prompts might be: where they had to be trimmed, a replay goes by estimates"
                )


def _who(role: str, number: int) -> str:
    """Return whose call it is, and which try if it is not the first."""
    tries = number % (CALLS_PER_ITERATION // 2)
    return f"of the {role}" + (f", try {tries + 1}" if tries else "")


def _network(trial: TrialRow) -> str:
    if trial["program_hash"] is not None:
        return trial["program_hash"][:12]
    return NOTHING if trial["program"] is None else _short(trial["program"])


def _better(best: TrialRow | None, trial: TrialRow) -> TrialRow | None:
    before = ACCURACY.of(best) if best else None
    return trial if ACCURACY.beats(ACCURACY.of(trial), before) else best


def _best_text(best: TrialRow | None) -> str:
    return NOTHING if best is None else f"{best['accuracy']!r} at iteration {best['iteration']}"


def _text(row: CallRow | TripleRow, field: str) -> str:
    return str(row[field] or "")  # type: ignore[literal-required]


def _unequal(iteration: int | None, what: str, first: str, second: str) -> Iterator[Difference]:
    if first != second:
        yield Difference(iteration, what, first, second)


def _other_number(
    iteration: int, what: str, first: float | None, second: float | None
) -> Iterator[Difference]:
    if first == second:
        return
    texts = [NOTHING if value is None else f"{value:.4f}" for value in (first, second)]
    if texts[0] == texts[1]:  # they differ further behind
        texts = [repr(first), repr(second)]
    yield Difference(iteration, what, *texts)


def _other_text(iteration: int, what: str, first: str, second: str) -> Iterator[Difference]:
    """Yield the first line in which two texts differ, from where it differs."""
    if first == second:
        return
    lines = zip_longest(first.split("\n"), second.split("\n"))
    number, (one, other) = next((n, pair) for n, pair in enumerate(lines, 1) if pair[0] != pair[1])
    place = f"{what}, line {number}" if number > 1 or "\n" in first else what
    yield Difference(iteration, place, *_shown(one, other))


def _shown(one: str | None, other: str | None) -> tuple[str, str]:
    """Return two lines, cut so that what is different in them is seen."""
    if one is None or other is None:
        return tuple("no such line" if line is None else _short(line) for line in (one, other))  # type: ignore[return-value]
    pairs = enumerate(zip_longest(one, other))
    start = max(0, next(n for n, pair in pairs if pair[0] != pair[1]) - SHOWN_CHARACTERS // 2)
    mark = "..." if start else ""
    return f"{mark}{_short(one[start:])}", f"{mark}{_short(other[start:])}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."
