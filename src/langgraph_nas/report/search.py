"""A search or a trial as tables and text, as `show` prints them."""

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from langgraph_nas.config import SECTIONS, SearchConfig
from langgraph_nas.objectives import ACCURACY, rank
from langgraph_nas.report.front import front_table
from langgraph_nas.report.notes import isolation_note, paper_note
from langgraph_nas.report.tables import table, what_of
from langgraph_nas.report.text import clean, counted, duration, one_line, score

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text


def search_sheet(
    found: dict[str, Any], name_of: Callable[[str], str] = str
) -> Iterator["RenderableType"]:
    """Yield the parts of a search.

    Args:
        found: As `record.record` returns it.
        name_of: How a setting is written, e.g. as an option; default: its own name.
    """
    search, counts = found["search"], found["counts"]
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in counts["outcomes"].items())
    why = f" ({one_line(search['stopped'])})" if search["stopped"] else ""
    yield _title(f"{search['name']}: {search['status']}{why}")
    yield (
        f"{counted(counts['iterations'], 'iteration')} in {duration(search['seconds'])}, "
        f"{counts['valid']} valid, {counts['distinct_valid']} of them distinct"
        + _written_twice(counts)
        + (f": {outcomes}" if outcomes else "")
    )
    yield from _notes(search)
    yield from _section(
        "Settings that are not the defaults", _settings(search["settings"], name_of)
    )
    yield from _section("Facts", _facts(search["facts"]))
    yield from _section("Trials (*: the best)", _trials(found["trials"]))
    if "front" in found:
        goals = SearchConfig.model_validate(search["settings"]).goals
        names = ", ".join(goal.name for goal in goals)
        yield from _section(f"On the front of {names}", front_table(found["front"], goals))
    yield from _section("Diagnostic triples", _triples(found["triples"]))
    yield from _section("LLM calls", _calls(found["calls"]))
    yield from _section("Finalists, trained again with a new seed", _finalists(found["finalists"]))
    yield from _section("Trained after the search", _trainings(found["trainings"]))


def trial_sheet(found: dict[str, Any]) -> Iterator["RenderableType"]:
    """Yield the parts of one trial (see `record.record`)."""
    trial = found["trial"]
    yield _title(f"{found['search']}, iteration {trial['iteration']}: {trial['outcome']}")
    facts = {
        "accuracy": f"{score(trial['accuracy'])} on {trial['split']}" if trial["split"] else None,
        "scores": ", ".join(map(score, trial["scores"][1:] and trial["scores"])),
        "stage": trial["stage"],
        "message": one_line(trial["message"]),
        "line": f"{trial['line_number']}: {trial['line']}" if trial["line"] else None,
        "module": trial["module"],
        "same as": trial["same_as"],
        "almost the same as": _near(trial),
        "repaired after": ", ".join(repair["outcome"] for repair in trial["repairs"]),
        "computes the same as": ", ".join(map(str, found["same_graph"])),
        "taken from": trial["reused_from"],
        "precision": trial["precision"],
        "claimed by the sandbox": _claimed(trial),
        "form": f"{trial['form']}, written by: {trial['source']}",
        "sandbox": trial["isolation"],
        "seconds": ", ".join(f"{k} {v:.2f}" for k, v in trial["seconds"].items()),
        "spec": "; ".join(trial["spec"] or []),
    }
    yield _pairs({key: str(value) for key, value in facts.items() if value not in (None, "")})
    yield from _text_section("Shapes seen", "\n".join(trial["shapes"]))
    yield from _text_section("Program", trial["program"] or "(the reply held none)")
    for call in found["calls"]:
        who = f"{call['role']} ({call['model']}, call {call['number']}, {call['source']})"
        yield from _text_section(f"Prompt to the {who}", call["prompt"])
        reply = call["reply"] or call["error"] or ""
        yield from _text_section(f"Reply of the {who}{_ended(call)}", reply)
    if found["triple"] is not None:
        yield from _section("Diagnostic triple", _triples([found["triple"]]))


def _ended(call: dict[str, Any]) -> str:
    facts = (
        f"cut: {call['cut']}" if call["cut"] else "",
        f"temperature {call['temperature']:g}" if call["temperature"] is not None else "",
        f"after {call['thought']:,} characters of thoughts" if call["thought"] else "",
        f"without the schema: {one_line(call['schema_refused'])}" if call["schema_refused"] else "",
    )
    return "".join(f", {fact}" for fact in facts if fact)


def _near(trial: dict[str, Any]) -> str | None:
    if trial["near"] is None or trial["similarity"] == 1:
        return None
    return f"{trial['near']} ({trial['similarity']:.0%} of the text)"


def _claimed(trial: dict[str, Any]) -> str:
    """Return what is known of a network from inside its sandbox only."""
    claims = {"parameters": trial["parameters"], **trial["measures"]}
    return ", ".join(f"{name} {value:,}" for name, value in claims.items() if value is not None)


def _notes(search: dict[str, Any]) -> Iterator[str]:
    paper = paper_note(search["settings"].get("protocol") == "paper")
    isolation = isolation_note(str(search["facts"].get("isolation", "")))
    of_data = search["facts"].get("data_notes", [])
    yield from (f"note: {clean(note)}" for note in (paper, isolation, *of_data) if note)


