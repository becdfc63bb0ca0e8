"""The graph as LangGraph runs it: long, async, streamed, in plain values."""

from pathlib import Path

import pytest
from fakes.context import diagnosis, fake_context
from fakes.loop import prompts_of, run, write
from fakes.sandbox import program

from langgraph_nas.graph import create_nas_graph
from langgraph_nas.runs import first_state


@pytest.mark.slow
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

    run(context)

    calls = context.archive.calls("s")
    assert len(calls) == 600
    roles = {"generator": context.generator, "improver": context.improver}
    assert all(roles[row["role"]].count_tokens(row["prompt"]) <= budget for row in calls)
    trimmed = [row for row in calls if row["trimmed"]]
    assert len(trimmed) > 300
    assert all("left out" in row["prompt"] for row in trimmed)


async def test_the_async_nodes_do_the_same(tmp_path: Path) -> None:
    sync = fake_context(tmp_path / "sync", write, iterations=5)
    other = fake_context(tmp_path / "async", write, iterations=5)
    state = run(sync)

    graph = create_nas_graph().compile()
    astate = await graph.ainvoke(
        first_state("s", other.config), {"recursion_limit": 100}, context=other
    )

    for key in ("iteration", "memory", "pending", "best", "suggestion", "evaluation"):
        assert astate[key] == state[key]  # type: ignore[literal-required]
    assert prompts_of(other, "improver") == prompts_of(sync, "improver")


def test_progress_events_tell_the_whole_story(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=2)

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


def test_a_suggestion_is_told_with_all_its_keys_and_a_reply_with_whose_fault_it_was(
    tmp_path: Path,
) -> None:
    advice = ['{"modification": "m", "gist": "g"}', '{"modification": "m"}', "no idea"]
    context = fake_context(
        tmp_path, lambda prompt, n: "no program", lambda prompt, n: advice[n], iterations=3
    )
    stream = create_nas_graph().compile().stream
    events = list(stream(first_state("s", context.config), context=context, stream_mode="custom"))
    told = [event for event in events if event["event"] == "suggestion"]
    assert [(event["gist"], event["source"]) for event in told] == [
        *(("g", "llm"), ("m", "llm"), (None, "fallback"))
    ]
    replies = [event for event in events if event["event"] == "reply"]
    assert [event["source"] for event in replies] == ["llm"] * 5 + ["fallback"]


def test_state_is_plain_values_only(tmp_path: Path) -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(item) for key, item in value.items())
        if isinstance(value, list):
            return all(plain(item) for item in value)
        return type(value) in (str, int, float, bool, type(None))

    state = run(fake_context(tmp_path, write, iterations=3))

    assert plain(dict(state))


def test_tokens_of_both_roles_can_be_streamed(tmp_path: Path) -> None:
    context = fake_context(tmp_path, write, iterations=1)

    graph = create_nas_graph().compile()
    chunks = list(
        graph.stream(first_state("s", context.config), context=context, stream_mode="messages")
    )

    assert {meta["langgraph_node"] for _, meta in chunks} == {"generate", "diagnose"}
