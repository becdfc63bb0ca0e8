"""What was shaped like an answer is one: cut, told so, and never asked for again alike."""

import json
import logging
from typing import Any

import pytest
from servers.ollama_protocol import Fault, OllamaProtocolServer
from servers.wire import JSON, SSE, VERSIONS, Exchange, exchange, repeat_limit

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm import Reply, Role, Sampling, open_role
from langgraph_nas.llm.repetition import repeats_itself

SCHEMA = {"type": "object"}


def _role(model: Any = "ollama:tiny", waited: list[float] | None = None, **settings: Any) -> Role:
    sleep = (waited if waited is not None else []).append
    return open_role("generator", model, Sampling(**settings), sleep=sleep)


def _told(reply: Reply) -> tuple[bool, str | None]:
    return reply.cut, reply.why_cut


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", ["repeat abort streamed", "repeat abort of a word"])
@pytest.mark.parametrize("before", ["", "class Net: pass\n"])
def test_a_reply_that_repeats_itself_is_a_cut_reply_with_the_text_so_far(
    ollama_server: OllamaProtocolServer, version: str, case: str, before: str
) -> None:
    recorded = exchange(version, case)
    parts = [json.loads(line)["message"]["content"] for line in recorded.lines]
    ollama_server.replies = [recorded.after(before)]
    waited: list[float] = []

    reply = _role(waited=waited).ask("hello", seed=3)

    assert reply.text == before + "".join(parts)
    assert _told(reply) == (True, "repeated")
    assert len(ollama_server.chats()) == 1
    assert waited == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_same_whole_and_asynchronously(
    ollama_server: OllamaProtocolServer, version: str
) -> None:
    ollama_server.replies = [exchange(version, "repeat abort whole")]
    reply = await _role().aask("hello", seed=3)
    assert _told(reply) == (True, "repeated")
    assert reply.text.isspace()
    assert len(ollama_server.chats()) == 1


@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_a_repeat_that_is_an_error_is_a_cut_reply_too(
    ollama_server: OllamaProtocolServer, schema: dict[str, Any] | None
) -> None:
    ollama_server.replies = [repeat_limit()]
    ollama_server.faults = [Fault("none"), Fault("stream_error", text="token repeat limit reached")]
    role = _role()

    first = role.ask("hello", seed=3, schema=schema)
    ollama_server.replies = ["hello from the test server"]
    second = role.ask("hello", seed=4, schema=schema)

    assert (first.text, _told(first)) == ("", (True, "repeated"))
    assert (second.text, _told(second)) == ("hello", (True, "repeated"))
    assert [chat["options"]["seed"] for chat in ollama_server.chats()] == [3, 4]