def _settings(settings: dict[str, Any], name_of: Callable[[str], str]) -> "Table | None":
    changed = {
        name_of(field): _short(settings[field])
        for section in SECTIONS.values()
        for field in section.model_fields
        if field in settings and _differs(field, settings)
    }
    return _pairs(changed) if changed else None


def _differs(field: str, settings: dict[str, Any]) -> bool:
    value, info = settings[field], SearchConfig.model_fields[field]
    plain = {"protocol": settings.get("protocol", "validation")}
    decided = SearchConfig.model_validate(plain).learning._asdict()
    default = decided.get(field, info.get_default(call_default_factory=True))
    return value not in (None, {}) and value != default


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    lines = str(value).removesuffix("\n").split("\n")
    return lines[0] if len(lines) == 1 else f"{counted(len(lines), 'line')} of text"


def _facts(facts: dict[str, Any]) -> "Table | None":
    shown = {key: value for key, value in facts.items() if key != "data_notes"}  # see `_notes`
    return _pairs({key.replace("_", " "): _plain(value) for key, value in shown.items()})


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')}: {_plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _trials(trials: Sequence[dict[str, Any]]) -> "Table | None":
    best = ("ok", ACCURACY.of(ranked[0]) if (ranked := rank(trials)) else None)
    rows = [
        (
            f"{trial['iteration']}{'*' if (trial['outcome'], trial['accuracy']) == best else ''}",
            trial["outcome"],
            score(trial["accuracy"]),
            f"{trial['seconds_total'] or 0:.1f} s",
            "" if trial["parameters"] is None else f"{trial['parameters']:,}",
            what_of(trial),
        )
        for trial in trials
    ]
    return table(("#", "outcome", ">accuracy", ">time", ">parameters", "what"), rows)


def _written_twice(counts: dict[str, Any]) -> str:
    more = counts["distinct_valid"] - counts["distinct_graphs"]
    return f" ({more} of these compute the same as another)" if more else ""


def _triples(triples: Sequence[dict[str, Any]]) -> "Table | None":
    rows = [
        (
            str(t["iteration"]),
            t["problem"],
            t["suggestion"],
            t["outcome"] or "(pending)",
            t["move"] or "",
        )
        for t in triples
    ]
    headings = ("#", "problem", "suggestion", "outcome", "widened by")
    shown = len(headings) - (not any(t["move"] for t in triples))
    return table(headings[:shown], [row[:shown] for row in rows])


def _calls(calls: dict[str, dict[str, Any]]) -> "Table | None":
    rows = [
        (
            role,
            ", ".join(figures["models"]),
            str(figures["calls"]),
            f"{figures['prompt_tokens']:,}",
            f"{figures['reply_tokens']:,}",
            duration(figures["seconds"]),
            str(figures["trimmed"]),
            f"{100 * (figures['fallback_share'] or 0):.0f} %",
        )
        for role, figures in calls.items()
        if figures["calls"]
    ]
    headings = ("role", "model", ">calls", ">tokens in", ">out", ">time", ">trimmed", ">fallback")
    return table(headings, rows)


def _finalists(finalists: Sequence[dict[str, Any]]) -> "Table | None":
    rows = [
        (
            str(row["rank"]),
            str(row["iteration"]),
            ", ".join(f"{split} {score(value)}" for split, value in row["accuracies"].items()),
            str(row["seed"]),
            "" if row["parameters"] is None else f"{row['parameters']:,}",
        )
        for row in finalists
    ]
    return table(("rank", "iteration", "accuracy", "seed", ">parameters"), rows)


def _trainings(trainings: Sequence[dict[str, Any]]) -> "Table | None":
    """Return a row for each network and number of epochs: means over seeds."""
    groups: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in trainings:
        groups.setdefault((row["iteration"], row["epochs"]), []).append(row)
    rows = [
        (
            str(iteration or "ResNet-9"),
            str(epochs),
            f"{sum(row['outcome'] == 'ok' for row in group)}/{len(group)}",
            _means(group),
            duration(sum(row["seconds"] for row in group)),
        )
        for (iteration, epochs), group in groups.items()
    ]
    return table(("iteration", ">epochs", ">ok", "mean accuracy", ">time"), rows)


def _means(trainings: Sequence[dict[str, Any]]) -> str:
    scores: dict[str, list[float]] = {}
    for row in trainings:
        for split, accuracy in row["accuracies"].items():
            scores.setdefault(split, []).append(accuracy)
    return ", ".join(f"{split} {score(fmean(found))}" for split, found in scores.items())


def _section(title: str, body: "RenderableType | None") -> Iterator["RenderableType"]:
    if body is not None:
        yield ""
        yield _title(title)
        yield body


def _text_section(title: str, body: str) -> Iterator["RenderableType"]:
    from rich.text import Text

    if body:
        yield from _section(title, Text(clean(body)))


def _title(text: str) -> "Text":
    from rich.text import Text

    return Text(clean(text), style="bold")


def _pairs(values: dict[str, str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for key, value in values.items():
        grid.add_row(Text(f"  {key}", no_wrap=True), Text(clean(value), overflow="fold"))
    return grid
