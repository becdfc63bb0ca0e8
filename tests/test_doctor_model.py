"""The doctor tries one model with a prompt as long as the settings allow."""

import json
from typing import Any

import pytest
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas.doctor import Check
from langgraph_nas.doctor.model import check_model, long_prompt
from langgraph_nas.llm import Sampling, open_role

SAMPLING = Sampling(retries=0, prompt_tokens=2048, reply_tokens=512)


def found(model: str, sampling: Sampling = SAMPLING) -> dict[str, Check]:
    return {check.part: check for check in check_model(model, sampling)}


def answer(body: dict[str, Any]) -> str:
    """Hold the schema, and repeat with the seed."""
    if body.get("format") or body.get("response_format"):
        return '{"size": "small"}'
    return f"a reply of seed {body.get('seed') or body['options']['seed']}"


@pytest.mark.parametrize("route", ["ollama:tiny", "openai:m@{}/v1"])
def test_a_model_that_does_all_is_told_with_its_numbers(
    route: str, ollama_server: OllamaProtocolServer
) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.replies = [answer]
    checks = found(route.format(ollama_server.address))
    assert list(checks) == ["model", "model speed", "model schema", "model seed"]
    assert all(check.works for check in checks.values())
    assert "read all of a prompt" in checks["model"].message
    assert "tokens a second" in checks["model speed"].message
    longest = max(len(body["messages"][-1]["content"]) for body in ollama_server.chats())
    role = open_role("generator", "ollama:tiny", SAMPLING)
    assert longest == len(long_prompt(role))


def test_the_long_prompt_is_as_long_as_the_settings_allow(
    ollama_server: OllamaProtocolServer,
) -> None:
    for sampling in (SAMPLING, Sampling(), Sampling(num_ctx=4096)):
        role = open_role("generator", "ollama:tiny", sampling)
        tokens = role.count_tokens(long_prompt(role))
        assert role.prompt_limit - 40 < tokens <= role.prompt_limit


@pytest.mark.parametrize("route", ["ollama:tiny", "openai:m@{}/v1"])
def test_a_window_that_is_too_small_is_told(
    route: str, ollama_server: OllamaProtocolServer
) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.window = 1024
    check = found(route.format(ollama_server.address))["model"]
    assert not check.works
    assert "read 51" in check.message
    assert "--prompt-tokens" in check.message


def test_what_does_not_hold_is_told_and_no_obstacle(ollama_server: OllamaProtocolServer) -> None:
    said = iter(range(9))
    ollama_server.replies = [lambda body: f"reply {next(said)}"]
    checks = found("ollama:tiny")
    assert checks["model"].works
    assert (checks["model schema"].works, checks["model seed"].works) == (False, False)
    assert "it answered 'reply 2'" in checks["model schema"].message


@pytest.mark.parametrize("reply", ["<think>" + "hm " * 20, ""])
def test_a_reply_of_thoughts_alone_proves_neither_schema_nor_seed(
    reply: str, ollama_server: OllamaProtocolServer
) -> None:
    ollama_server.replies = [reply]
    checks = found("ollama:tiny")
    assert checks["model"].works
    for part in ("model schema", "model seed"):
        assert not checks[part].works
        assert "can't be told" in checks[part].message
        assert "--think off" in (checks[part].todo or "")


def test_a_schema_that_is_refused_is_told_in_the_servers_words(
    ollama_server: OllamaProtocolServer,
) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.replies = ['{"size": "small"}']
    ollama_server.no_schema = Fault("error", status=400, text="no response_format here")
    check = found(f"openai:m@{ollama_server.address}/v1")["model schema"]
    assert not check.works
    assert "refused: " in check.message
    assert "no response_format here" in check.message


@pytest.mark.parametrize(
    ("model", "words"),
    [("ollama:nope", "does not have nope"), ("gpt-4", "unknown model"), ("auto", "ollama:tiny")],
)
def test_a_model_that_cannot_be_opened_is_told(
    model: str, words: str, ollama_server: OllamaProtocolServer
) -> None:
    assert words in found(model)["model"].message


def test_counts_that_are_not_told_are_not_made_up(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.cached_prompts = True
    check = found("ollama:tiny")["model"]
    assert "does not say how many" in check.message


@pytest.mark.slow  # half a minute: a prompt of 512 tokens, read twice on one core
def test_the_embedded_model_reads_all_and_holds_a_schema() -> None:
    pytest.importorskip("xllamacpp")
    checks = found("embedded", Sampling(retries=0, prompt_tokens=512, reply_tokens=64))
    assert all(check.works for check in checks.values()), json.dumps(
        {part: check.message for part, check in checks.items()}
    )