def test_a_reply_that_ends_early_for_no_visible_reason_is_not_said_to_repeat_itself(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.faults = [Fault("silent_end")]
    reply = _role().ask("hello", seed=3)
    assert (reply.text, _told(reply)) == ("hello", (True, "unfinished"))


def test_a_connection_that_breaks_is_an_outage(ollama_server: OllamaProtocolServer) -> None:
    """The stream ends without the mark of its end: the same question is asked again."""
    ollama_server.faults = [Fault("cut")]
    waited: list[float] = []
    reply = _role(waited=waited).ask("hello", seed=3)
    assert (reply.text, _told(reply)) == ("hello from the test server", (False, None))
    assert [chat["options"]["seed"] for chat in ollama_server.chats()] == [3, 3]
    assert waited == [1]


def test_a_stream_that_breaks_on_openais_route_is_an_outage_too(
    ollama_server: OllamaProtocolServer,
) -> None:
    """Its client has errors of its own fork of httpx."""
    openai = pytest.importorskip("langchain_openai")
    own = openai.ChatOpenAI(
        model="m",
        base_url=f"{ollama_server.address}/v1",
        api_key="none",
        streaming=True,
        max_retries=0,
    )
    ollama_server.faults = [Fault("cut")]
    waited: list[float] = []
    reply = _role(own, waited).ask("hello", seed=3)
    assert (reply.text, _told(reply)) == ("hello from the test server", (False, None))
    assert [chat["seed"] for chat in ollama_server.chats()] == [3, 3]
    assert waited == [1]


@pytest.mark.parametrize("streaming", [False, True])
def test_on_openais_route_no_reason_and_no_tokens_are_the_marks(
    ollama_server: OllamaProtocolServer, streaming: bool
) -> None:
    openai = pytest.importorskip("langchain_openai")
    recorded = exchange("0.32.15", "openai repeat abort")
    message = {"role": "assistant", "content": "    \n" * 15}
    choice = {"index": 0, "message": message, "finish_reason": None}
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    whole = Exchange(200, JSON, (json.dumps({**head, "choices": [choice], "usage": usage}),))
    ollama_server.replies = [recorded.after("class Net: pass\n") if streaming else whole]
    own = openai.ChatOpenAI(
        model="m", base_url=f"{ollama_server.address}/v1", api_key="none", streaming=streaming
    )

    reply = _role(own).ask("hello", seed=3)

    assert _told(reply) == (True, "repeated")
    assert reply.text.startswith("class Net" if streaming else "    \n")
    assert len(ollama_server.chats()) == 1


@pytest.mark.parametrize("error", [False, True])
def test_on_openais_route_the_server_may_say_it_in_an_error(
    ollama_server: OllamaProtocolServer, error: bool
) -> None:
    openai = pytest.importorskip("langchain_openai")
    words = {"error": {"message": "prediction aborted, token repeat limit reached", "code": None}}
    in_stream = Exchange(200, SSE, (f"data: {json.dumps(words)}\n", "\n"))
    ollama_server.replies = [Exchange(500, JSON, (json.dumps(words),)) if error else in_stream]
    own = openai.ChatOpenAI(
        model="m",
        base_url=f"{ollama_server.address}/v1",
        api_key="none",
        streaming=not error,
        max_retries=0,
    )
    assert _told(_role(own).ask("hello", seed=3)) == (True, "repeated")
    assert len(ollama_server.chats()) == 1


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_reply_that_still_comes_when_the_time_is_over_is_cut_and_nothing_is_printed(
    ollama_server: OllamaProtocolServer,
    is_async: bool,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ollama_server.faults = [Fault("trickle", seconds=0.1)]
    ollama_server.replies = ["one two three four five six seven eight nine ten " * 4]
    role = _role(timeout=0.35)
    with caplog.at_level(logging.DEBUG, "langchain_core"):
        reply = await role.aask("hello", seed=3) if is_async else role.ask("hello", seed=3)
    assert reply.text.startswith("one two three")
    assert "nine" not in reply.text
    assert _told(reply) == (True, "time")
    assert len(ollama_server.chats()) == 1
    assert "callback" not in caplog.text
    assert capfd.readouterr() == ("", "")


def test_a_reply_that_stops_to_come_is_cut_where_it_stopped(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.faults = [Fault("trickle", seconds=1.0)]
    reply = _role(timeout=0.3).ask("hello", seed=3)
    assert (reply.text, _told(reply)) == ("hello", (True, "time"))


def test_silence_is_an_outage(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("stall", seconds=0.6)] * 2
    waited: list[float] = []
    with pytest.raises(ModelServerError, match="failed 2 times.*--llm-timeout"):
        _role(waited=waited, timeout=0.2, retries=1).ask("hello", seed=3)
    assert waited == [1]


@pytest.mark.parametrize("is_async", [False, True])
async def test_each_retry_is_told(ollama_server: OllamaProtocolServer, is_async: bool) -> None:
    ollama_server.faults = [Fault("error", status=503, text="loading model")] * 3
    told: list[dict[str, Any]] = []

    async def no_wait(seconds: float) -> None:
        pass

    role = open_role(
        "generator", "ollama:tiny", Sampling(), sleep=lambda seconds: None, asleep=no_wait
    )
    if is_async:
        await role.aask("hello", seed=3, tell=told.append)
    else:
        role.ask("hello", seed=3, tell=told.append)
    assert [(e["event"], e["seconds"], e["retry"], e["retries"]) for e in told] == [
        ("no_answer", 1, 1, 5),
        ("no_answer", 2, 2, 5),
        ("no_answer", 4, 3, 5),
    ]
    assert all("loading model" in event["why"] for event in told)


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("class Net:\n    pass\n" + "    \n" * 8, True),
        ("the answer is 1" + "0" * 31, True),
        ("- " * 20, True),
        ("yes yes yes " * 5, True),
        ("```python\nprint('=' * 40)\n```\n", False),
        ("a = [0, 0, 0, 0, 0]", False),
        ("", False),
        ("hello from the test server", False),
    ],
)
def test_a_circle_is_seen(text: str, does: bool) -> None:
    assert repeats_itself(text) == does
