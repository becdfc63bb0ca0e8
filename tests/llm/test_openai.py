import sys

import pytest
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas.errors import ModelServerError, ModelUnavailableError, UsageError
from langgraph_nas.llm import Sampling, open_role

SCHEMA = {"type": "object"}
UNAVAILABLE = "This response_format type is unavailable now"


def test_the_server_sees_seed_schema_and_limit(
    ollama_server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    role = open_role("generator", f"openai:m@{ollama_server.address}/v1", Sampling())
    reply = role.ask("hello", seed=9, schema=SCHEMA, max_tokens=50, stop=["END"])
    assert (reply.text, reply.prompt_tokens, reply.cut) == ("hello from the test server", 11, False)
    sent = ollama_server.chats()[0]
    assert (sent["model"], sent["seed"], sent["stop"]) == ("m", 9, ["END"])
    assert sent["max_completion_tokens"] == 50
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("streaming", [False, True])
def test_a_server_without_schemas_is_asked_without_one_from_then_on(
    ollama_server: OllamaProtocolServer, status: int, streaming: bool
) -> None:
    openai = pytest.importorskip("langchain_openai")
    ollama_server.no_schema = Fault("error", status=status, text=UNAVAILABLE)
    address = f"{ollama_server.address}/v1"
    own = openai.ChatOpenAI(
        model="m", base_url=address, api_key="none", max_retries=0, streaming=streaming
    )
    waited: list[float] = []
    role = open_role("improver", own, Sampling(), sleep=waited.append)
    replies = [role.ask("hello", seed=seed, schema=SCHEMA).text for seed in (1, 2)]
    assert replies == ["hello from the test server"] * 2
    asked = [("response_format" in body, body["seed"]) for body in ollama_server.chats()]
    assert asked == [(True, 1), (False, 1), (False, 2)]
    assert waited == []


async def test_the_same_asynchronously(ollama_server: OllamaProtocolServer) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.no_schema = Fault("error", status=400, text=UNAVAILABLE)
    role = open_role("improver", f"openai:m@{ollama_server.address}/v1", Sampling())
    for seed in (1, 2):
        assert (await role.aask("hello", seed=seed, schema=SCHEMA)).text
    assert ["response_format" in body for body in ollama_server.chats()] == [True, False, False]


def test_a_server_that_goes_away_meanwhile_is_asked_again_without_a_schema(
    ollama_server: OllamaProtocolServer,
) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.no_schema = Fault("error", status=400, text=UNAVAILABLE)
    ollama_server.faults = [Fault("error", status=503)]
    waited: list[float] = []
    role = open_role(
        "improver", f"openai:m@{ollama_server.address}/v1", Sampling(), sleep=waited.append
    )
    assert role.ask("hello", seed=1, schema=SCHEMA).text
    assert ["response_format" in body for body in ollama_server.chats()] == [True, False, False]
    assert waited == [1]


def test_a_request_that_is_refused_either_way_names_the_setting(
    ollama_server: OllamaProtocolServer,
) -> None:
    pytest.importorskip("langchain_openai")
    role = open_role("improver", f"openai:m@{ollama_server.address}/v1", Sampling())
    ollama_server.faults = [
        Fault("error", status=400, text=UNAVAILABLE),
        Fault("error", status=400, text="prompt too long"),
    ]
    words = f"{UNAVAILABLE}.*--no-structured.*prompt too long.*resume"
    with pytest.raises(ModelServerError, match=words):
        role.ask("hello", seed=1, schema=SCHEMA)
    assert len(ollama_server.chats()) == 2
    role.ask("hello", seed=1, schema=SCHEMA)
    assert "response_format" in ollama_server.chats()[-1]


@pytest.mark.parametrize(("status", "schema"), [(400, None), (401, SCHEMA)])
def test_other_refusals_are_not_asked_again(
    ollama_server: OllamaProtocolServer, status: int, schema: dict[str, str] | None
) -> None:
    pytest.importorskip("langchain_openai")
    role = open_role("improver", f"openai:m@{ollama_server.address}/v1", Sampling())
    ollama_server.faults = [Fault("error", status=status, text="no")]
    with pytest.raises(ModelServerError, match="refused a request: .*no"):
        role.ask("hello", seed=1, schema=schema)
    assert len(ollama_server.chats()) == 1


@pytest.mark.parametrize("streaming", [False, True])
def test_a_reply_with_a_schema_that_is_cut_is_a_reply(
    ollama_server: OllamaProtocolServer, streaming: bool
) -> None:
    """The client would parse it, and raise that it can't."""
    openai = pytest.importorskip("langchain_openai")
    own = openai.ChatOpenAI(
        model="m",
        base_url=f"{ollama_server.address}/v1",
        api_key="none",
        streaming=streaming,
        extra_body={"top_k": 20},
    )
    role = open_role("improver", own, Sampling())
    reply = role.ask("hello", seed=1, schema=SCHEMA, max_tokens=2)
    assert (reply.text, reply.cut) == ("hello from the test server", True)
    sent = ollama_server.chats()[0]
    assert (sent["top_k"], sent["response_format"]["type"]) == (20, "json_schema")


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
