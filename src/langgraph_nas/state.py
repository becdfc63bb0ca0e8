"""State of the search graph: plain values only, so that it round-trips in any checkpointer.

Every value is a str, int, float, bool, None, list or dict. Collaborators (chat models, sandbox,
archive) travel in the runtime context instead (see `trials.context`).
"""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from langgraph_nas.outcomes import Outcome

Stage = Literal[
    "reply", "parse", "structure", "build", "forward", "preflight", "train", "predict", "score"
]
"""How far a candidate came; a failure names the stage it happened in.

`build` and `forward` need neither data nor a GPU; `preflight` is one batch on the device that
trains: precision, memory, seconds.
"""

RoleName = Literal["generator", "improver"]
"""The roles that LLMs have: one writes networks, the other advises."""

Form = Literal["code", "spec", "edit"]
"""How a generator proposes: a free program, blocks compiled to one, or edits of the best one."""

Source = Literal["llm", "fallback", "user", "sampler"]
"""Who wrote a candidate or suggestion; `fallback` where an unusable reply was replaced, `sampler`
where no LLM was asked."""

Move = Literal["explore", "elite", "temperature"]
"""How a round is widened: a new structure asked for, another good network shown in place of the
best, or a higher sampling temperature."""


MEASURES: Mapping[str, str] = {
    "macs": "multiply-adds of one image's forward pass",
    "step_memory_mb": "MiB for one training step: weights, gradients, momentum, activations",
    "peak_memory_mb": "MiB at the most: of the device on a GPU, else of the whole process",
    "latency_ms": "ms for one image in eval mode, median",
    "batch_latency_ms": "ms for one batch of the scoring pass, median",
    "channels_last": "1 if it was trained in the channels_last memory format, else 0",
}
"""What is measured of each network inside the sandbox, hence claimed; name -> meaning."""


class Candidate(TypedDict):
    """A proposed network, as read from the generator's reply."""

    code: str | None
    """The PyTorch program with `class Net(nn.Module)`; None if the reply held none."""
    spec: list[str] | None
    """The blocks it was compiled from (form `spec`), else None."""
    form: Form
    program_hash: str | None
    """Hash of the normalised program; equal hashes are the same network."""
    problem: str | None
    """Why there is no code, or why it may not be all of it, in words for the improver."""
    source: Source


class Repair(TypedDict):
    """A try before the last one of a trial: the program that failed, and how."""

    program: str | None
    outcome: Outcome
    stage: Stage
    message: str
    line: str | None


class Evaluation(TypedDict):
    """What became of one candidate, in plain values."""

    outcome: Outcome
    stage: Stage
    accuracy: float | None
    """Accuracy in 0..1 on `split`, scored by the host: the mean of `scores`; of a duplicate, the
    earlier one."""
    scores: list[float]
    """Accuracies of its trainings, the first with the search's seed, the others to confirm it."""
    split: str | None
    message: str
    """One or two sentences: what went wrong, or how it scored."""
    line: str | None
    """The candidate's own line at fault, stripped."""
    line_number: int | None
    module: str | None
    """Path and class of the module at fault in the network, e.g. `features.3 (Conv2d)`."""
    shapes: list[str]
    """Shapes seen before a failure, e.g. `conv1 (Conv2d): [2, 3, 8, 8] -> [2, 16, 8, 8]`."""
    same_as: int | None
    """Iteration of the earlier trial that is the same network."""
    near: int | None
    """Iteration of the earlier trial that is almost the same, by text or by traced graph."""
    similarity: float | None
    """How similar that one is, 0..1."""
    repairs: list[Repair]
    """What was tried before in this trial, oldest first."""
    parameters: int | None
    """Number of parameters, as claimed by the sandbox."""
    precision: str | None
    """Arithmetic that it was trained in: `fp32`, `bf16` or `fp16`."""
    graph_hash: str | None
    """Hash of the operations it computes, as claimed; equal ones are likely the same network."""
    measures: dict[str, float]
    """What else the sandbox claims of a network, by the names in `MEASURES`."""
    seconds: dict[str, float]
    """Wall seconds by stage, on the host's clock, and `total`."""
    isolation: str
    """Sandbox that ran it, e.g. `docker`, `bubblewrap`, `bubblewrap (soft-limits)`, `none`."""
    conditions: dict[str, Any] | None
    """All that its outcome depends on besides the program; empty if no sandbox was needed, None
    if it was recorded by a version that did not tell."""
    reused_from: str | None
    """`SEARCH/ITERATION` of the trial of another search whose result this is, untrained."""


