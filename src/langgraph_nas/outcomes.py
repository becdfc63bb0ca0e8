"""Outcomes: what can become of a candidate, and all that is known of each class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal[
    "ok",
    "no_code",
    "syntax_error",
    "bad_structure",
    "build_error",
    "forward_error",
    "bad_output",
    "over_budget",
    "train_error",
    "not_finite",
    "out_of_memory",
    "timeout",
    "output_limit",
    "protocol_error",
    "killed",
    "duplicate",
    "near_duplicate",
    "edit_failed",
    "rejected",
    "sandbox_error",
]
"""The class of what became of one candidate. `sandbox_error` is never a lesson: it is retried."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one outcome."""

    meaning: str
    diagnoses: tuple[str, ...] = ("broken_program", "too_expensive", "unstable")
    """Those that an improver of form `choices` is offered."""
    is_read: bool = True
    """The reply held a candidate."""
    is_run: bool = True
    """The candidate was sent to a sandbox."""
    is_repeat: bool = False
    """It is, or is close to, an earlier trial's."""
    is_final: bool = True
    """Another moment or other limits would not change it."""
    is_reusable: bool = True
    """It says something of the network, so that an equal one need not be tried."""
    is_repairable: bool = False
    """The error's message may help. What took too long or too much is too large, and a reply
    without a program has nothing to repair."""
    is_reported: bool = False
    """The code in the sandbox may say so. It can claim neither success nor a fault of the
    sandbox."""


_PROGRAM = ("broken_program",)
_SHAPES = ("broken_shapes", "broken_program")
_EXPENSIVE = ("too_expensive", "too_large")
_REPEATED = ("repeated", "near_best")

OUTCOMES: Mapping[Outcome, Facts] = {
    "ok": Facts(
        meaning="trained, and scored on the host",
        diagnoses=(
            "too_small",
            "too_large",
            "poor_gradients",
            "too_coarse",
            "too_local",
            "weak_head",
            "overfits",
            "near_best",
        ),
    ),
    "no_code": Facts(
        meaning="the generator's reply held no program",
        diagnoses=_PROGRAM,
        is_read=False,
        is_run=False,
    ),
    "syntax_error": Facts(
        meaning="the program is not Python",
        diagnoses=_PROGRAM,
        is_repairable=True,
        is_reported=True,
    ),
    "bad_structure": Facts(
        meaning="no class `Net(nn.Module)`, or nothing in it to train",
        diagnoses=_PROGRAM,
        is_repairable=True,
        is_reported=True,
    ),
    "build_error": Facts(
        meaning="an import, the class body or `Net()` raised",
        diagnoses=_SHAPES,
        is_repairable=True,
        is_reported=True,
    ),
    "forward_error": Facts(
        meaning="`forward` or its backward pass raised, before training or when predicting",
        diagnoses=_SHAPES,
        is_repairable=True,
        is_reported=True,
    ),
    "bad_output": Facts(
        meaning="`forward` returned something else than logits [batch, classes]",
        diagnoses=("weak_head", *_SHAPES),
        is_repairable=True,
        is_reported=True,
    ),
    "over_budget": Facts(
        meaning="more parameters, multiply-adds, latency or memory than the budgets allow",
        diagnoses=_EXPENSIVE,
        is_repairable=True,
        is_reported=True,
    ),
    "train_error": Facts(
        meaning="a training step raised",
        is_repairable=True,
        is_reported=True,
    ),
    "not_finite": Facts(
        meaning="a loss or an output is NaN or infinite",
        diagnoses=("unstable", "poor_gradients", "too_large"),
        is_repairable=True,
        is_reported=True,
    ),
    "out_of_memory": Facts(
        meaning="more memory than the limit",
        diagnoses=_EXPENSIVE,
        is_final=False,
        is_reusable=False,
        is_reported=True,
    ),
    "timeout": Facts(
        meaning="longer than a limit, or the steps to come would take longer",
        diagnoses=_EXPENSIVE,
        is_final=False,
        is_reusable=False,
        is_reported=True,
    ),
    "output_limit": Facts(meaning="it printed more than the limit"),
    "protocol_error": Facts(meaning="what came out of the sandbox is no result"),
    "killed": Facts(
        meaning="it died of a signal, or the search was stopped",
        is_final=False,
        is_reusable=False,
    ),
    "duplicate": Facts(
        meaning="the same network as an earlier trial; not trained again",
        diagnoses=_REPEATED,
        is_run=False,
        is_repeat=True,
        is_reusable=False,
    ),
    "near_duplicate": Facts(
        meaning="too close to an earlier trial; not trained",
        diagnoses=_REPEATED,
        is_run=False,
        is_repeat=True,
    ),
    "edit_failed": Facts(
        meaning="the edits do not apply to the network",
        diagnoses=_PROGRAM,
        is_read=False,
        is_run=False,
    ),
    "rejected": Facts(
        meaning="the reviewer refused it, with `--review`",
        is_run=False,
    ),
    "sandbox_error": Facts(
        meaning="the sandbox itself failed; retried, never a lesson",
        is_final=False,
        is_reusable=False,
    ),
}
"""Outcome -> what is known of it."""
