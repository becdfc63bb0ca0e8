"""What the loop promises: which outcome closes which triple, and what each role sees."""

import re
from pathlib import Path
from typing import Any

from fakes.context import diagnosis, fake_context
from fakes.sandbox import program
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas.graph import create_nas_graph, recursion_limit
from langgraph_nas.nodes import SearchContext
from langgraph_nas.runs import first_state
from langgraph_nas.state import SearchState

OUTCOMES: list[Any] = [0.3, "forward_error", 0.5, "timeout", 0.4, "out_of_memory", 0.6, 0.2]


def _write(prompt: str, number: int) -> str:
    return f"```python\n{program(OUTCOMES[number % len(OUTCOMES)], number + 1)}```"


def _run(context: SearchContext, state: SearchState | None = None) -> SearchState:
    graph = create_nas_graph().compile()
    limit = {"recursion_limit": recursion_limit(context.config.iterations)}
    start = state or first_state("s", context.config)
    return graph.invoke(start, limit, context=context)  # type: ignore[return-value]


def _prompts(context: SearchContext, role: str) -> list[str]:
    rows = context.archive.calls("s")
    return [row["prompt"] for row in rows if row["role"] == role]


def test_a_triple_is_closed_by_the_outcome_of_the_next_iteration(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=8)

    _run(context)

    triples = context.archive.triples("s")
    assert [triple["problem"] for triple in triples] == [f"problem {n}" for n in range(1, 9)]
    assert [triple["suggestion"] for triple in triples] == [f"change {n}" for n in range(1, 9)]
    for triple, outcome in zip(triples, OUTCOMES[1:], strict=False):
        assert str(outcome) in triple["outcome"]
    assert triples[-1]["outcome"] is None


def test_the_window_holds_the_last_k_closed_triples_oldest_first(tmp_path: Path) -> None:
    state = _run(fake_context(tmp_path, _write, iterations=8))

    assert [triple["iteration"] for triple in state["memory"]] == [3, 4, 5, 6, 7]
    pending = state["pending"]
    assert pending is not None
    assert (pending["iteration"], pending["outcome"]) == (8, None)


def test_the_improver_sees_at_most_k_triples_the_newest_closed_by_this_trial(
    tmp_path: Path,
) -> None:
    context = fake_context(tmp_path, _write, iterations=8, memory=3)

    _run(context)

    for number, prompt in enumerate(_prompts(context, "improver"), start=1):
        seen = re.findall(r"^- Trial (\d+)\. Problem", prompt, re.MULTILINE)
        assert [int(n) for n in seen] == list(range(max(1, number - 3), number))
        if number > 1:
            newest = prompt.split(f"- Trial {number - 1}. Problem")[1].splitlines()[0]
            assert str(OUTCOMES[number - 1]) in newest


def test_k_of_zero_means_no_memory(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=4, memory=0)

    state = _run(context)

    assert state["memory"] == []
    assert all("Problem: problem" not in prompt for prompt in _prompts(context, "improver"))
    assert [t["outcome"] is not None for t in context.archive.triples("s")] == [True] * 3 + [False]


def test_the_improver_sees_the_best_before_this_trial_and_whether_it_is_beaten(
    tmp_path: Path,
) -> None:
    context = fake_context(tmp_path, _write, iterations=5)

    _run(context)

    first, second, third, _, fifth = _prompts(context, "improver")
    assert "Best network before this trial (no network has trained yet)" in first
    assert "the first network that trained" in first
    assert "(trial 1, accuracy 0.3000)" in second
    assert "it does not beat the best" in second
    assert "(trial 1, accuracy 0.3000)" in third
    assert "(it beats the best)" in third
    assert "(trial 3, accuracy 0.5000)" in fifth
    assert "it does not beat the best" in fifth


def test_the_generator_sees_the_best_the_current_and_the_suggestion(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=5)

    _run(context)

    last = _prompts(context, "generator")[4]
    assert "Best network so far (trial 3, accuracy 0.5000)" in last
    assert program(0.5, 3).splitlines()[4] in last
    assert "The network tried last (failed at forward: timeout" in last
    assert program("timeout", 4).splitlines()[4] in last
    assert "Change to make: change 4" in last


def test_diagnose_runs_after_the_last_iteration_too(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=3)

    state = _run(context)

    assert len(_prompts(context, "improver")) == 3
    assert state["suggestion"]["modification"] == "change 3"


def test_a_raised_number_of_iterations_goes_on_seamlessly(tmp_path: Path) -> None:
    whole = fake_context(tmp_path / "whole", _write, iterations=6)
    at_once = _run(whole)
    graph = create_nas_graph().compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}
    part = fake_context(tmp_path / "part", _write, iterations=3)
    graph.invoke(first_state("s", part.config), thread, context=part)

    raised = part.config.model_copy(update={"iterations": 6})
    graph.update_state(thread, {"settings": raised.model_dump()}, as_node="update_memory")
    state = graph.invoke(None, thread, context=part)

    for key in ("iteration", "memory", "pending", "best", "suggestion"):
        assert state[key] == at_once[key]  # type: ignore[literal-required]
    assert _prompts(part, "improver") == _prompts(whole, "improver")
    assert _prompts(part, "generator") == _prompts(whole, "generator")


def test_no_outcome_is_lost_when_the_improvers_reply_cannot_be_read(tmp_path: Path) -> None:
    def mute(prompt: str, number: int) -> str:
        return "no idea" if number in (1, 2) else diagnosis(prompt, number)

    context = fake_context(tmp_path, _write, mute, iterations=5)

    _run(context)

    triples = context.archive.triples("s")
    assert [triple["iteration"] for triple in triples] == [1, 2, 3, 4, 5]
    assert all(triple["outcome"] for triple in triples[:-1])
    assert "forward_error" in triples[1]["problem"]
    assert "shapes" in triples[1]["suggestion"]
    sources = [row["source"] for row in context.archive.calls("s") if row["role"] == "improver"]
    assert sources == ["llm", "fallback", "fallback", "llm", "llm"]