class Suggestion(TypedDict):
    """What the improver makes of an evaluation."""

    problem: str
    inspiration: str
    modification: str
    source: Source
    gist: NotRequired[str]
    """The modification in one sentence, for the triple; default: all of it."""


class Triple(TypedDict):
    """A diagnostic triple: (problem, suggestion, outcome).

    The problem and suggestion come from iteration `iteration`; the outcome is that of the
    following iteration, and None while the triple is pending.
    """

    iteration: int
    problem: str
    suggestion: str
    outcome: str | None
    move: NotRequired[Move | None]
    """How the following iteration is widened."""


class Stagnation(TypedDict):
    """How long a search has not got on."""

    rounds: int
    """Rounds since the last better score."""
    failures: int
    """Failures in a row."""
    moves: int
    """Rounds widened so far."""


class Best(TypedDict):
    """The best network so far."""

    iteration: int
    accuracy: float
    code: str
    spec: list[str] | None


Phase = Literal["flying", "ended", "ready"]
"""Of a trial: proposed and not yet collected; its outcome is there; it has opened its triple, and
waits to be followed by the next one."""


class Flight(TypedDict):
    """A trial that has begun, with `--in-flight` above 1; its child takes its place."""

    iteration: int
    phase: Phase
    candidate: Candidate
    evaluation: Evaluation | None
    suggestion: Suggestion | None
    pending: Triple | None
    """The triple that its outcome closes, its parent's; once it is `ready`, the one it opened."""
    move: Move | None
    """How its child is widened."""
    proposed_in: int
    """The pass through the nodes in which it was proposed."""


class Mark(TypedDict):
    """Which node ran last."""

    iteration: int
    node: str
    digests: dict[str, str]
    """Of what it left, by which a change from outside is seen."""


class SearchState(TypedDict, total=False):
    """The state of the search graph. Each key has one writer, named here."""

    search: str
    """Name of the search in the archive (written by the caller)."""
    settings: dict[str, Any]
    """The frozen `SearchConfig` as plain values (written by the caller or by `generate`)."""
    iteration: int
    """Iterations begun, from 1 (`generate`)."""
    started_at: float
    """When this iteration began, in seconds of the machine's monotonic clock (`generate`)."""
    candidate: Candidate
    """The current candidate (`generate`; `execute` if a user edited it)."""
    evaluation: Evaluation
    """What became of it (`execute`; `diagnose` if a user rejected a new best)."""
    suggestion: Suggestion
    """What to try next (`diagnose`)."""
    memory: list[Triple]
    """The last K closed triples, oldest first (`update_memory`)."""
    pending: Triple | None
    """The triple that waits for its outcome (`update_memory`)."""
    best: Best | None
    """The best network so far (`update_memory`)."""
    stagnation: Stagnation
    """How long there was no better one (`update_memory`)."""
    move: Move | None
    """How the next iteration is widened (`update_memory`)."""
    seconds: float
    """Wall seconds spent in finished iterations (`update_memory`)."""
    mark: Mark
    """Which node ran last (each node's seat)."""
    flights: list[Flight]
    """The trials in flight, oldest first, with `--in-flight` above 1 (all four nodes)."""
    proposed_in: int
    """Of one trial in flight: when it was proposed (never in a checkpoint)."""
    passes: int
    """Times that the nodes were gone through, with `--in-flight` above 1 (`generate`)."""
