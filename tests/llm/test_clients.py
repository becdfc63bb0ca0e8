"""What the environment says of proxies and certificates, and what becomes of it."""

import os
import subprocess
import sys

import pytest
from langchain_ollama import ChatOllama
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm import Sampling, list_ollama_models, ollama_problem, open_role, resolve_auto

SOCKS = {"ALL_PROXY": "socks5://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9"}
UNUSABLE = [
    pytest.param(SOCKS, "ALL_PROXY=socks5://127.0.0.1:9 names a SOCKS.*socksio", id="socks"),
    pytest.param(
        {"SSL_CERT_FILE": "/no/such.pem"}, "SSL_CERT_FILE=/no/such.pem can't be read", id="stale"
    ),
    pytest.param(
        {"SSL_CERT_FILE": os.devnull}, "SSL_CERT_FILE=/dev/null can't be read", id="empty"
    ),
    pytest.param({"HTTP_PROXY": "htp://x"}, "HTTP_PROXY=htp://x names no proxy", id="scheme"),
]


@pytest.fixture(autouse=True)
def _without_socks_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)


def set_all(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("environment", "words"), UNUSABLE)
@pytest.mark.parametrize("model", ["ollama:tiny", "openai:m@http://models.invalid/v1"])
def test_a_client_that_cannot_be_made_is_one_line(
    model: str, environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("OLLAMA_HOST", "models.invalid")
    set_all(monkeypatch, environment)
    with pytest.raises(ModelUnavailableError, match=f"models.invalid.*{words}") as caught:
        open_role("generator", model, Sampling())
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


@pytest.mark.parametrize(("environment", "words"), UNUSABLE)
def test_auto_goes_on_to_the_embedded_model_and_says_why(
    environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("OLLAMA_HOST", "models.invalid")
    set_all(monkeypatch, environment)
    model, why = resolve_auto()
    assert model == "embedded"
    assert words.partition(" ")[0] in why


@pytest.mark.parametrize("host", ["http://host:port", "http://127.0.0.1:9/v1"])
def test_auto_goes_on_from_a_bad_address_too(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert resolve_auto()[0] == "embedded"
    assert f"OLLAMA_HOST is {host!r}" in resolve_auto()[1]


@pytest.mark.parametrize(
    "environment",
    [
        SOCKS,
        {"SSL_CERT_FILE": "/no/such.pem"},
        {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
        {"HTTP_PROXY": "htp://x"},
        {"OPENAI_PROXY": "http://127.0.0.1:9"},
    ],
    ids=lambda environment: next(iter(environment)),
)
@pytest.mark.parametrize("route", ["ollama:tiny", "openai:m@{}/v1"])
async def test_this_machine_is_asked_whatever_the_environment_says(
    route: str,
    environment: dict[str, str],
    ollama_server: OllamaProtocolServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("langchain_openai")
    set_all(monkeypatch, environment)
    role = open_role("generator", route.format(ollama_server.address), Sampling())
    assert role.ask("hello", seed=1).text == "hello from the test server"
    assert (await role.aask("hello", seed=1)).text == "hello from the test server"
    assert list_ollama_models() == ["tiny:latest"]


def test_a_proxy_is_used_for_other_machines(
    ollama_server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://models.invalid")
    monkeypatch.setenv("http_proxy", ollama_server.address)
    ollama_problem()
    assert ollama_server.requests[0][0] == "http://models.invalid/api/tags"


@pytest.mark.parametrize(
    "environment", [SOCKS, {"OLLAMA_HOST": "::1"}, {"SSL_CERT_FILE": "/no/such.pem"}]
)
def test_importing_the_client_is_no_traceback_either(environment: dict[str, str]) -> None:
    """The `ollama` package makes a client of the environment as it is imported."""
    code = (
        "import os, sys; sys.modules['socksio'] = None; from langgraph_nas.llm import *; "
        "ollama_problem(timeout=0.1); import ollama; print(sorted(os.environ) == sorted(before))"
    )
    code = f"import os; before = dict(os.environ); {code}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("True", "")


def test_a_chat_model_of_the_users_own_is_taken_as_it_is(
    ollama_server: OllamaProtocolServer,
) -> None:
    own = ChatOllama(model="tiny", base_url=ollama_server.address)
    assert open_role("generator", own, Sampling()).ask("hello", seed=1).text
