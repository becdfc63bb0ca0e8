"""What a search is about to do, in a few lines, before it does it."""

from langgraph_nas.cli.board import Event
from langgraph_nas.cli.terminal import clean, counted, duration
from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import is_sandboxed
from langgraph_nas.methods import asks_llm


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


def is_looked_up(isolation: str) -> bool:
    """Tell whether candidates of a search are not run at all."""
    return isolation == "table"


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


def paper_note(steered_by_test: bool) -> str | None:
    """Return what to say of scores by which a search was steered on the test set."""
    if not steered_by_test:
        return None
    return (
        "all scores are on the test set, which steers the search too (--protocol paper), so the "
        "best one is too good to be true"
    )


def unused_note(names: list[str]) -> str | None:
    """Return what to say of the user's own templates that serve another search than this one."""
    if not names:
        return None
    told = f"the prompt {names[0]} is" if len(names) == 1 else f"the prompts {', '.join(names)} are"
    return f"{told} never sent in this search; docs/prompts.md says which form and role each serves"


def isolation_note(isolation: str) -> str | None:
    """Return what to say of a sandbox that is weaker than it should be."""
    if isolation.startswith("none") or "unsafe" in isolation:
        return "candidates run WITHOUT isolation, with all your rights (unsafe-subprocess)"
    if "soft-limits" in isolation:
        return (
            "soft-limits: isolated, but a watchdog rather than the kernel bounds memory, as "
            "there is no writable cgroup here"
        )
    if "no-seccomp" in isolation:
        why = "the engine has no filter" if "docker" in isolation else "libseccomp is missing"
        return f"no-seccomp: isolated, but all system calls can be made, as {why}"
    if "no-swap-limit" in isolation:
        return "no-swap-limit: isolated, but the engine bounds memory without what is swapped out"
    return None


def _ends(config: SearchConfig) -> str:
    ends = [f"after {counted(config.iterations, 'iteration')}"]
    if config.target_accuracy is not None:
        ends.append(f"at accuracy {config.target_accuracy:g}")
    if config.time_budget is not None:
        ends.append(f"after {duration(config.time_budget)}")
    again = "train again" if is_sandboxed(config) else "are scored on test"
    last = f"; then the best {config.finalists} {again}" if config.finalists else ""
    return " or ".join(ends) + last
