"""Answers that are none: asked again, then the search stops and can go on."""

from collections.abc import Iterator
from typing import Any

import pytest
from servers.odd_answers import Answer, OddServer

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm import Sampling, open_role

pytest.importorskip("langchain_openai")

CHAT = "/v1/chat/completions"
HTML = "<!doctype html><title>Sign in</title>" + "<p>" * 5000
HEAD = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}
FINE: Answer = (200, {**HEAD, "choices": [CHOICE]})
NONE: list[Any] = [
    {"error": {"message": "Model is overloaded", "code": 503}},
    {"error": "overloaded"},
    {**HEAD, "choices": []},
    {**HEAD, "choices": None},
    {**HEAD, "choices": [{"index": 0, "finish_reason": "stop"}]},
    {**HEAD, "choices": [{"index": 0, "finish_reason": "stop", "message": None}]},
    HEAD,
    {},
    [],
    None,
    "",
    HTML,
]


@pytest.fixture
def server() -> Iterator[OddServer]:
    server = OddServer()
    server.answers = {"/v1/models": (200, {"data": [{"id": "m"}]}), CHAT: FINE}
    yield server
    server.close()


@pytest.mark.parametrize("answer", NONE, ids=lambda answer: str(answer)[:60])
@pytest.mark.parametrize("streams", [False, True])
async def test_an_answer_that_is_none_is_asked_for_again(
    answer: Any, streams: bool, server: OddServer
) -> None:
    from langchain_openai import ChatOpenAI

    model: Any = f"openai:m@{server.address}/v1"
    if streams:  # a server that streams nothing, and answers as if it had not been asked to
        model = ChatOpenAI(
            model="m", base_url=f"{server.address}/v1", api_key="x", streaming=True, max_retries=0
        )
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    role = open_role("generator", model, Sampling(retries=1), sleep=waited.append, asleep=wait)
    if not streams:
        server.answers[CHAT] = [(200, answer), FINE]
        assert role.ask("hello", seed=1).text == "Hi"
        server.answers[CHAT] = [(200, answer), FINE]
        assert (await role.aask("hello", seed=1)).text == "Hi"
        assert waited == [1, 1]
    server.answers[CHAT] = (200, answer)
    with pytest.raises(ModelServerError, match="failed 2 times.*resume") as caught:
        role.ask("hello", seed=1)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("answer", [{"error": "crashed"}, {}, [], None, "", HTML], ids=str)
def test_the_same_from_ollamas_address(
    answer: Any, server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", server.address)
    server.answers["/api/show"] = (200, {"model_info": {}, "capabilities": ["completion"]})
    waited: list[float] = []
    role = open_role("generator", "ollama:m", Sampling(retries=1), sleep=waited.append)
    server.answers["/api/chat"] = (200, answer)
    with pytest.raises(ModelServerError, match="failed 2 times.*resume"):
        role.ask("hello", seed=1)
    assert waited == [1]


def test_a_mistake_of_ours_is_no_answer_of_the_servers(server: OddServer) -> None:
    role = open_role("generator", f"openai:m@{server.address}/v1", Sampling(retries=1))
    with pytest.raises(TypeError):
        role.ask(None, seed=1)  # type: ignore[arg-type]
