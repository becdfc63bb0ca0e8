"""The four nodes for a search with several trials in flight (`--in-flight` above 1).

Each pass through the nodes does for all trials what it does for one otherwise: `generate` fills
the free places, `execute` hands the new candidates to the pool and returns with those that have
ended, `diagnose` advises on these, `update_memory` closes the triples whose children they are. A
trial that was closed is followed by another one, which takes its place and its advice. What is
proposed depends on the state alone, so only the order of completion is a matter of chance; the
archive has it.
"""

import threading
from collections.abc import Generator, Sequence
from functools import partial
from typing import Any

from langgraph_nas.evaluation.pool import Ended
from langgraph_nas.nodes.announcing import announce
from langgraph_nas.nodes.closing import close_trial, keep_best
from langgraph_nas.spaces import user_candidate
from langgraph_nas.state import Candidate, Flight, Phase, SearchState
from langgraph_nas.trials.confirm import confirmed
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.divergence import check_trial
from langgraph_nas.trials.ending import end_reason
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.lessons import lesson_outcome
from langgraph_nas.trials.prompt_values import closed_window
from langgraph_nas.trials.repair import repaired
from langgraph_nas.trials.steps import Collect, NodeSteps, Request, Together
from langgraph_nas.trials.trial import (
    Trying,
    compared,
    format_in_original,
    judged,
    known_outcome,
    record,
    recorded_trial,
)

AHEAD = 1
"""Candidates that are written while all places train."""


def propose(state: SearchState, context: SearchContext) -> NodeSteps:
    """Propose as many candidates as there is room for."""
    flights, begun = list(state.get("flights") or []), state.get("iteration", 0)
    ready, flying = _in(flights, "ready"), _in(flights, "flying")
    count = _count(state, len(flying), context)
    if count:
        context.evaluator.prewarm(min(count, context.config.in_flight))
    parents: list[Flight | None] = [*ready[:count], *[None] * (count - len(ready))]
    written = _InOrder(begun, parents, flying, state, context)
    series = [written.propose(number) for number in range(begun + 1, begun + count + 1)]
    if series:
        yield Together(series)
    new = written.flights
    return {
        "iteration": begun + count,
        "passes": state.get("passes", 0) + 1,
        "flights": [*ready[count:], *flying, *new],
        **({"candidate": new[-1]["candidate"]} if new else {}),
    }


def _count(state: SearchState, flying: int, context: SearchContext) -> int:
    """Return how many candidates to propose; in a replay, as many as the original did here.

    A start program goes alone, as the search ends where it fails.
    """
    begun, config = state.get("iteration", 0), context.config
    if context.original is not None:
        last = context.archive.begun(context.original, state.get("passes", 0) + 1)
        return max(0, min(last, config.iterations) - begun)
    if begun and end_reason(state) is not None:
        return 0
    room = 1 if not begun and config.start_program else config.in_flight + AHEAD - flying
    return max(0, min(room, config.iterations - begun))


def try_all(state: SearchState, context: SearchContext) -> NodeSteps:
    """Hand what is new to the pool, and take back what has ended, at least one."""
    flights = state["flights"]
    flying = _in(flights, "flying")
    if not flying:
        return {"flights": flights}
    for flight in flying:
        _hand_over(flight, flying, state, context)
    best = state.get("best")
    ended: dict[int, Flight] = {}
    wanted = _scheduled(state, flying, context)
    if context.original is not None and not wanted:  # the original closed no more
        return {"flights": [flight for flight in flights if flight not in flying]}
    for found in (yield Collect(wanted)):
        flight = next(one for one in flying if one["iteration"] == found.iteration)
        view: SearchState = {**view_of(state, flight), "best": best}
        trial = yield from _closing(found, view, context)
        context.archive.drop_flight(state["search"], found.iteration)
        ended[found.iteration] = {
            **flight,
            "phase": "ended",
            "candidate": trial.candidate,
            "evaluation": trial.evaluation,
        }
        announce(view, trial.evaluation, context.config.goals)
        best = keep_best(view_of(view, ended[found.iteration]))
    rest = [flight for flight in flights if flight["iteration"] not in ended]
    last = list(ended.values())[-1]
    return {
        "flights": [*rest, *ended.values()],
        "candidate": last["candidate"],
        "evaluation": last["evaluation"],  # type: ignore[typeddict-item]
    }


def advise(state: SearchState, context: SearchContext) -> NodeSteps:
    """Ask what to try after each trial that has ended."""
    flights = list(state["flights"])
    ended, memory, best = _in(flights, "ended"), list(state.get("memory") or []), state.get("best")
    series = []
    for flight in ended:
        view: SearchState = {**view_of(state, flight), "memory": memory, "best": best}
        series.append(context.method.advise(view, context))
        memory = closed_window(view, lesson_outcome(view, context), context.config.memory)
        best = keep_best(view)
    suggestions = (yield Together(series)) if series else []
    for flight, suggestion in zip(ended, suggestions, strict=True):
        emit("suggestion", **{"iteration": flight["iteration"], "gist": None, **suggestion})
        flights[flights.index(flight)] = {**flight, "suggestion": suggestion}
    last: SearchState = {"suggestion": suggestions[-1]} if suggestions else {}
    return {"flights": flights, **last}


