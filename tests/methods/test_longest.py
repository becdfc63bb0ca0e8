"""The budget that a search asks for holds each of its prompts, whatever they have to show."""

import random
from pathlib import Path
from typing import Any

import pytest
from fakes import program
from fakes.context import fake_context

from langgraph_nas.evaluation import failure
from langgraph_nas.methods import longest
from langgraph_nas.methods.advice import advice_prompt
from langgraph_nas.methods.longest import needs
from langgraph_nas.methods.proposal import candidate_prompt
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.state import Candidate, SearchState, Triple
from langgraph_nas.trials import SearchContext
from langgraph_nas.trials.repair import repair_prompt
from langgraph_nas.trials.trial import Trial

FORMS: list[dict[str, Any]] = [
    {},
    {"form": "edit", "repairs": 2},
    {"form": "spec"},
    {"improver_form": "choices", "reasks": 1, "redirect": True},
    {"reasks": 1, "redirect": True, "repairs": 1, "memory": 20},
    {"method": "one_role"},
    {"max_params": 10**9, "max_macs": 10**12, "max_latency": 10**6, "max_memory": 10**6},
]


def _context(folder: Path, settings: dict[str, Any]) -> SearchContext:
    return fake_context(folder, lambda prompt, number: "", **settings)


def _text(rng: random.Random) -> str:
    """A text of any length: words, code, symbols that are a token each, or lines."""
    kind = rng.choice(["pool ", "x = [1, 2]; ", "{}()[];:=+", "a\n", "é", "0123 "])
    return (kind * 700)[: rng.choice([0, 3, 46, 60, 199, 250, 3000])]


def _state(rng: random.Random, iteration: int) -> SearchState:
    text = lambda: _text(rng)  # noqa: E731
    spec = ["conv 256 3 leaky group"] * rng.randrange(1, 13) + ["head flat 256"]
    outcome = rng.choice(list(OUTCOMES))
    found = failure(outcome, "forward", text(), line=text(), line_number=9999, same_as=iteration)
    lesson = Triple(iteration=1, problem=text(), suggestion=text(), outcome=text())
    candidate = Candidate(
        code=rng.choice([None, program(0.5) + text()]),
        spec=rng.choice([None, spec]),
        form="code",
        program_hash=None,
        problem=None,
        source="llm",
    )
    state: SearchState = {
        "search": "s",
        "iteration": iteration,
        "candidate": candidate,
        "evaluation": {**found, "accuracy": 0.1234, "module": text(), "shapes": [text()] * 20},
        "memory": [lesson] * 20,
        "pending": {**lesson, "outcome": None},
        "best": {"iteration": 999, "accuracy": 0.9999, "code": text(), "spec": spec},
    }
    if rng.random() < 0.3:
        state["best"] = None
    if state["best"] or rng.random() < 0.9:
        words = {name: text() for name in ("problem", "inspiration", "modification", "gist")}
        state["suggestion"] = {**words, "source": "llm"}  # type: ignore[typeddict-item]
    return state


@pytest.mark.parametrize("settings", FORMS, ids=lambda settings: ",".join(settings) or "usual")
def test_any_prompt_fits_into_the_least_budget(tmp_path: Path, settings: dict[str, Any]) -> None:
    roomy = _context(tmp_path / "roomy", settings)
    found = {need.role.name: need.tokens for need in needs(roomy)}
    assert min(found.values()) > 400
    contexts = {
        role: _context(tmp_path / role, {**settings, "prompt_tokens": max(512, tokens)})
        for role, tokens in found.items()
    }
    rng = random.Random(1)
    for _ in range(40):
        state = _state(rng, 9999)
        note = rng.choice(["", _text(rng)]) if settings.get("reasks") else ""
        sent = [candidate_prompt(state, contexts["generator"], note)]
        if settings.get("repairs"):
            trial = Trial(state["candidate"], state["evaluation"])
            sent.append(repair_prompt(trial, contexts["generator"]))
        assert max(prompt.tokens for prompt in sent) <= max(512, found["generator"])
        if "improver" in found:
            asked = advice_prompt(state, contexts["improver"], note)
            assert asked.tokens <= max(512, found["improver"])


def test_of_what_is_cut_the_change_and_the_program_to_change_keep_most(tmp_path: Path) -> None:
    context = _context(tmp_path, {})
    least = {need.role.name: need.tokens for need in needs(context)}
    state = longest._state(context, 3, "forward_error", "Widen it. " * 99)
    tight = _context(tmp_path / "tight", {"prompt_tokens": least["generator"]})
    prompt = candidate_prompt(state, tight)
    told = dict(line.split(": ") for line in prompt.trimmed if not line.startswith("lessons"))
    assert told["current_program"].startswith(f"{len(longest.CODE)} of")
    kept = {key: int(words.split(" ")[2]) - int(words.split(" ")[0]) for key, words in told.items()}
    assert kept["modification"] == kept["best_program"] == 200
    assert "Widen it. Widen it." in prompt.text


def test_a_search_that_asks_nobody_needs_nothing(tmp_path: Path) -> None:
    assert needs(_context(tmp_path, {"method": "random"})) == []
    assert [need.role.name for need in needs(_context(tmp_path / "o", {"method": "one_role"}))] == [
        "generator"
    ]
