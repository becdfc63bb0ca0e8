"""Passwords and keys are sent, and neither told nor recorded."""

import json
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.settings import PLAIN
from pydantic import ValidationError
from servers.odd_answers import OddServer

from langgraph_nas import search
from langgraph_nas.config import SearchConfig, explain_settings
from langgraph_nas.config.secrets import without_secrets
from langgraph_nas.datasets import prepare
from langgraph_nas.errors import ModelServerError, ModelUnavailableError, UsageError
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.llm.addresses import ollama_address

pytest.importorskip("langchain_openai")

SECRETS = ("hunter22", "sk-topsecret99")
IDS = [
    "openai:m@http://me:hunter22@127.0.0.1:9/v1",
    "openai:m@http://hunter22@127.0.0.1:9/v1",
    "openai:m@http://:hunter22@127.0.0.1:9/v1",
    "openai:m@http://me:hunter22/b@c@127.0.0.1:9/v1",
    "openai:m@http://me:hunter22%40@127.0.0.1:9/v1",
    "openai:@cf/m@https://me:hunter22@127.0.0.1:9/v1",
    "openai:m@http://127.0.0.1:9/v1?api_key=sk-topsecret99",
    "openai:m@http://127.0.0.1:9/v1/?code=sk-topsecret99&a=b",
    "openai:m@http://127.0.0.1:9/v1#sk-topsecret99",
]


def _quiet(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


@pytest.fixture
def server() -> Iterator[OddServer]:
    server = OddServer()
    yield server
    server.close()


@pytest.mark.parametrize("model", IDS)
def test_a_models_id_with_a_secret_is_refused_as_a_setting(model: str) -> None:
    for field in ("generator", "improver"):
        with pytest.raises(ValidationError) as caught:
            SearchConfig.model_validate({field: model})
        told = explain_settings(caught.value)
        assert _quiet(str(caught.value) + told)
        assert "OPENAI_API_KEY" in told or "OPENAI_BASIC_AUTH" in told
        assert "@http://127.0.0.1:9/v1" in told or "@https://127.0.0.1:9/v1" in told


@pytest.mark.parametrize(
    "model",
    [
        *IDS,
        "openai:m@HTTP://me:hunter22@host/v1",
        "openai:m@me:hunter22@host/v1",
        "openai:m@ftp://me:hunter22@host/v1",
        "http://me:hunter22@host/v1",
    ],
)
def test_the_same_where_a_role_is_opened(model: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_role("generator", model, Sampling())
    assert _quiet(str(caught.value))


def test_other_settings_that_are_wrong_quote_no_secret_either() -> None:
    values: dict[str, Any] = {"generator": IDS[0], "iteratons": 1}
    with pytest.raises(ValidationError, match="iterations") as caught:
        SearchConfig.model_validate(values)
    assert _quiet(str(caught.value) + explain_settings(caught.value))


def test_a_user_and_a_password_of_the_environment_are_sent(
    server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASIC_AUTH", "me:hunter22")
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Hi"},
    }
    server.answers = {
        "/v1/models": (200, {"data": [{"id": "m"}]}),
        "/v1/chat/completions": [(200, {"choices": [choice]}), (500, {"error": "me:hunter22?"})],
    }
    role = open_role("generator", f"openai:m@{server.address}/v1", Sampling(retries=0))
    assert role.ask("hello", seed=1).text == "Hi"
    assert {headers["Authorization"] for headers in server.headers} == {"Basic bWU6aHVudGVyMjI="}
    with pytest.raises(ModelServerError) as caught:
        role.ask("hello", seed=2)
    assert _quiet(str(caught.value))


def test_a_server_that_quotes_the_key_is_not_quoted(
    server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-topsecret99")
    words = "Received API Key = sk-topsecret99 for http://a:hunter22@b/v1?token=sk-topsecret99"
    refusal = (400, {"error": {"message": words}})
    server.answers = {"/v1/models": refusal, "/v1/chat/completions": refusal}
    with pytest.raises(ModelUnavailableError, match=r"API Key = \*\*\*") as caught:
        open_role("generator", f"openai:m@{server.address}/v1", Sampling())
    assert _quiet(str(caught.value))


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("http://me:hunter22@host/v1", "ends with /v1"),
        ("http://me:hunter22/x@host", "written %2F"),
        ("http://me:x@hunter22@host/v1", "ends with /v1"),
        ("me:hunter22@host:port", "'port' is no port"),
        ("ftp://me:hunter22@host", "ftp://"),
        ("http://host?api_key=sk-topsecret99", "no name of a machine"),
    ],
)
def test_what_is_wrong_with_ollamas_address_is_told_without_its_password(
    host: str, words: str
) -> None:
    with pytest.raises(ModelUnavailableError, match=words) as caught:
        ollama_address(host)
    assert _quiet(str(caught.value))


@pytest.mark.parametrize(
    "proxy",
    [
        "http://me:hunter22@127.0.0.1:9",
        "http://me:hunter22@host:port",
        "http://me:hunter22/x@127.0.0.1:9",
        "htp://me:hunter22@127.0.0.1:9",
        "socks5://me:hunter22@127.0.0.1:9",
        "http://me:hunter22@[::1",
        "me:hunter22@127.0.0.1:9",
    ],
)
@pytest.mark.parametrize("model", ["ollama:tiny", "openai:m@http://models.invalid/v1"])
def test_a_proxy_that_does_not_work_is_told_without_its_password(
    model: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "models.invalid")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    with pytest.raises(ModelUnavailableError) as caught:
        open_role("generator", model, Sampling())
    assert _quiet(str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no answer from http://h/v1", "no answer from http://h/v1"),
        ("at http://a:b@h/v1?x=1", "at http://h/v1?x=1"),
        ("see https://h/a?access_token=abc&x=1", "see https://h/a?access_token=***&x=1"),
        ("write to me@example.org", "write to me@example.org"),
        ("openai:m@http://h/v1 says no", "openai:m@http://h/v1 says no"),
    ],
)
def test_a_text_keeps_all_that_is_no_secret(text: str, told: str) -> None:
    assert without_secrets(text) == told


