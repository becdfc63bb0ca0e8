"""What the loop promises: which outcome closes which triple, and what each role sees."""

import re
from pathlib import Path
from typing import Any

from fakes.context import diagnosis, fake_context
from fakes.loop import OUTCOMES, prompts_of, run, write
from fakes.sandbox import program
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas.graph import create_nas_graph
from langgraph_nas.runs import first_state


def test_a_triple_is_closed_by_the_outcome_of_the_next_iteration(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=8)

    run(context)

    triples = context.archive.triples("s")
    assert [triple["problem"] for triple in triples] == [f"problem {n}" for n in range(1, 9)]
    assert [triple["suggestion"] for triple in triples] == [f"change {n}" for n in range(1, 9)]
    for triple, outcome in zip(triples, OUTCOMES[1:], strict=False):
        assert str(outcome) in triple["outcome"]
    assert triples[-1]["outcome"] is None


def test_the_window_holds_the_last_k_closed_triples_oldest_first(tmp_path: Path) -> None:
    state = run(fake_context(tmp_path, write, iterations=8))

    assert [triple["iteration"] for triple in state["memory"]] == [3, 4, 5, 6, 7]
    pending = state["pending"]
    assert pending is not None
    assert (pending["iteration"], pending["outcome"]) == (8, None)


def test_the_improver_sees_at_most_k_triples_the_newest_closed_by_this_trial(
    tmp_path: Path,
) -> None:
    context = fake_context(tmp_path, write, iterations=8, memory=3)

    run(context)

    for number, prompt in enumerate(prompts_of(context, "improver"), start=1):
        seen = re.findall(r"^- Trial (\d+)\. Problem", prompt, re.MULTILINE)
        assert [int(n) for n in seen] == list(range(max(1, number - 3), number))
        if number > 1:
            newest = prompt.split(f"- Trial {number - 1}. Problem")[1].splitlines()[0]
            assert str(OUTCOMES[number - 1]) in newest


def test_k_of_zero_means_no_memory(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=4, memory=0)

    state = run(context)

    assert state["memory"] == []
    assert all("Problem: problem" not in prompt for prompt in prompts_of(context, "improver"))
    assert [t["outcome"] is not None for t in context.archive.triples("s")] == [True] * 3 + [False]


def test_the_improver_sees_the_best_before_this_trial_and_whether_it_is_beaten(
    tmp_path: Path,
) -> None:
    context = fake_context(tmp_path, write, iterations=5)

    run(context)

    first, second, third, _, fifth = prompts_of(context, "improver")
    assert "Best network before this trial (no network has trained yet)" in first
    assert "the first network that trained" in first
    assert "(trial 1, accuracy 0.3000)" in second
    assert "it does not beat the best" in second
    assert "(trial 1, accuracy 0.3000)" in third
    assert "(it beats the best)" in third
    assert "(trial 3, accuracy 0.5000)" in fifth
    assert "it does not beat the best" in fifth


def test_the_generator_sees_the_best_the_current_and_the_suggestion(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=5)

    run(context)

    last = prompts_of(context, "generator")[4]
    assert "Best network so far (trial 3, accuracy 0.5000)" in last
    assert program(0.5, 3).splitlines()[4] in last
    assert "The network tried last (failed at forward: timeout" in last
    assert program("timeout", 4).splitlines()[4] in last
    assert "Change to make: change 4" in last


def test_diagnose_runs_after_the_last_iteration_too(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=3)

    state = run(context)

    assert len(prompts_of(context, "improver")) == 3
    assert state["suggestion"]["modification"] == "change 3"


def test_a_raised_number_of_iterations_goes_on_seamlessly(tmp_path: Path) -> None:
    whole = fake_context(tmp_path / "whole", write, iterations=6)
    at_once = run(whole)
    graph = create_nas_graph().compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}
    part = fake_context(tmp_path / "part", write, iterations=3)
    graph.invoke(first_state("s", part.config), thread, context=part)

    raised = part.config.model_copy(update={"iterations": 6})
    graph.update_state(thread, {"settings": raised.model_dump()}, as_node="update_memory")
    state = graph.invoke(None, thread, context=part)

    for key in ("iteration", "memory", "pending", "best", "suggestion"):
        assert state[key] == at_once[key]  # type: ignore[literal-required]
    assert prompts_of(part, "improver") == prompts_of(whole, "improver")
    assert prompts_of(part, "generator") == prompts_of(whole, "generator")


def test_no_outcome_is_lost_when_the_improvers_reply_cannot_be_read(tmp_path: Path) -> None:
    def mute(prompt: str, number: int) -> str:
        return "no idea" if number in (1, 2) else diagnosis(prompt, number)

    context = fake_context(tmp_path, write, mute, iterations=5)

    run(context)

    triples = context.archive.triples("s")
    assert [triple["iteration"] for triple in triples] == [1, 2, 3, 4, 5]
    assert all(triple["outcome"] for triple in triples[:-1])
    assert "forward_error" in triples[1]["problem"]
    assert "shapes" in triples[1]["suggestion"]
    sources = [row["source"] for row in context.archive.calls("s") if row["role"] == "improver"]
    assert sources == ["llm", "fallback", "fallback", "llm", "llm"]


def test_a_reply_without_a_program_is_an_outcome(tmp_path: Path) -> None:
    def shy(prompt: str, number: int) -> str:
        return "I'd rather not." if number == 1 else write(prompt, number)

    context = fake_context(tmp_path, shy, iterations=3)

    run(context)

    assert [trial["outcome"] for trial in context.archive.trials("s")] == ["ok", "no_code", "ok"]
    assert "no_code" in (context.archive.triples("s")[0]["outcome"] or "")


def test_a_repeated_program_is_a_duplicate_and_is_not_trained(tmp_path: Path) -> None:
    context = fake_context(tmp_path, lambda *_: write("", 2), iterations=3)

    state = run(context)

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
    context = fake_context(tmp_path, write, iterations=50, target_accuracy=0.5)

    assert run(context)["iteration"] == 3


def test_the_search_ends_when_its_time_is_spent(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=50, time_budget=1e-9)

    assert run(context)["iteration"] == 1


def test_the_users_own_network_is_the_first_candidate(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=2, start_program=program(0.9, 77))

    state = run(context)

    assert len(prompts_of(context, "generator")) == 1
    assert program(0.9, 77).splitlines()[4] in prompts_of(context, "generator")[0]
    assert state["best"] is not None
    assert state["best"]["iteration"] == 1


def test_call_seeds_follow_the_call_numbers_so_that_a_run_repeats(tmp_path: Path) -> None:
    first = fake_context(tmp_path / "a", write, iterations=3)
    again = fake_context(tmp_path / "b", write, iterations=3)
    for context in (first, again):
        run(context)

    calls = [
        [(row["number"], row["seed"], row["prompt"]) for row in context.archive.calls("s")]
        for context in (first, again)
    ]
    assert calls[0] == calls[1]
    assert len({seed for _, seed, _ in calls[0]}) == 6
