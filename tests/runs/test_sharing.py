"""One GPU for the LLMs and the candidates."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.context import fake_context
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.evaluation.device_memory import RESERVE_MB
from langgraph_nas.graph import create_nas_graph
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.runs import first_state
from langgraph_nas.session.finalists import measure_finalists
from langgraph_nas.session.sharing import held_bytes, with_device_memory
from langgraph_nas.trials import SearchContext

ADVICE = '{"problem": "p", "inspiration": "i", "modification": "m"}'
PROGRAMS = [program(0.5), program(0.5), "class Net(nn.Module:\n", program(0.75, 2)]
"""A network, the same again, a text that is no program, another network."""


@pytest.fixture
def server(ollama_server: OllamaProtocolServer) -> OllamaProtocolServer:
    ollama_server.models = {"coder:latest": 32768, "thinker:latest": 32768}
    ollama_server.memory.vram = {"coder:latest": 3 << 30, "thinker:latest": 2 << 30}
    texts = [text for code in PROGRAMS for text in (f"```python\n{code}```", ADVICE)]
    ollama_server.replies = list(texts)
    return ollama_server


def open_context(
    folder: Path, server: OllamaProtocolServer, **settings: Any
) -> tuple[SearchContext, list[bool]]:
    """Return a context on a GPU, and whether an LLM was loaded whenever a candidate ran."""
    loaded: list[bool] = []
    sandbox = FakeSandbox(
        on_run=lambda job: loaded.append(any(map(server.memory.holds, server.memory.vram)))
    )
    context = fake_context(
        folder, lambda prompt, n: "", sandbox=sandbox, device="cuda", iterations=4, **settings
    )
    sampling = Sampling.of(context.config)
    generator = open_role("generator", "ollama:coder", sampling)
    improver = open_role("improver", "ollama:thinker", sampling)
    return replace(context, generator=generator, improver=improver), loaded


def unloads(server: OllamaProtocolServer) -> list[str]:
    return [body["model"] for _, body in server.requests if body.get("keep_alive") == 0]


@pytest.mark.parametrize("asynchronously", [False, True])
async def test_the_llms_leave_before_each_training_and_only_then(
    tmp_path: Path, server: OllamaProtocolServer, asynchronously: bool
) -> None:
    context, loaded = open_context(tmp_path, server, share_gpu=True)
    graph = create_nas_graph().compile()
    start = first_state("s", context.config)
    if asynchronously:
        await graph.ainvoke(start, {"recursion_limit": 99}, context=context)
    else:
        graph.invoke(start, {"recursion_limit": 99}, context=context)
    outcomes = [trial["outcome"] for trial in context.archive.trials("s")]
    assert outcomes == ["ok", "duplicate", "syntax_error", "ok"]
    assert loaded == [False, False]
    # The thinker was not loaded before the first training.
    assert unloads(server) == ["coder", "coder", "thinker"]


def test_they_leave_before_a_confirmation_that_an_earlier_process_left_to_do(
    tmp_path: Path, server: OllamaProtocolServer
) -> None:
    context, loaded = open_context(tmp_path, server, share_gpu=True, confirm_best=True)
    sandbox: Any = context.evaluator.sandbox
    look = sandbox.on_run

    def die(job: Any) -> None:
        if len(sandbox.jobs) == 2:
            raise KeyboardInterrupt
        look(job)

    sandbox.on_run = die
    start, graph = first_state("s", context.config), create_nas_graph().compile()
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(start, {"recursion_limit": 99}, context=context)
    server.memory.until["coder:latest"] = float("inf")  # somebody used it meanwhile
    graph.invoke(start, {"recursion_limit": 99}, context=context)
    assert loaded[:2] == [False, False]


def test_the_time_to_load_again_is_booked(tmp_path: Path, server: OllamaProtocolServer) -> None:
    context, _ = open_context(tmp_path, server, share_gpu=True)
    start = first_state("s", context.config)
    create_nas_graph().compile().invoke(start, {"recursion_limit": 99}, context=context)
    recorded = [call["load_seconds"] for call in context.archive.calls("s")]
    # Trained: the first and the fourth network; in between the models stay.
    assert recorded == [2.5, 2.5, 2.5, 0.001, 0.001, 0.001, 0.001, 2.5]


def test_without_it_the_llms_stay(tmp_path: Path, server: OllamaProtocolServer) -> None:
    context, loaded = open_context(tmp_path, server)
    start = first_state("s", context.config)
    create_nas_graph().compile().invoke(start, {"recursion_limit": 99}, context=context)
    assert loaded == [True, True]
    assert unloads(server) == []


def test_the_llms_leave_before_the_finalists_too(
    tmp_path: Path, server: OllamaProtocolServer
) -> None:
    context, loaded = open_context(tmp_path, server, share_gpu=True)
    start = first_state("s", context.config)
    create_nas_graph().compile().invoke(start, {"recursion_limit": 99}, context=context)
    server.memory.load("coder:latest")
    measure_finalists("s", context, lambda event: None)
    assert loaded == [False] * 4


def test_a_model_that_can_not_leave_is_told_once(tmp_path: Path) -> None:
    context = fake_context(
        tmp_path,
        lambda prompt, n: f"```python\n{program(0.5, n + 1)}```",
        device="cuda",
        share_gpu=True,
        iterations=2,
    )
    start = first_state("s", context.config)
    stream = create_nas_graph().compile().stream(start, context=context, stream_mode="custom")
    told = [event for event in stream if event["event"] == "not_unloaded"]
    assert [(event["role"], event["iteration"]) for event in told] == [
        ("generator", 1),
        ("improver", 1),
    ]


def test_what_the_models_hold_is_subtracted_once_for_each(
    tmp_path: Path, server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 12288\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    context, _ = open_context(tmp_path, server)
    two = [context.generator, context.improver]
    assert with_device_memory(context.config, two).device_memory_mb == 12288 - 5120 - RESERVE_MB
    same = [context.generator, open_role("improver", "ollama:coder", Sampling())]
    assert with_device_memory(context.config, same).device_memory_mb == 12288 - 3072 - RESERVE_MB


def test_a_model_that_pushed_another_out_counts_alone(
    tmp_path: Path, server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _ = open_context(tmp_path, server)
    load = server.memory.load

    def load_alone(name: str) -> int:
        server.memory.until.clear()
        return load(name)

    monkeypatch.setattr(server.memory, "load", load_alone)
    assert held_bytes([context.generator, context.improver]) == 2 << 30


def test_a_prompt_names_the_memory_of_the_device_that_trains(
    tmp_path: Path, server: OllamaProtocolServer
) -> None:
    context, _ = open_context(tmp_path, server, device_memory_mb=3000)
    assert "3000 MiB" in str(context.task_values()["limits"])