def test_a_key_that_is_none_hides_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ollama")
    assert without_secrets("no ollama server") == "no ollama server"


def test_a_refused_search_leaves_no_trace_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from langgraph_nas.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LANGGRAPH_NAS_DB", raising=False)
    for model in IDS:
        assert main(["search", "--llm", model, "--json"]) == 2
        assert main(["doctor", "--llm", model, "--json"]) == 1
    out, err = capsys.readouterr()
    assert _quiet(out + err)
    assert "OPENAI_BASIC_AUTH" in err
    assert all(json.loads(line) for line in out.splitlines())
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(_quiet(path.read_bytes().decode("latin-1")) for path in found)


def test_a_search_keeps_them_in_no_file_and_no_event(
    server: OddServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-topsecret99")
    monkeypatch.setenv("OPENAI_BASIC_AUTH", "me:hunter22")
    monkeypatch.setattr("langgraph_nas.llm.attempts.pauses", lambda: repeat(0.0))
    message = {"role": "assistant", "content": f"```python\n{program(0.5)}```"}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    away = (503, {"error": {"message": "not for sk-topsecret99 of me:hunter22"}})
    server.answers = {
        "/v1/models": (200, {"data": [{"id": "m"}]}),
        "/v1/chat/completions": [away, (200, {"choices": [choice]}), away],
    }
    model = f"openai:m@{server.address}/v1"
    config = SearchConfig(
        **PLAIN, generator=model, improver=model, iterations=1, finalists=0, llm_retries=1
    )
    events: list[dict[str, Any]] = []
    sandbox = FakeSandbox(labels=prepare("digits").labels)
    with pytest.raises(ModelServerError, match=r"not for \*\*\* of me:\*\*\*") as caught:
        search(
            config, name="s", database=tmp_path / "s.db", sandbox=sandbox, on_event=events.append
        )
    assert [event["event"] for event in events].count("no_answer") == 2
    assert _quiet(str(caught.value) + json.dumps(events))
    found = [path for path in tmp_path.glob("*") if path.is_file()]
    assert len(found) >= 3
    assert all(_quiet(path.read_bytes().decode("latin-1")) for path in found)
