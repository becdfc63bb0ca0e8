"""The plan of a search, in a few lines, before it begins."""

from langgraph_nas.cli.board import Event
from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import is_sandboxed
from langgraph_nas.methods import asks_llm
from langgraph_nas.report.notes import is_looked_up, isolation_note, paper_note, unused_note
from langgraph_nas.report.text import clean, counted, duration


def plan_text(event: Event, config: SearchConfig) -> str:
    """Return what the search will do.

    Args:
        event: The event `search_started`.
        config: The settings.
    """
    facts = {
        "data": f"{event['dataset']}, {'x'.join(map(str, event['shape']))}, "
        f"{len(event['classes'])} classes, {event['n_train']:,} images to train on",
        "score": f"accuracy on {event['n_scored']:,} images of {event['scored_split']}",
        **_evaluating(event, config),
        **_proposing(event, config),
        "ends": _ends(config),
        "database": event["database"],
    }
    lines = [f"search {event['name']}"]
    lines += [f"  {key:<10} {value}" for key, value in facts.items()]
    return clean("\n".join(lines + [f"  note: {note}" for note in notes(config, event)]))


def _evaluating(event: Event, config: SearchConfig) -> dict[str, str]:
    """Return what becomes of candidates."""
    if is_looked_up(event["isolation"]):
        return {"looked up": f"in {config.evaluator.partition(':')[2]}: nothing is trained"}
    return {
        "training": f"{counted(config.epochs, 'epoch')} each on {event['device']}, "
        f"at most {duration(config.time_limit)} and {config.memory_mb} MiB",
        "sandbox": event["isolation"],
    }


def _proposing(event: Event, config: SearchConfig) -> dict[str, str]:
    """Return where candidates come from."""
    usual = SearchConfig.model_fields["method"].default
    method = {} if config.method == usual else {"method": config.method}
    if not asks_llm(config.method):
        return {"method": f"{config.method}: networks are drawn, no LLM is asked"}
    return {
        **method,
        "generator": f"{event['generator']}, form {event['form']}",
        "improver": f"{event['improver']}, form {event['improver_form']}",
        "memory": f"the last {counted(config.memory, 'triple')}" if config.memory else "none",
    }


def notes(config: SearchConfig, event: Event) -> list[str]:
    """Return what one must know to read the scores rightly."""
    found = (
        paper_note(config.protocol == "paper"),
        isolation_note(event["isolation"]),
        unused_note(event.get("unused_prompts", [])),
    )
    return [note for note in found if note]


def _ends(config: SearchConfig) -> str:
    ends = [f"after {counted(config.iterations, 'iteration')}"]
    if config.target_accuracy is not None:
        ends.append(f"at accuracy {config.target_accuracy:g}")
    if config.time_budget is not None:
        ends.append(f"after {duration(config.time_budget)}")
    again = "train again" if is_sandboxed(config) else "are scored on test"
    last = f"; then the best {config.finalists} {again}" if config.finalists else ""
    return " or ".join(ends) + last