def test_a_reply_without_a_program_is_an_outcome(tmp_path: Path) -> None:
    def shy(prompt: str, number: int) -> str:
        return "I'd rather not." if number == 1 else _write(prompt, number)

    context = fake_context(tmp_path, shy, iterations=3)

    _run(context)

    assert [trial["outcome"] for trial in context.archive.trials("s")] == ["ok", "no_code", "ok"]
    assert "no_code" in (context.archive.triples("s")[0]["outcome"] or "")


def test_a_repeated_program_is_a_duplicate_and_is_not_trained(tmp_path: Path) -> None:
    context = fake_context(tmp_path, lambda *_: _write("", 2), iterations=3)

    state = _run(context)

    trials = context.archive.trials("s")
    assert [trial["outcome"] for trial in trials] == ["ok", "duplicate", "duplicate"]
    assert [trial["same_as"] for trial in trials] == [None, 1, 1]
    assert [trial["accuracy"] for trial in trials] == [0.5, 0.5, 0.5]
    assert len(context.evaluator.sandbox.jobs) == 1  # type: ignore[attr-defined]
    assert state["best"] is not None
    assert state["best"]["iteration"] == 1
    assert context.archive.triples("s")[0]["outcome"] == (
        "the same network as trial 1, accuracy 0.5000"
    )


def test_the_search_ends_at_its_target(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=50, target_accuracy=0.5)

    assert _run(context)["iteration"] == 3


def test_the_search_ends_when_its_time_is_spent(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=50, time_budget=1e-9)

    assert _run(context)["iteration"] == 1


def test_the_users_own_network_is_the_first_candidate(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=2, start_program=program(0.9, 77))

    state = _run(context)

    assert len(_prompts(context, "generator")) == 1
    assert program(0.9, 77).splitlines()[4] in _prompts(context, "generator")[0]
    assert state["best"] is not None
    assert state["best"]["iteration"] == 1


def test_call_seeds_follow_the_call_numbers_so_that_a_run_repeats(tmp_path: Path) -> None:
    first = fake_context(tmp_path / "a", _write, iterations=3)
    again = fake_context(tmp_path / "b", _write, iterations=3)
    for context in (first, again):
        _run(context)

    calls = [
        [(row["number"], row["seed"], row["prompt"]) for row in context.archive.calls("s")]
        for context in (first, again)
    ]
    assert calls[0] == calls[1]
    assert len({seed for _, seed, _ in calls[0]}) == 6


def test_prompts_keep_their_budget_over_300_iterations(tmp_path: Path) -> None:
    budget = 900

    def long_winded(prompt: str, number: int) -> str:
        return diagnosis(prompt, number).replace("change", "change " * (number % 40))

    def growing(prompt: str, number: int) -> str:
        padding = "".join(f"# {'x' * 60}\n" for _ in range(number % 60))
        return f"```python\n{padding}{program(round(number / 400, 4), number + 1)}```"

    context = fake_context(
        tmp_path, growing, long_winded, iterations=300, prompt_tokens=budget, memory=5
    )

    _run(context)

    calls = context.archive.calls("s")
    assert len(calls) == 600
    roles = {"generator": context.generator, "improver": context.improver}
    assert all(roles[row["role"]].count_tokens(row["prompt"]) <= budget for row in calls)
    trimmed = [row for row in calls if row["trimmed"]]
    assert len(trimmed) > 300
    assert all("left out" in row["prompt"] for row in trimmed)


async def test_the_async_nodes_do_the_same(tmp_path: Path) -> None:
    sync = fake_context(tmp_path / "sync", _write, iterations=5)
    other = fake_context(tmp_path / "async", _write, iterations=5)
    state = _run(sync)

    graph = create_nas_graph().compile()
    astate = await graph.ainvoke(
        first_state("s", other.config), {"recursion_limit": 100}, context=other
    )

    for key in ("iteration", "memory", "pending", "best", "suggestion", "evaluation"):
        assert astate[key] == state[key]  # type: ignore[literal-required]
    assert _prompts(other, "improver") == _prompts(sync, "improver")


def test_progress_events_tell_the_whole_story(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=2)

    graph = create_nas_graph().compile()
    events = list(
        graph.stream(first_state("s", context.config), context=context, stream_mode="custom")
    )

    assert [event["event"] for event in events] == [
        *("prompt_sent", "reply", "outcome", "prompt_sent", "reply", "suggestion"),
        *("new_best", "iteration_ended"),
        *("prompt_sent", "reply", "outcome", "prompt_sent", "reply", "suggestion"),
        "iteration_ended",
    ]
    assert all(event["iteration"] in (1, 2) for event in events)
    outcome = events[2]
    assert (outcome["outcome"], outcome["accuracy"], outcome["best_iteration"]) == ("ok", 0.3, 1)


def test_state_is_plain_values_only(tmp_path: Path) -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(item) for key, item in value.items())
        if isinstance(value, list):
            return all(plain(item) for item in value)
        return type(value) in (str, int, float, bool, type(None))

    state = _run(fake_context(tmp_path, _write, iterations=3))

    assert plain(dict(state))


def test_tokens_of_both_roles_can_be_streamed(tmp_path: Path) -> None:
    context = fake_context(tmp_path, _write, iterations=1)

    graph = create_nas_graph().compile()
    chunks = list(
        graph.stream(first_state("s", context.config), context=context, stream_mode="messages")
    )

    assert {meta["langgraph_node"] for _, meta in chunks} == {"generate", "diagnose"}
