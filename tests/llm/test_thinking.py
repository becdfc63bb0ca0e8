"""Thoughts that come apart from a reply, and whether a model is told to have any."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_ollama import ChatOllama
from servers.ollama_protocol import OllamaProtocolServer
from servers.wire import JSON, NDJSON, SSE, Exchange

from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.llm.messages import text_of, thought_of


def _ollama(text: str, thought: str, reason: str) -> Exchange:
    head = {"model": "tiny", "created_at": "2026-01-01T00:00:00Z"}
    thinking = {"role": "assistant", "content": "", "thinking": thought}
    parts = [{**head, "done": False, "message": thinking}]
    answer = {"role": "assistant", "content": text}
    end = {"done": True, "done_reason": reason, "eval_count": 9, "prompt_eval_count": 7}
    parts.append({**head, **end, "message": answer})
    return Exchange(200, NDJSON, tuple(json.dumps(part) + "\n" for part in parts))


def _openai(message: dict[str, Any], reason: str, *, streaming: bool = False) -> Exchange:
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    usage = {"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16}
    if not streaming:
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return Exchange(200, JSON, (json.dumps({**head, "choices": [choice], "usage": usage}),))
    head = {**head, "object": "chat.completion.chunk"}
    told = [
        {**head, "choices": [{"index": 0, "delta": message, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage},
    ]
    lines = [line for value in told for line in (f"data: {json.dumps(value)}\n", "\n")]
    return Exchange(200, SSE, (*lines, "data: [DONE]\n", "\n"))


@pytest.mark.parametrize("think", ["auto", "on", "off"])
@pytest.mark.parametrize("can", [True, False])
def test_think_is_sent_to_a_model_that_is_known_to_think(
    ollama_server: OllamaProtocolServer, think: str, can: bool
) -> None:
    if can:
        ollama_server.abilities["tiny:latest"] = ["completion", "thinking"]
    lines: list[str] = []
    sampling = Sampling(think=think)  # type: ignore[arg-type]
    open_role("generator", "ollama:tiny", sampling, on_progress=lines.append).ask("?", seed=1)
    sent = ollama_server.chats()[0].get("think")
    assert sent == ({"on": True, "off": False}.get(think) if can else None)
    assert any("not known to think" in line for line in lines) == (think != "auto" and not can)


def test_a_users_own_model_is_asked_what_it_can_and_keeps_what_it_was_given(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.abilities["tiny:latest"] = ["completion", "thinking"]
    for own in (ChatOllama(model="tiny"), ChatOllama(model="tiny", reasoning=False)):
        open_role("generator", own, Sampling(think="on")).ask("?", seed=1)
    assert [chat.get("think") for chat in ollama_server.chats()] == [True, False]


def test_thoughts_of_ollama_are_counted_and_are_no_text(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.replies = [_ollama("", "hm" * 50, "length"), _ollama("yes", "hm", "stop")]
    role = open_role("generator", "ollama:tiny", Sampling())
    first, second = role.ask("?", seed=1), role.ask("?", seed=2)
    assert (first.text, first.thought, first.reply_tokens, first.why_cut) == ("", 100, 9, "limit")
    assert (second.text, second.thought, second.cut) == ("yes", 2, False)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_on_openais_route_are_counted(
    ollama_server: OllamaProtocolServer, field: str
) -> None:
    pytest.importorskip("langchain_openai")
    from langgraph_nas.llm.openai_chat import ThoughtfulChatOpenAI

    role = open_role("generator", f"openai:m@{ollama_server.address}/v1", Sampling())
    message = {"role": "assistant", "content": None, field: "hm" * 50}
    ollama_server.replies = [_openai(message, "length")]
    whole = role.ask("?", seed=1)
    own = ThoughtfulChatOpenAI(
        model="m", base_url=f"{ollama_server.address}/v1", api_key="none", streaming=True
    )
    ollama_server.replies = [_openai(message, "length", streaming=True)]
    streamed = open_role("generator", own, Sampling()).ask("?", seed=1)
    for reply in (whole, streamed):
        assert (reply.text, reply.thought, reply.why_cut) == ("", 100, "limit")


@pytest.mark.parametrize(
    ("content", "text", "thought"),
    [
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab", 0),
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}], "a", 2),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}, "a"],
            "a",
            3,
        ),
        ([{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}], "", 2),
        ("", "", 0),
    ],
)
def test_content_in_parts_is_joined_without_its_thoughts(
    content: Any, text: str, thought: int
) -> None:
    message = AIMessage(content)
    assert (text_of(message), thought_of(message)) == (text, thought)


def test_what_a_tool_was_to_be_given_is_the_text_of_a_reply_without_any() -> None:
    call = {"name": "python", "args": {"code": "class Net: pass"}, "id": "1"}
    assert text_of(AIMessage("", tool_calls=[call])) == "class Net: pass"
    assert text_of(AIMessage("said", tool_calls=[call])) == "said"
    advice = {"name": "advise", "args": {"modification": "wider", "problem": "p"}, "id": "1"}
    assert json.loads(text_of(AIMessage("", tool_calls=[advice])))["modification"] == "wider"
