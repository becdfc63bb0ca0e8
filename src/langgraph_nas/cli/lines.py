"""Events of a search as lines that stay."""

from langgraph_nas.cli.board import Event, row
from langgraph_nas.cli.terminal import duration, score

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
    if event["event"] == "estimate":
        return (
            f"  about {duration(event['seconds_per_iteration'])} an iteration: "
            f"{duration(event['seconds_left'])} to go, {event['disk_mb']:.1f} MB on disk in all"
        )
    if event["event"] == "finalist":
        again = f"{scored_split} {score(event['validation_accuracy'])}"
        test = f", test {score(event['test_accuracy'])}" if scored_split != "test" else ""
        return f"  finalist {event['rank']} (iteration {event['iteration']}): {again}{test}"
    if event["event"] == "confirmed" and len(event["scores"]) > 1:
        told = " and ".join(score(one) for one in event["scores"])
        return f"  trained with another seed to confirm it: {told}"
    if event["event"] == "repaired":
        return f"  mended, try {event['attempt']}: {event['before']} -> {event['outcome']}"
    if event["event"] == "widened":
        return f"  {event['why']}: next round {_MOVES[event['move']]}"
    if event["event"] == "not_unloaded":
        return f"  the {event['role']} keeps its GPU memory: {event['problem']}"
    if event["event"] == "prompt_sent" and event.get("trimmed"):
        cut = ", ".join(event["trimmed"])
        return f"  prompt of the {event['role']} cut to fit --prompt-tokens: {cut}"
    return None
