"""The wire: the real `ollama` client and `ChatOllama` against the tests' protocol server."""

from typing import Any

import httpx
import ollama
import pytest
from langchain_ollama import ChatOllama
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas.llm import Sampling, open_role

HELLO = [{"role": "user", "content": "hello"}]


def test_the_client_lists_shows_chats_and_generates(ollama_server: OllamaProtocolServer) -> None:
    client = ollama.Client()
    assert [model.model for model in client.list().models] == ["tiny:latest"]
    assert client.show("tiny").modelinfo["tiny.context_length"] == 32768
    assert client.chat("tiny", HELLO).message.content == "hello from the test server"
    assert client.generate("tiny", "hello").response == "hello from the test server"
    assert client.ps().models[0].context_length == 4096


def test_the_client_streams_word_by_word(ollama_server: OllamaProtocolServer) -> None:
    parts = list(ollama.Client().chat("tiny", HELLO, stream=True))
    assert [part.message.content for part in parts] == [
        "hello",
        " from",
        " the",
        " test",
        " server",
        "",
    ]
    assert parts[-1].done
    assert parts[-1].eval_count == 5


async def test_the_async_client_streams_too(ollama_server: OllamaProtocolServer) -> None:
    parts = [p async for p in await ollama.AsyncClient().chat("tiny", HELLO, stream=True)]
    assert "".join(part.message.content or "" for part in parts) == "hello from the test server"


def test_an_unknown_model_is_a_404_for_both_clients(ollama_server: OllamaProtocolServer) -> None:
    with pytest.raises(ollama.ResponseError, match="model 'big' not found") as caught:
        ollama.Client().chat("big", HELLO)
    assert caught.value.status_code == 404
    with pytest.raises(ollama.ResponseError, match="not found"):
        ChatOllama(model="big").invoke("hello")


def test_a_server_error_keeps_its_state_and_words(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("error", status=503, text="loading")] * 2
    for ask in (
        lambda: ollama.Client().chat("tiny", HELLO),
        lambda: ChatOllama(model="tiny").invoke("a"),
    ):
        with pytest.raises(ollama.ResponseError, match="loading") as caught:
            ask()
        assert caught.value.status_code == 503


def test_a_cut_connection_breaks_the_stream(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("cut"), Fault("cut")]
    with pytest.raises(httpx.TransportError):
        list(ollama.Client().chat("tiny", HELLO, stream=True))
    with pytest.raises(httpx.TransportError):
        ChatOllama(model="tiny").invoke("hello")


def test_a_slow_reply_meets_the_clients_timeout(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("stall", seconds=1.0)]
    with pytest.raises(httpx.TimeoutException):
        ChatOllama(model="tiny", client_kwargs={"timeout": 0.1}).invoke("hello")


def test_a_cut_prompt_shows_only_in_the_count(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.window = 512
    reply = ChatOllama(model="tiny", num_ctx=4096).invoke("word " * 2000)
    assert reply.text == "hello from the test server"
    assert reply.usage_metadata
    assert reply.usage_metadata["input_tokens"] == 258


def test_a_pull_tells_how_far_it_is(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.pullable = {"big:latest": 8192}
    parts = list(ollama.Client().pull("big:latest", stream=True))
    assert [p.completed for p in parts if p.total] == [n * 10**8 for n in range(11)]
    assert parts[-1].status == "success"
    assert ollama.Client().show("big")


@pytest.mark.slow
def test_a_real_model_behind_the_wire_repeats_with_its_seed_and_keeps_to_a_schema(
    ollama_server: OllamaProtocolServer,
) -> None:
    pytest.importorskip("xllamacpp")
    from langgraph_nas.llm.embedded import EmbeddedChatModel

    def reply(body: dict[str, Any]) -> str:
        model = EmbeddedChatModel(n_ctx=512, temperature=1.0)
        prompt = body["messages"][-1]["content"]
        return model.invoke(
            prompt, seed=body["options"]["seed"], format=body.get("format"), max_tokens=12
        ).text

    ollama_server.replies = [reply]
    role = open_role("generator", "ollama:tiny", Sampling())
    texts = [role.ask("My favourite", seed=seed).text for seed in (1, 2, 1)]
    assert texts[0] == texts[2] != texts[1]
    assert role.ask("Yes or no?", seed=1, schema={"enum": ["yes", "no"]}).text in ('"yes"', '"no"')