def close_all(state: SearchState, context: SearchContext, seconds: float) -> SearchState:
    """Close the triple of each trial that has ended, in their order."""
    flights, now = list(state["flights"]), state
    ended = _in(flights, "ended")
    for flight in ended:
        update = close_trial(view_of(now, flight), context, seconds / len(ended))
        now = {**now, **update}
        place = flights.index(flight)
        flights[place] = {**flight, "phase": "ready", "pending": update["pending"]}
        flights[place]["move"] = update["move"]
    kept = ("memory", "best", "stagnation", "move", "pending")
    changed: SearchState = {key: now[key] for key in kept if key in now}  # type: ignore[assignment, literal-required]
    return {**changed, "flights": flights}


def view_of(state: SearchState, flight: Flight) -> SearchState:
    """Return the state as it is for one trial."""
    view: SearchState = {
        **state,
        "iteration": flight["iteration"],
        "candidate": flight["candidate"],
        "pending": flight["pending"],
        "move": flight["move"],
        "proposed_in": flight["proposed_in"],
    }
    if flight["evaluation"] is not None:
        view["evaluation"] = flight["evaluation"]
    if flight["suggestion"] is not None:
        view["suggestion"] = flight["suggestion"]
    return view


def _before(state: SearchState, parent: Flight | None, number: int) -> SearchState:
    """Return the state from which the trial after `number` is proposed."""
    kept = ("search", "settings", "memory", "best", "stagnation", "passes")
    view: SearchState = {key: state[key] for key in kept if key in state}  # type: ignore[assignment, literal-required]
    if parent is not None:
        view = view_of(view, parent)
    if parent is not None or number:
        view["iteration"] = number
    return view


class _InOrder:
    """Hands each candidate to the pool as soon as it, and all before it, are written."""

    def __init__(
        self,
        begun: int,
        parents: Sequence[Flight | None],
        flying: Sequence[Flight],
        state: SearchState,
        context: SearchContext,
    ) -> None:
        self.flights: list[Flight] = []
        self._parents = dict(enumerate(parents, start=begun + 1))
        self._next, self._flying = begun + 1, list(flying)
        self._state: SearchState = {**state, "passes": state.get("passes", 0) + 1}
        self._context = context
        self._written: dict[int, Candidate] = {}
        self._lock = threading.Lock()

    def propose(self, number: int) -> Generator[Request, Any, None]:
        """Propose the candidate of this trial, and hand it over in its turn."""
        view = _before(self._state, self._parents[number], number - 1)
        start = self._context.config.start_program
        if number == 1 and start is not None:
            candidate = user_candidate(start)
        else:
            candidate = yield from self._context.method.propose(view, self._context)
        with self._lock:
            self._written[number] = candidate
            while self._next in self._written:
                self._hand_over_next()

    def _hand_over_next(self) -> None:
        number = self._next
        flight = _flight(
            number, self._written[number], self._parents[number], self._state["passes"]
        )
        self.flights.append(flight)
        _hand_over(flight, [*self._flying, *self.flights], self._state, self._context)
        self._next += 1


def _flight(number: int, candidate: Candidate, parent: Flight | None, proposed_in: int) -> Flight:
    return Flight(
        iteration=number,
        phase="flying",
        candidate=candidate,
        evaluation=None,
        suggestion=None,
        pending=parent["pending"] if parent else None,
        move=parent["move"] if parent else None,
        proposed_in=proposed_in,
    )


def _hand_over(
    flight: Flight, flying: Sequence[Flight], state: SearchState, context: SearchContext
) -> None:
    """Hand a candidate to the pool if it is not there; one whose equal is, waits for that."""
    pool, number, candidate = context.pool, flight["iteration"], flight["candidate"]
    assert pool is not None
    if pool.holds(number):
        return None
    view = view_of(state, flight)
    recorded = recorded_trial(candidate, view, context)
    if recorded is not None:
        return pool.put(number, candidate, recorded.evaluation, is_known=True)
    code = candidate["code"] or ""
    context.archive.claim_flight(state["search"], number, flight["proposed_in"], code)
    kept = context.archive.kept_outcome(state["search"], number, code)
    if kept is not None:
        return pool.put(number, candidate, kept, is_known=False)
    network = candidate["program_hash"]
    earlier = [one["candidate"]["program_hash"] for one in flying if one["iteration"] < number]
    if network is not None and network in earlier:
        return None
    known = known_outcome(candidate, view, context)
    if known is not None:
        return pool.put(number, candidate, known, is_known=True)
    before = format_in_original(code, number, context)
    keep = partial(context.archive.keep_outcome, state["search"], number, code)
    return pool.submit(number, candidate, before, keep)


def _scheduled(
    state: SearchState, flying: Sequence[Flight], context: SearchContext
) -> tuple[int, ...]:
    """Return the trials that this pass must close, as it did before: in a replay, or when killed.

    Nothing: those that have ended.
    """
    numbers = {flight["iteration"] for flight in flying}
    search = context.original or state["search"]
    before = context.archive.closed_in(search, state["passes"])
    return tuple(number for number in before if number in numbers)


def _closing(found: Ended, view: SearchState, context: SearchContext) -> Trying:
    """Record what became of a trial; have it repaired and confirmed."""
    candidate = view["candidate"]
    check_trial(view, None, context)
    trial = recorded_trial(candidate, view, context)
    if trial is None:
        evaluation = found.evaluation
        if not found.is_known:
            evaluation = compared(evaluation, candidate, view, context)
        trial = record(judged(candidate, evaluation, context), view, context)
    trial = yield from repaired(trial, view, context)
    return (yield from confirmed(trial, view, context))


def _in(flights: Sequence[Flight], phase: Phase) -> list[Flight]:
    return [flight for flight in flights if flight["phase"] == phase]
