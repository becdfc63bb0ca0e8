"""Rows of the archive as plain values, JSON columns decoded."""

from typing import Any, TypedDict

from langgraph_nas.outcomes import Outcome
from langgraph_nas.state import Form, Move, Repair, Source, Stage


class SearchRow(TypedDict):
    """One search: what it was started with, what it found out, how it ended."""

    name: str
    created: float
    """Unix time."""
    updated: float
    status: str
    """E.g. `running`, `done`, `stopped`."""
    stopped: str | None
    """Why it ended, e.g. `iterations`, `interrupted`; None while it runs."""
    seconds: float
    settings: dict[str, Any]
    """The frozen `SearchConfig`."""
    facts: dict[str, Any]
    """What was found out at the start: resolved models, sandbox, data set sizes, versions."""


class SearchSummary(TypedDict):
    """One line of `list`."""

    name: str
    created: float
    updated: float
    status: str
    stopped: str | None
    seconds: float
    dataset: str | None
    iterations: int
    valid: int
    distinct_valid: int
    best_accuracy: float | None
    best_iteration: int | None
    test_accuracy: float | None


class TrialRow(TypedDict):
    """One candidate and what became of it (see `state.Candidate` and `state.Evaluation`)."""

    search: str
    iteration: int
    program: str | None
    program_hash: str | None
    spec: list[str] | None
    form: Form
    source: Source
    problem: str | None
    outcome: Outcome
    stage: Stage
    accuracy: float | None
    scores: list[float]
    split: str | None
    message: str
    line: str | None
    line_number: int | None
    module: str | None
    shapes: list[str]
    same_as: int | None
    near: int | None
    similarity: float | None
    repairs: list[Repair]
    parameters: int | None
    precision: str | None
    graph_hash: str | None
    measures: dict[str, float]
    seconds: dict[str, float]
    seconds_total: float | None
    isolation: str
    conditions: dict[str, Any] | None
    reused_from: str | None
    prompt_tokens: int | None
    reply_tokens: int | None
    parent: int | None
    """The trial whose lesson it followed."""
    proposed_in: int | None
    """The pass through the nodes in which it was proposed."""
    closed: int | None
    """Its place in the order in which trials were closed, from 1."""
    closed_in: int | None
    """The pass through the nodes in which it was."""
    created: float


class TripleRow(TypedDict):
    """A diagnostic triple; `outcome` is None while it is pending."""

    search: str
    iteration: int
    problem: str
    suggestion: str
    outcome: str | None
    move: Move | None
    """How the following iteration was widened."""
    why: str | None
    """Why it was."""
    created: float


class CallRow(TypedDict):
    """One LLM call."""

    search: str
    number: int
    iteration: int
    role: str
    """`generator` or `improver`."""
    position: int
    """Calls of this role in the search before it."""
    model: str
    prompt: str
    reply: str | None
    source: Source
    """`fallback` where the reply could not be used and something else took its place."""
    prompt_tokens: int | None
    reply_tokens: int | None
    seconds: float | None
    load_seconds: float | None
    """The part of `seconds` in which a server loaded the model; None if it does not say."""
    seed: int | None
    temperature: float | None
    """Where it was not that of the settings."""
    cut: str | None
    """Why the reply ended before its end: `limit`, `repeated`, `unfinished`, `time` or `long`."""
    thought: int | None
    """Characters of thoughts that came apart from the reply; None: an older version recorded it."""
    schema_refused: str | None
    """What the server said to the schema that it was then asked without."""
    trimmed: list[str]
    """Parts of the prompt that were cut to fit the budget."""
    error: str | None
    created: float


class FinalistRow(TypedDict):
    """One of the best networks, trained again at the end of a search."""

    search: str
    rank: int
    iteration: int
    seed: int
    accuracies: dict[str, float]
    """Split name -> accuracy in 0..1."""
    parameters: int | None
    """Of the second training, as claimed by its own sandbox."""
    measures: dict[str, float]
    seconds: float
    created: float


class TrainingRow(TypedDict):
    """A network trained again after the search, for its own or more epochs."""

    search: str
    iteration: int
    """The trial; 0: no trial but the reference network, a hand-written ResNet-9."""
    epochs: int
    seed: int
    program_hash: str
    outcome: Outcome
    message: str
    accuracies: dict[str, float]
    """Split name -> accuracy in 0..1; what has not been scored (yet) is not in it."""
    unscored: bytes | None
    """Class ids that it gave to the images of test, uint16 [M], little-endian; None: not asked."""
    parameters: int | None
    measures: dict[str, float]
    seconds: float
    time_limit: float
    isolation: str
    created: float


class Counts(TypedDict):
    """How many trials a search has, and of what kind."""

    iterations: int
    valid: int
    """Trials with outcome `ok`."""
    distinct_valid: int
    """Different networks among them."""
    distinct_graphs: int
    """Of these, networks that compute something else, where that could be traced."""
    outcomes: dict[str, int]
    """Outcome -> trials, most frequent first."""
