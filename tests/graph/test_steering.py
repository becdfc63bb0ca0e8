"""What somebody may change on a paused search, and what they see of it meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import Archive, SearchConfig, create_nas_graph
from langgraph_nas.datasets import prepare

THREAD: dict[str, Any] = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}


class Word(ScriptedChatModel):
    """Answers word by word."""

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        whole = self._generate(messages).generations[0].message.content
        for line in str(whole).splitlines(keepends=True):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=line))
            if run_manager is not None:
                run_manager.on_llm_new_token(line, chunk=chunk)
            yield chunk


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    accuracies = [0.3, 0.6, 0.5]
    return create_nas_graph(
        generator=Word(answer=lambda prompt, n: f"```python\n{program(accuracies[n], n + 1)}```"),
        improver=Word(answer=diagnosis),
        sandbox=FakeSandbox(labels=prepare("digits").labels),
        config=SearchConfig(**PLAIN, iterations=3, form="code", improver_form="text"),
        database=tmp_path / "s.db",
    ).compile(checkpointer=InMemorySaver())


def pause_after(graph: Any, node: str) -> dict[str, Any]:
    graph.invoke({}, THREAD, interrupt_after=[node])
    return dict(graph.get_state(THREAD).values)


def prompts(folder: Path, iteration: int) -> list[str]:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        return [call["prompt"] for call in archive.calls("s", iteration)]


def test_a_hint_in_the_suggestion_reaches_the_generator(graph: Any, tmp_path: Path) -> None:
    suggestion = pause_after(graph, "diagnose")["suggestion"]
    hint = {**suggestion, "modification": "Try a single layer."}
    graph.update_state(THREAD, {"suggestion": hint}, as_node="diagnose")
    graph.invoke(None, THREAD)
    assert "Try a single layer." in prompts(tmp_path, 2)[0]


def test_a_pinned_best_is_what_the_next_network_is_to_beat(graph: Any, tmp_path: Path) -> None:
    pause_after(graph, "update_memory")
    mine = {"iteration": 1, "accuracy": 0.99, "code": "class Net: mine", "spec": None}
    graph.update_state(THREAD, {"best": mine}, as_node="update_memory")
    last = graph.invoke(None, THREAD)
    assert "class Net: mine" in prompts(tmp_path, 2)[0]
    assert last["best"] == mine


def test_an_edited_window_is_what_the_improver_learns_from(graph: Any, tmp_path: Path) -> None:
    pause_after(graph, "update_memory")
    lesson = {"iteration": 0, "problem": "p", "suggestion": "s", "outcome": "it burnt the board"}
    graph.update_state(THREAD, {"memory": [lesson]}, as_node="update_memory")
    graph.invoke(None, THREAD)
    assert "it burnt the board" in prompts(tmp_path, 2)[1]


def test_both_roles_are_heard_while_they_write(graph: Any) -> None:
    heard: dict[str, str] = {}
    pieces = 0
    for message, about in graph.stream({}, THREAD, stream_mode="messages"):
        node = about["langgraph_node"]
        heard[node] = heard.get(node, "") + str(message.content)
        pieces += 1
    assert set(heard) == {"generate", "diagnose"}
    assert heard["generate"].count("class Net(nn.Module)") == 3
    assert pieces > 20
