"""Trust in a search's scores, as tables, text and Markdown."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from langgraph_nas.report.notes import isolation_note, paper_note
from langgraph_nas.report.tables import Row, markdown_table, share_text, table
from langgraph_nas.report.text import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

    from langgraph_nas.runs import Reliability

AGREEMENTS = ("rankings", ">networks", ">Pearson", ">Spearman", ">95 % interval", ">Kendall")
SPREADS = ("epochs", ">mean", ">between networks", ">between seeds", ">SNR", ">95 % interval")
PICKS = ("best of the search", ">its score", ">trained anew", ">regret", ">trainings")
"""Headings; those of columns of numbers begin with `>`."""


def reliability_sheet(found: "Reliability") -> Iterator["RenderableType | None"]:
    """Yield the tables and what is to be said about them."""
    for headings, rows in (
        (SPREADS, spread_rows(found)),
        (AGREEMENTS, agreement_rows(found)),
        (PICKS, pick_rows(found)),
    ):
        yield ""
        yield table(headings, rows)
    words = ["", regret_words(found), f"{found.verdict}.", *reliability_notes(found)]
    yield "\n".join(words)


def spread_rows(found: "Reliability") -> list[Row]:
    """Return a row for each number of epochs: what scores vary by."""
    both = zip(found.epochs, (found.proxy.short, found.proxy.long), strict=True)
    return [
        (
            str(epochs),
            share_text(spread.mean),
            _points(spread.between),
            _points(spread.within),
            _number(spread.signal_to_noise),
            _interval(spread.interval),
        )
        for epochs, spread in both
    ]


def agreement_rows(found: "Reliability") -> list[Row]:
    """Return a row for each pair of rankings: how well they agree, or could."""
    proxy, (short, long) = found.proxy, found.epochs
    n = proxy.one.networks
    limits = [
        (f"ceiling: one {short}-epoch training, the truth", proxy.to_truth),
        (f"expected: two {short}-epoch trainings", proxy.between_runs),
    ]
    rows = [
        (label, "", *(f"{value:.2f}" for value in (c.pearson, c.spearman)), "", f"{c.kendall:.2f}")
        for label, c in limits
    ]
    measured = [
        (f"measured: two {short}-epoch trainings", proxy.repeated),
        (f"measured: one {short}-epoch training, mean of {long}-epoch ones", proxy.one),
        (f"measured: the same, top decile at {long} epochs", proxy.top),
        (f"measured: mean of {short}-epoch trainings, mean of {long}-epoch ones", proxy.averaged),
    ]
    for label, one in measured:
        pearson, spearman, kendall = map(_number, one.agreement)
        interval = _interval(one.interval)
        rows.append((label, str(one.networks or n), pearson, spearman, interval, kendall))
    return rows


def pick_rows(found: "Reliability") -> list[Row]:
    """Return a row for each way to choose a search's best: what it claims, and what is in it."""
    picks = found.proxy.picks
    ways = (
        ("highest of single trainings", picks.once),
        ("each new best confirmed by another", picks.confirmed),
    )
    return [
        (
            label,
            share_text(one.claimed),
            share_text(None if math.isnan(one.anew) else one.anew),
            _points(one.regret),
            f"{one.trainings:.1f}",
        )
        for label, one in ways
    ]


def regret_words(found: "Reliability") -> str:
    """Return what taking the favourite of a short training costs, in one sentence."""
    regret, (short, long) = found.proxy.regret, found.epochs
    places = ", ".join(map(str, regret.places))
    return (
        f"regret: the favourites of the {len(regret.places)} {short}-epoch rankings have places "
        f"{places} of {len(found.networks)} at {long} epochs: {100 * regret.mean:.2f} points below "
        f"the best on average, {100 * regret.worst:.2f} at worst; a network taken at random: "
        f"{100 * regret.random:.2f}"
    )


def reliability_notes(found: "Reliability") -> list[str]:
    """Return what one must know to read the figures rightly."""
    notes = paper_note(found.split == "test"), isolation_note(found.isolation)
    told = [*found.warnings, *filter(None, notes)]
    return [f"beware: {one}" for one in told]


def reliability_markdown(found: "Reliability") -> str:
    """Return all that `reliability` found as Markdown."""
    about = (
        f"`{found.name}`: {len(found.networks)} of {counted(found.valid, 'distinct network')}, "
        f"{found.seeds} trainings each at {found.epochs[0]} and {found.epochs[1]} epochs, "
        f"accuracy on {found.split}."
    )
    words = [_sentence(found.verdict), *map(_sentence, reliability_notes(found))]
    parts = [
        about,
        markdown_table(SPREADS, spread_rows(found)),
        markdown_table(AGREEMENTS, agreement_rows(found)),
        markdown_table(PICKS, pick_rows(found)),
        _sentence(regret_words(found)),
        *words,
    ]
    return "\n\n".join(parts) + "\n"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _points(value: float) -> str:
    return f"{100 * value:.2f} points"


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return "∞" if math.isinf(value) else f"{value:.2f}"


def _interval(interval: Sequence[float]) -> str:
    low, high = interval
    return "-" if math.isnan(low) else f"{_number(low)} to {_number(high)}"
