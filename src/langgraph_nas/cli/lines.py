"""Events of a search as lines that stay."""

from collections.abc import Callable, Mapping

from langgraph_nas.cli.board import Event, no_answer, row
from langgraph_nas.cli.tally import ended_line, planned_line
from langgraph_nas.report.text import duration, one_line, score

_MOVES = {
    "explore": "asks for another structure",
    "elite": "starts from another good network",
    "temperature": "is sampled at a higher temperature",
}


def plain_row(event: Event, iterations: int) -> str:
    """Return an outcome as one line, e.g. `  3/14  ok   0.912  best 0.955@2  4.1 s`."""
    number, outcome, accuracy, best, seconds, what = row(event, iterations)
    line = f"  {number}  {outcome:<13} {accuracy:>6}  best {best:<8}  {seconds:>8}  {what}"
    return line.rstrip()


def lasting_line(event: Event, scored_split: str) -> str | None:
    """Return the line to keep of an event that is no outcome; None if there is none."""
    tell = _LASTING.get(event["event"])
    return None if tell is None else tell(event, scored_split)


def _estimate(event: Event, split: str) -> str | None:
    if event["seconds_left"] <= 0:
        return None
    return (
        f"  about {duration(event['seconds_per_iteration'])} an iteration: "
        f"{duration(event['seconds_left'])} to go, {event['disk_mb']:.1f} MB on disk in all"
    )


def _finalist(event: Event, split: str) -> str:
    again = f"{split} {score(event['validation_accuracy'])}"
    test = f", test {score(event['test_accuracy'])}" if split != "test" else ""
    return f"  finalist {event['rank']} (iteration {event['iteration']}): {again}{test}"


def _confirmed(event: Event, split: str) -> str | None:
    if len(event["scores"]) < 2:
        return None
    told = " and ".join(score(one) for one in event["scores"])
    return f"  trained with another seed to confirm it: {told}"


def _repaired(event: Event, split: str) -> str:
    return f"  mended, try {event['attempt']}: {event['before']} -> {event['outcome']}"


def _widened(event: Event, split: str) -> str:
    return f"  {event['why']}: next round {_MOVES[event['move']]}"


def _not_unloaded(event: Event, split: str) -> str:
    return f"  the {event['role']} keeps its GPU memory: {event['problem']}"


def _prompt_sent(event: Event, split: str) -> str | None:
    cut = ", ".join(event.get("trimmed") or ())
    return f"  prompt of the {event['role']} cut to fit --prompt-tokens: {cut}" if cut else None


def _no_answer(event: Event, split: str) -> str:
    return f"  {no_answer(event)}"


def _schema_refused(event: Event, split: str) -> str:
    why = one_line(event["why"])
    return f"  the {event['role']}'s server takes no such schema ({why}): asked without it"


def _reply(event: Event, split: str) -> str | None:
    problem = event.get("problem")
    return f"  {event['role']}: {problem}" if problem else None


_LASTING: Mapping[str, Callable[[Event, str], str | None]] = {
    "estimate": _estimate,
    "finalist": _finalist,
    "confirmed": _confirmed,
    "repaired": _repaired,
    "widened": _widened,
    "not_unloaded": _not_unloaded,
    "prompt_sent": _prompt_sent,
    "no_answer": _no_answer,
    "schema_refused": _schema_refused,
    "reply": _reply,
    "trainings_planned": lambda event, split: planned_line(event),
    "training_ended": ended_line,
}
"""Event -> what to keep of it, given the split that is scored."""
