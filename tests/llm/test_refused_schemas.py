"""A schema that a server refuses, or dies of, is left out once, told, and recorded."""

from typing import Any

import pytest
from servers.ollama_protocol import Fault, OllamaProtocolServer
from servers.wire import VERSIONS, Exchange, dead_runner, exchange

from langgraph_nas.errors import ModelServerError
from langgraph_nas.llm import Role, Sampling, open_role

SCHEMA = {"type": "object", "properties": {"change": {"pattern": "(?!x)"}}}
OTHER = {"type": "object"}
HELLO = "hello from the test server"


def _role(waited: list[float] | None = None, **settings: Any) -> Role:
    sleep = (waited if waited is not None else []).append
    return open_role("improver", "ollama:tiny", Sampling(**settings), sleep=sleep)


def _refusing(refusal: Exchange) -> Any:
    return lambda body: refusal if body.get("format") else HELLO


def _sent(server: OllamaProtocolServer) -> list[tuple[bool, int]]:
    return [(bool(body.get("format")), body["options"]["seed"]) for body in server.chats()]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_refusal_is_told_and_the_server_asked_without_a_schema_from_then_on(
    ollama_server: OllamaProtocolServer, version: str
) -> None:
    refusal = exchange(version, "schema refused")
    ollama_server.replies = [_refusing(refusal)]
    waited: list[float] = []
    told: list[dict[str, Any]] = []
    role = _role(waited)

    replies = [role.ask("hello", seed=seed, schema=SCHEMA, tell=told.append) for seed in (1, 2)]

    assert [reply.text for reply in replies] == [HELLO] * 2
    assert _sent(ollama_server) == [(True, 1), (False, 1), (False, 2)]
    assert waited == []
    words = "invalid JSON schema in format" if version == "0.24.0" else "unrecognized type banana"
    assert [(event["event"], words in event["why"]) for event in told] == [("schema_refused", True)]
    assert all(words in (reply.schema_refused or "") for reply in replies)
    assert role.ask("hello", seed=3).schema_refused is None


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_runner_that_dies_of_a_schema_is_asked_without_that_one_only(
    ollama_server: OllamaProtocolServer, is_async: bool
) -> None:
    def answer(body: dict[str, Any]) -> str | Exchange:
        return dead_runner() if body.get("format") == SCHEMA else HELLO

    ollama_server.replies = [answer]
    role = _role()
    for seed, schema in enumerate((SCHEMA, OTHER, SCHEMA)):
        if is_async:
            await role.aask("hello", seed=seed, schema=schema)
        else:
            role.ask("hello", seed=seed, schema=schema)
    assert _sent(ollama_server) == [(True, 0), (False, 0), (True, 1), (False, 2)]


def test_a_server_that_dies_of_every_schema_is_sent_none_after_two(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.replies = [_refusing(dead_runner())]
    role = _role()
    for seed in range(4):
        role.ask("hello", seed=seed, schema={**OTHER, "title": str(seed)})
    assert [format for format, _ in _sent(ollama_server)] == [
        True,
        False,
        True,
        False,
        False,
        False,
    ]


def test_a_server_that_breaks_off_twice_at_a_schema_is_asked_without_it(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.faults = [Fault("cut"), Fault("cut")]
    waited: list[float] = []
    reply = _role(waited).ask("hello", seed=1, schema=SCHEMA)
    assert reply.text == HELLO
    assert reply.schema_refused
    assert _sent(ollama_server) == [(True, 1), (True, 1), (False, 1)]
    assert waited == [1]


def test_a_server_that_breaks_off_once_keeps_its_schema(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.faults = [Fault("cut")]
    role = _role()
    assert role.ask("hello", seed=1, schema=SCHEMA).schema_refused is None
    assert _sent(ollama_server) == [(True, 1), (True, 1)]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_what_has_nothing_to_do_with_the_schema_does_not_leave_it_out(
    ollama_server: OllamaProtocolServer, status: int
) -> None:
    ollama_server.faults = [Fault("error", status=status, text="no")]
    role = _role(retries=1)
    if status in (429, 503):
        role.ask("hello", seed=1, schema=SCHEMA)
    else:
        with pytest.raises(ModelServerError):
            role.ask("hello", seed=1, schema=SCHEMA)
    assert all(format for format, _ in _sent(ollama_server))


def test_a_request_that_is_refused_either_way_tells_both_reasons(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.faults = [
        Fault("error", status=400, text="bad schema"),
        Fault("error", status=400, text="bad prompt"),
    ]
    role = _role()
    with pytest.raises(ModelServerError, match="bad schema.*--no-structured.*bad prompt"):
        role.ask("hello", seed=1, schema=SCHEMA)
    role.ask("hello", seed=1, schema=SCHEMA)
    assert [format for format, _ in _sent(ollama_server)] == [True, False, True]
