"""Models that leave the GPU when asked to, and what they hold while they stay."""

from pathlib import Path

import pytest
from fakes import ScriptedChatModel
from langchain_ollama import ChatOllama
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm import Sampling, ollama_memory, open_role
from langgraph_nas.llm.ollama_memory import is_here


def unloads(server: OllamaProtocolServer) -> int:
    bodies = [body for path, body in server.requests if path == "/api/generate"]
    return sum(body.get("keep_alive") == 0 and not body.get("prompt") for body in bodies)


def test_a_model_is_unloaded_and_has_left_when_that_returns(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.memory.leaves_after = 0.3
    role = open_role("generator", "ollama:tiny", Sampling())
    role.ask("hello", seed=1)
    assert ollama_server.memory.holds("tiny:latest")
    assert role.unload() is None
    assert not ollama_server.memory.holds("tiny:latest")
    assert unloads(ollama_server) == 1


def test_what_is_not_loaded_is_left_alone(ollama_server: OllamaProtocolServer) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    assert role.unload() is None
    assert unloads(ollama_server) == 0


def test_each_reply_says_how_long_the_model_took_to_load(
    ollama_server: OllamaProtocolServer,
) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    first, second = role.ask("hello", seed=1), role.ask("hello", seed=2)
    role.unload()
    third = role.ask("hello", seed=3)
    assert [reply.load_seconds for reply in (first, second, third)] == [2.5, 0.001, 2.5]


def test_a_model_that_stays_is_told_once(
    ollama_server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama_memory, "UNLOAD_SECONDS", 0.2)
    ollama_server.memory.leaves_after = 60
    role = open_role("generator", "ollama:tiny", Sampling())
    role.ask("hello", seed=1)
    assert "still loaded" in (role.unload() or "")
    assert role.unload() is None


def test_a_server_that_went_away_is_told_once(ollama_server: OllamaProtocolServer) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    ollama_server.close()
    assert "could not be unloaded" in (role.unload() or "")
    assert role.unload() is None


def test_a_server_elsewhere_holds_no_memory_of_this_gpu() -> None:
    far = ChatOllama(model="tiny", base_url="http://192.0.2.1:11434")
    role = open_role("generator", far, Sampling())
    assert role.unload() is None  # without a connection: tests may not leave this machine
    assert role.vram_bytes() == 0


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1:11434", True),
        ("http://localhost:1", True),
        ("0.0.0.0", True),
        (":11434", True),
        ("http://[::1]:11434", True),
        ("gpu-box:11434", False),
        ("https://192.0.2.1", False),
    ],
)
def test_an_address_tells_whether_the_server_is_here(address: str, here: bool) -> None:
    assert is_here(address) is here


def test_a_model_is_loaded_with_the_window_of_its_prompts_and_says_what_it_holds(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.memory.vram = {"tiny:latest": 5 << 30}
    role = open_role("generator", "ollama:tiny", Sampling(num_ctx=8192, keep_alive="5m"))
    assert role.vram_bytes() == 0
    role.load()
    assert role.vram_bytes() == 5 << 30
    path, body = ollama_server.requests[-2]
    assert path == "/api/generate"
    assert (body["options"], body["keep_alive"]) == ({"num_ctx": 8192}, "5m")


def test_a_model_that_can_not_be_loaded_is_named(ollama_server: OllamaProtocolServer) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    ollama_server.models = {}
    with pytest.raises(ModelUnavailableError, match="could not load tiny: .*not found"):
        role.load()
    ollama_server.close()
    with pytest.raises(ModelUnavailableError, match="could not load tiny"):
        role.load()
    with pytest.raises(ModelUnavailableError, match="no Ollama server answers"):
        role.vram_bytes()


def test_other_models_say_once_that_they_stay(tmp_path: Path) -> None:
    role = open_role("improver", ScriptedChatModel(answer=lambda prompt, n: ""), Sampling())
    assert "only Ollama's models can" in (role.unload() or "")
    assert role.unload() is None


def test_recorded_replies_hold_nothing(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text('{"reply": "hello"}')
    role = open_role("generator", f"replay:{file}", Sampling())
    role.load()
    assert role.unload() is None
    assert role.vram_bytes() == 0
