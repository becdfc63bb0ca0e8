"""Statistics of searches: what each setting that helps them to learn did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from langgraph_nas.archive import Archive
from langgraph_nas.archive.rows import CallRow, TrialRow, TripleRow
from langgraph_nas.objectives import ACCURACY
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.trials.asking import CALLS_PER_ITERATION, FIRST_REPAIR
from langgraph_nas.trials.lessons import PAPER_CHARACTERS, is_repeated

_IMPROVER = CALLS_PER_ITERATION // 2

RECENT = 5
"""Rounds in which a suggestion may be repeated: the same for all arms, whatever their memory."""


@dataclass(frozen=True)
class Course:
    """What happened in one search, or in several together; all are counts."""

    searches: int
    rounds: int
    suggestions: int
    """Rounds in which the improver replied, and could be read."""
    repeated: int
    """Suggestions that repeat one of the five rounds before."""
    cut: int
    """Those of them whose triple breaks off in the middle of a sentence."""
    asked_again: int
    """Replies that were asked for once more."""
    unread: int
    """Rounds in which what a role replied in the end could not be used."""
    repaired: int
    """Rounds whose failing program the generator was asked to mend."""
    mended: int
    """Those of them whose network could be trained in the end."""
    failing: int
    """The longest rows of failures of the searches, added up."""
    widened: int
    """Rounds that were widened."""
    gained: int
    """Those of them that found a new best."""
    confirmed: int
    """New bests that were trained again."""
    overturned: int
    """Those of them that were none after that."""

    def __add__(self, other: "Course") -> "Course":
        return Course(*(getattr(self, name) + getattr(other, name) for name in _FIELDS))


_FIELDS = tuple(Course.__dataclass_fields__)


def read_search_statistics(name: str, archive: Archive) -> Course:
    """Return how a search went."""
    trials, calls = archive.trials(name), archive.calls(name)
    triples = {triple["iteration"]: triple for triple in archive.triples(name)}
    last = {call["iteration"]: call for call in calls if call["role"] == "improver"}
    lost = {n for n, call in last.items() if call["source"] == "fallback"}
    asked = (last.keys() - lost) & triples.keys()
    bests = list(_new_bests(trials))
    widened = {n + 1 for n, triple in triples.items() if triple["move"]}
    tried = [trial for trial in trials if trial["iteration"] in widened]
    repaired = [trial for trial in trials if trial["repairs"]]
    again = [trial for trial, _ in bests if len(trial["scores"]) + _failed(trial) > 1]
    return Course(
        searches=1,
        rounds=len(trials),
        suggestions=len(asked),
        repeated=sum(_repeats(n, triples, asked) for n in asked),
        cut=sum(_breaks_off(triples[n]) for n in asked),
        asked_again=sum(_is_again(call) for call in calls),
        unread=len(lost | {trial["iteration"] for trial in trials if _is_unread(trial)}),
        repaired=len(repaired),
        mended=sum(not _failed(trial) for trial in repaired),
        failing=max((len(row) for row in _failures(trials)), default=0),
        widened=len(tried),
        gained=sum(any(trial is best and held for best, held in bests) for trial in tried),
        confirmed=len(again),
        overturned=sum(any(trial is best and not held for best, held in bests) for trial in again),
    )


def _new_bests(trials: Sequence[TrialRow]) -> Iterator[tuple[TrialRow, bool]]:
    """Yield the trials whose first score beat the best, and whether all their scores do."""
    best: float | None = 0.0
    for trial in trials:
        first = trial["scores"][0] if trial["scores"] else trial["accuracy"]
        if not ACCURACY.beats(first, best) or OUTCOMES[trial["outcome"]].is_repeat:
            continue
        accuracy = ACCURACY.of(trial)
        held = ACCURACY.beats(accuracy, best)
        yield trial, held
        best = accuracy if held else best


def _failed(trial: TrialRow) -> bool:
    return trial["outcome"] != "ok"


def _repeats(iteration: int, triples: dict[int, TripleRow], asked: set[int]) -> bool:
    """Tell whether a suggestion repeats one of the rounds just before."""
    told = triples[iteration]["suggestion"]
    before = (n for n in range(max(1, iteration - RECENT), iteration) if n in asked)
    return any(is_repeated(told, triples[n]["suggestion"]) for n in before)


def _breaks_off(triple: TripleRow) -> bool:
    texts = triple["problem"], triple["suggestion"]
    return any(len(text) == PAPER_CHARACTERS or text.endswith(" ...") for text in texts)


def _is_again(call: CallRow) -> bool:
    attempt = call["number"] % CALLS_PER_ITERATION
    return attempt < FIRST_REPAIR and attempt not in (0, _IMPROVER)


def _is_unread(trial: TrialRow) -> bool:
    return not OUTCOMES[trial["outcome"]].is_read


def _failures(trials: Sequence[TrialRow]) -> Iterator[list[TrialRow]]:
    """Yield each row of failures; repeats are among them, rejected by a user is neither."""
    counted = (trial for trial in trials if trial["outcome"] != "rejected")
    for failed, row in groupby(counted, key=_failed):
        if failed:
            yield list(row)
