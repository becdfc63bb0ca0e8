"""Which of a server's models is taken, and what is said of those that can't be."""

import pytest
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas import doctor
from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm import Sampling, list_ollama_models, ollama_problem, open_role, resolve_auto
from langgraph_nas.llm.ollama_models import open_ollama

DAY = "2026-01-01T"


def give(server: OllamaProtocolServer, times: dict[str, str]) -> None:
    server.models = dict.fromkeys(times, 32768)
    server.modified = {name: f"{DAY}{time}" for name, time in times.items()}


def test_models_of_one_second_are_listed_in_one_order(ollama_server: OllamaProtocolServer) -> None:
    times = {
        "b:1": "10:00:00Z",
        "a:1": "10:00:00Z",
        "older:1": "11:59:59.9+02:00",  # 09:59:59.9 in UTC
        "newest:1": "10:00:00.000001Z",
        "c:1": "10:00:00Z",
    }
    for order in (list(times), list(reversed(times))):
        give(ollama_server, {name: times[name] for name in order})
        assert list_ollama_models() == ["newest:1", "a:1", "b:1", "c:1", "older:1"]
        assert resolve_auto()[0] == "ollama:newest:1"


def test_auto_asks_what_a_model_can_do_and_never_takes_one_that_embeds(
    ollama_server: OllamaProtocolServer,
) -> None:
    times = {"code-search:1": "12:00:00Z", "plain:1": "11:00:00Z", "my-embed-talk:1": "10:00:00Z"}
    give(ollama_server, times)
    ollama_server.abilities = {"code-search:1": ["embedding"]}
    assert resolve_auto()[0] == "ollama:plain:1"
    ollama_server.abilities["plain:1"] = ["embedding"]
    assert resolve_auto()[0] == "ollama:my-embed-talk:1"
    assert doctor.check_ollama_models().message.endswith("auto takes my-embed-talk:1")


def test_a_server_that_does_not_tell_is_believed_by_its_models_names(
    ollama_server: OllamaProtocolServer,
) -> None:
    give(ollama_server, {"paraphrase-multilingual:1": "12:00:00Z", "plain:1": "11:00:00Z"})
    ollama_server.abilities = dict.fromkeys(ollama_server.models)
    assert resolve_auto()[0] == "ollama:plain:1"


def test_a_server_with_nothing_but_embeddings_is_as_good_as_none(
    ollama_server: OllamaProtocolServer,
) -> None:
    pytest.importorskip("xllamacpp")
    ollama_server.abilities = {"tiny:latest": ["embedding"]}
    assert "no model that can chat (it has tiny:latest)" in str(ollama_problem())
    model, why = resolve_auto()
    assert model == "embedded"
    assert "no model that can chat (it has tiny:latest)" in why
    check = doctor.check_ollama_models()
    assert (check.works, check.message) == (False, "none that can chat (it has tiny:latest)")
    with pytest.raises(ModelUnavailableError, match="ollama:tiny can't chat, it is for embedding"):
        open_role("generator", "ollama:tiny", Sampling())


@pytest.mark.parametrize("name", ["nope", "nope:7b", "///x y"])
def test_a_wrong_name_says_that_it_is_not_there_and_what_is(
    ollama_server: OllamaProtocolServer, name: str
) -> None:
    give(ollama_server, {f"m{n:02}:1": "10:00:00Z" for n in range(14)})
    with pytest.raises(ModelUnavailableError) as caught:
        open_role("generator", f"ollama:{name}", Sampling())
    words = str(caught.value)
    assert f"does not have {name} (it has m00:1, m01:1" in words
    assert "m11:1 and 2 more)" in words
    assert "no Ollama server" not in words


@pytest.mark.parametrize(
    ("abilities", "thinks"),
    [(["completion", "thinking"], True), (["completion"], False), (None, False)],
)
def test_only_a_model_that_is_known_to_think_can(
    ollama_server: OllamaProtocolServer, abilities: list[str] | None, thinks: bool
) -> None:
    ollama_server.abilities = {"tiny:latest": abilities}
    backend = open_ollama("tiny", Sampling(), pull=False, on_progress=None)
    assert backend.can_think() is thinks
