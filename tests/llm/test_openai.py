import sys

import pytest
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.errors import ModelServerError, ModelUnavailableError, UsageError
from langgraph_nas.llm import Sampling, open_role

SCHEMA = {"type": "object"}


def test_the_server_sees_seed_schema_and_limit(
    ollama_server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    role = open_role("generator", f"openai:m@{ollama_server.address}/v1", Sampling())
    reply = role.ask("hello", seed=9, schema=SCHEMA, max_tokens=50, stop=["END"])
    assert (reply.text, reply.prompt_tokens, reply.cut) == ("hello from the test server", 7, False)
    sent = ollama_server.chats()[0]
    assert (sent["model"], sent["seed"], sent["stop"]) == ("m", 9, ["END"])
    assert sent["max_completion_tokens"] == 50
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA


def test_a_server_that_is_away_is_named(ollama_server: OllamaProtocolServer) -> None:
    pytest.importorskip("langchain_openai")
    with pytest.raises(ModelUnavailableError, match="no OpenAI-compatible server answers"):
        open_role("generator", "openai:m@http://127.0.0.1:9/v1", Sampling())
    waited: list[float] = []
    role = open_role(
        "generator",
        f"openai:m@{ollama_server.address}/v1",
        Sampling(retries=1),
        sleep=waited.append,
    )
    ollama_server.close()
    with pytest.raises(ModelServerError):
        role.ask("hello", seed=1)
    assert waited == [1]


def test_a_wrong_form_shows_the_right_one() -> None:
    with pytest.raises(UsageError, match="openai:MODEL@URL"):
        open_role("generator", "openai:gpt", Sampling())


def test_a_missing_extra_gives_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(ModelUnavailableError, match=r"pip install 'langgraph-nas\[openai\]'"):
        open_role("generator", "openai:m@http://127.0.0.1:9/v1", Sampling())
