"""How long a reply may be, in both names of the limit, in characters and in bytes."""

import json
import tracemalloc
from typing import Any

import pytest
from servers.odd_answers import OddServer
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.llm.bounded import most_bytes

REFUSALS = {
    "older": "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
    "'max_completion_tokens' instead.",
    "both": "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
    "newer": "Extra inputs are not permitted: body.max_completion_tokens",
}


def _limits(server: OllamaProtocolServer) -> list[tuple[Any, Any]]:
    return [(c.get("max_completion_tokens"), c.get("max_tokens")) for c in server.chats()]


def test_both_names_are_sent(ollama_server: OllamaProtocolServer) -> None:
    pytest.importorskip("langchain_openai")
    role = open_role("generator", f"openai:m@{ollama_server.address}/v1", Sampling())
    ollama_server.requests.clear()
    role.ask("hello", seed=1, max_tokens=50, schema={"type": "object"})
    assert _limits(ollama_server) == [(50, 50)]
    assert "response_format" in ollama_server.chats()[0]


@pytest.mark.parametrize("words", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("status", [400, 422])
def test_a_name_that_is_refused_is_left_out_from_then_on(
    ollama_server: OllamaProtocolServer, words: str, status: int
) -> None:
    pytest.importorskip("langchain_openai")
    waited: list[float] = []
    role = open_role(
        "generator", f"openai:m@{ollama_server.address}/v1", Sampling(), sleep=waited.append
    )
    ollama_server.requests.clear()
    ollama_server.faults = [Fault("error", status=status, text=words)]
    for seed in (1, 2):
        role.ask("hello", seed=seed, max_tokens=50, schema={"type": "object"})
    left = (None, 50) if words == REFUSALS["newer"] else (50, None)
    assert _limits(ollama_server) == [(50, 50), left, left]
    assert all("response_format" in chat for chat in ollama_server.chats())
    assert waited == []


def test_a_refused_number_is_no_refused_name(ollama_server: OllamaProtocolServer) -> None:
    pytest.importorskip("langchain_openai")
    role = open_role("generator", f"openai:m@{ollama_server.address}/v1", Sampling())
    ollama_server.requests.clear()
    words = "'max_tokens' or 'max_completion_tokens' is too large: 2048. The context length is 512."
    ollama_server.faults = [Fault("error", status=400, text=words)]
    with pytest.raises(ModelServerError, match="too large"):
        role.ask("hello", seed=1)
    assert len(ollama_server.chats()) == 1


def test_openai_itself_is_sent_the_newer_name_only() -> None:
    openai = pytest.importorskip("langchain_openai")
    from langgraph_nas.llm.openai import OpenAIBackend
    from langgraph_nas.llm.sampling import Call

    backend = OpenAIBackend("o", openai.ChatOpenAI(model="gpt-5", api_key="none"), Sampling())
    _, keywords = backend.bind(Call("hello", 1, 0, 50))
    assert keywords["max_tokens"] == 50  # the client's word for max_completion_tokens
    assert "extra_body" not in keywords


@pytest.mark.parametrize("model", ["ollama:tiny", "openai:m@{}/v1"])
def test_a_reply_that_no_limit_held_is_cut_by_its_characters(
    ollama_server: OllamaProtocolServer, model: str
) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.replies = ["I will think about it first. " * 300]
    role = open_role("generator", model.format(ollama_server.address), Sampling())
    reply = role.ask("hello", seed=1, max_tokens=50)
    assert (reply.cut, reply.why_cut) == (True, "long")
    assert len(reply.text) <= 1024 + 16 * 50


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("route", ["/api/chat", "/v1/chat/completions"])
async def test_an_answer_of_any_size_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch, route: str, is_async: bool
) -> None:
    """It is read as far as an honest one may go; the rest is not, and the reply is a cut one."""
    pytest.importorskip("langchain_openai")
    server = OddServer()
    monkeypatch.setenv("OLLAMA_HOST", server.address)
    huge = "x" * (3 * most_bytes(Sampling(reply_tokens=16)))
    message = {"role": "assistant", "content": huge}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    server.answers = {
        "/api/show": (200, {"details": {}, "model_info": {}, "capabilities": ["completion"]}),
        "/api/chat": (200, {"model": "m", "done": True, "message": message}),
        "/v1/models": (200, {"object": "list", "data": [{"id": "m", "object": "model"}]}),
        "/v1/chat/completions": (200, {**head, "choices": [choice]}),
    }
    model = "ollama:m" if route == "/api/chat" else f"openai:m@{server.address}/v1"
    role = open_role("generator", model, Sampling(reply_tokens=16), sleep=lambda seconds: None)
    served = len(json.dumps(server.answers[route]))
    tracemalloc.start()
    try:
        reply = await role.aask("?", seed=1) if is_async else role.ask("?", seed=1)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        server.close()
    assert (reply.text, reply.cut, reply.why_cut) == ("", True, "long")
    assert [path for path, _ in server.asked].count(route) == 1
    assert most < 2.6 * served  # what the server itself holds of it: the text, and its bytes


def test_a_server_too_slow_for_whole_replies_is_asked_word_by_word(
    ollama_server: OllamaProtocolServer,
) -> None:
    """A reply that still comes when the time is over is then a cut one, with its words."""
    pytest.importorskip("langchain_openai")
    waited: list[float] = []
    role = open_role(
        "generator",
        f"openai:m@{ollama_server.address}/v1",
        Sampling(timeout=0.4),
        sleep=waited.append,
    )
    ollama_server.requests.clear()
    ollama_server.replies = ["one two three four five six seven eight nine ten " * 3]
    ollama_server.faults = [Fault("stall", seconds=0.8), Fault("trickle", seconds=0.1)]
    reply = role.ask("hello", seed=1)
    assert reply.text.startswith("one two")
    assert (reply.cut, reply.why_cut) == (True, "time")
    assert [chat["stream"] for chat in ollama_server.chats()] == [False, True]
    assert waited == [1]
