"""What is said of OpenAI-compatible servers before a search, and of prompts that they cut."""

from collections.abc import Iterator
from typing import Any

import pytest
from servers.fault import Fault
from servers.odd_answers import Answer, OddServer
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.errors import (
    ModelServerError,
    ModelUnavailableError,
    PromptCutError,
    UsageError,
)
from langgraph_nas.llm import Role, Sampling, open_role

pytest.importorskip("langchain_openai")

LISTED = (200, {"object": "list", "data": [{"id": "other"}, {"id": "third"}]})
REPLY = {"role": "assistant", "content": "Hi"}
CHOICE = {"index": 0, "finish_reason": "length", "message": REPLY}
FINE: Answer = (200, {"id": "1", "object": "chat.completion", "choices": [CHOICE]})
HTML = "<!doctype html><title>Sign in</title>"


@pytest.fixture
def server() -> Iterator[OddServer]:
    server = OddServer()
    yield server
    server.close()


def open_at(address: str, **settings: Any) -> Role:
    return open_role("generator", f"openai:m@{address}", Sampling(**settings))


def refused(address: str, **settings: Any) -> str:
    with pytest.raises(ModelUnavailableError) as caught:
        open_at(address, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_model_that_is_listed_is_not_asked_for_more(server: OddServer) -> None:
    server.answers["/v1/models"] = (200, {"data": [{"id": "m:latest"}]})
    open_at(f"{server.address}/v1")
    open_at(f"{server.address}/v1/")
    assert {path for path, _ in server.asked} == {"/v1/models"}


def test_a_model_that_is_not_listed_may_be_there(server: OddServer) -> None:
    server.answers = {"/v1/models": LISTED, "/v1/chat/completions": FINE}
    open_at(f"{server.address}/v1")
    assert server.asked[-1][1]["max_tokens"] == 1


@pytest.mark.parametrize(
    "thinks", [{"content": None, "reasoning_content": "Hm"}, {"content": None, "tool_calls": []}]
)
def test_a_model_whose_first_token_is_no_text_is_there(
    server: OddServer, thinks: dict[str, Any]
) -> None:
    choice = {**CHOICE, "message": {"role": "assistant", **thinks}}
    server.answers = {
        "/v1/models": LISTED,
        "/v1/chat/completions": (200, {"choices": [choice]}),
    }
    open_at(f"{server.address}/v1")


def test_a_model_that_is_not_there_is_refused_with_those_that_are(server: OddServer) -> None:
    missing = {"error": {"message": "The model `m` does not exist."}}
    server.answers = {"/v1/models": LISTED, "/v1/chat/completions": (404, missing)}
    words = refused(f"{server.address}/v1")
    assert "can't be asked for m (it has other, third)" in words
    assert "does not exist" in words


def test_a_window_that_is_too_small_for_anything_is_told(server: OddServer) -> None:
    words = "This model's maximum context length is 16 tokens"
    refusal = (400, {"error": {"message": words}})
    server.answers = {"/v1/models": LISTED, "/v1/chat/completions": refusal}
    told = refused(f"{server.address}/v1")
    assert words in told
    assert "lower --prompt-tokens" in told


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"error": {"message": "upstream worker has crashed", "code": 502}}),
        (200, {"error": "Unexpected endpoint or method."}),
        (200, {"id": "1", "choices": []}),
        (200, {"id": "1", "choices": None}),
        (200, {}),
        (200, []),
        (200, None),
        (200, HTML),
        (200, ""),
        (400, HTML),
        (404, {}),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_refused_in_a_line_that_says_what_to_check(
    server: OddServer, answer: Answer
) -> None:
    server.answers = {"/v1/models": answer, "/v1/chat/completions": answer}
    words = refused(f"{server.address}/v1")
    assert "/v1" in words
    assert "check" in words


@pytest.mark.parametrize("root", [(200, {"error": "Unexpected endpoint"}), (404, {}), (200, HTML)])
def test_an_address_that_lacks_v1_is_told_the_right_one(server: OddServer, root: Answer) -> None:
    server.answers = {"/models": root, "/v1/models": LISTED}
    address = server.address
    assert f"at {address} but at {address}/v1: write openai:m@{address}/v1" in refused(address)


def test_a_key_that_is_not_taken_is_told(server: OddServer) -> None:
    server.answers["/v1/models"] = (401, {"error": {"message": "no"}})
    assert "set OPENAI_API_KEY" in refused(f"{server.address}/v1")


def test_a_key_that_cannot_be_sent_is_told(
    server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "schlüssel")
    assert "a character that can't be sent" in refused(f"{server.address}/v1")


@pytest.mark.parametrize("name", ["max_model_len", "context_length", "context_window"])
def test_a_window_that_the_list_tells_must_hold_prompt_and_reply(
    server: OddServer, name: str
) -> None:
    server.answers["/v1/models"] = (200, {"data": [{"id": "m", name: 4096}]})
    assert "at most 4096 tokens and 8192 are asked for" in refused(f"{server.address}/v1")
    open_at(f"{server.address}/v1", prompt_tokens=2048)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://host:port/v1", "names no address"),
        ("http://:8080/v1", "names no address"),
        ("http:/127.0.0.1:8080/v1", "names no address"),
        ("http://127.0.0.1:99999/v1", "names no address"),
        ("http://[::1/v1", "names no address"),
        ("http://my host/v1", "names no address"),
        ("http://h/v1/chat/completions", "write openai:m@http://h/v1$"),
        ("http://h/v1/models/", "write openai:m@http://h/v1$"),
    ],
)
def test_a_bad_address_is_refused_with_what_to_write(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_at(url)


@pytest.mark.parametrize("keeps_whole", [False, True])
@pytest.mark.parametrize("streams", [False, True])
async def test_a_prompt_that_the_server_cuts_stops_the_search_with_what_to_do(
    ollama_server: OllamaProtocolServer, keeps_whole: bool, streams: bool
) -> None:
    from langchain_openai import ChatOpenAI

    ollama_server.window, ollama_server.keeps_whole = 2048, keeps_whole
    address = f"{ollama_server.address}/v1"
    model = ChatOpenAI(
        model="m", base_url=address, api_key="x", streaming=streams, stream_usage=streams
    )
    role = open_role("generator", model, Sampling())
    fits, long = "x = f(1)\n" * 330, "x = f(1)\n" * 440
    assert role.ask(fits, seed=1).prompt_tokens == 7 * 330 * 4 // 5 + 10
    with pytest.raises(PromptCutError) as caught:
        role.ask(long, seed=1)
    for words in ("context setting", "--prompt-tokens to", "ollama:MODEL", "is kept"):
        assert words in str(caught.value)
    assert caught.value.instead == {"prompt_tokens": 2048 if keeps_whole else 1024}
    with pytest.raises(PromptCutError):
        await role.aask(long, seed=1)


def test_a_server_that_refuses_to_count_in_streams_is_asked_without(server: OddServer) -> None:
    from langchain_openai import ChatOpenAI

    server.answers["/v1/models"] = (200, {"data": [{"id": "m"}]})
    refusal = {"error": {"message": "Unrecognized request argument: stream_options"}}
    server.answers["/v1/chat/completions"] = [(400, refusal), (503, {"error": "away"})]
    model = ChatOpenAI(
        model="m", base_url=f"{server.address}/v1", api_key="x", streaming=True, max_retries=0
    )
    role = open_role("generator", model, Sampling(retries=0))
    with pytest.raises(ModelServerError, match="away"):
        role.ask("hello", seed=1, schema={"type": "object"})
    sent = [body for path, body in server.asked if path.endswith("completions")]
    assert ["stream_options" in body for body in sent] == [True, False]
    assert all("response_format" in body for body in sent)


@pytest.mark.parametrize(
    ("status", "words", "told", "instead"),
    [
        (404, "no model m", "no longer has openai:m@.*load the model again.*resume", {}),
        (
            400,
            "This model's maximum context length is 2048 tokens",
            "raise the server's own context setting to 8192 .*--prompt-tokens, e.g. 3072",
            {"prompt_tokens": 3072},
        ),
        (
            400,
            "the request exceeds the available context size",
            "context setting",
            {"prompt_tokens": 3072},
        ),
        (500, "model requires more system memory (5.6 GiB)", "free memory.*resume", {}),
        (500, "worker crashed", "see the server's log.*resume", {}),
    ],
)
def test_what_a_server_refuses_in_mid_search_says_what_can_help(
    server: OddServer, status: int, words: str, told: str, instead: dict[str, int]
) -> None:
    server.answers["/v1/models"] = (200, {"data": [{"id": "m"}]})
    role = open_at(f"{server.address}/v1", retries=0)
    server.answers["/v1/chat/completions"] = (status, {"error": {"message": words}})
    with pytest.raises(ModelServerError, match=told) as caught:
        role.ask("hello", seed=1)
    assert caught.value.instead == instead


def test_a_server_that_is_too_slow_names_a_search_with_more_patience(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.faults = [Fault("stall", seconds=1.0)]
    role = open_role("generator", "ollama:tiny", Sampling(timeout=0.2, retries=0))
    with pytest.raises(ModelServerError, match="another search can have a longer") as caught:
        role.ask("hello", seed=1)
    assert caught.value.instead == {"llm_timeout": 0.4}
    assert "start the server" not in str(caught.value)
