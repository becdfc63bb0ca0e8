"""How long Ollama keeps a model: as it can read it, whoever sets it."""

import pytest
from langchain_ollama import ChatOllama
from pydantic import ValidationError
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.cli.settings import read_settings
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.llm import Role, Sampling, open_role


def sent(server: OllamaProtocolServer, role: Role) -> list[object]:
    """What a prompt and a load of the model tell the server."""
    server.requests.clear()
    role.ask("hello", seed=1)
    role.load()
    return [body["keep_alive"] for _, body in server.requests if "keep_alive" in body]


@pytest.mark.parametrize(
    ("given", "told"),
    [("-1", -1), ("300", 300), ("0", 0), ("30m", "30m"), ("1h30m", "1h30m"), ("-1s", "-1s")],
)
def test_the_setting_is_told_as_a_number_where_it_is_one(
    ollama_server: OllamaProtocolServer, given: str, told: object
) -> None:
    sampling = Sampling.of(SearchConfig(keep_alive=given))
    assert sent(ollama_server, open_role("generator", "ollama:tiny", sampling)) == [told, told]


@pytest.mark.parametrize(("own", "told"), [(-1, -1), (0, 0), ("-1", -1), ("5m", "5m")])
def test_a_users_own_chat_model_keeps_its_own(
    ollama_server: OllamaProtocolServer, own: int | str, told: object
) -> None:
    model = ChatOllama(model="tiny", keep_alive=own)
    role = open_role("generator", model, Sampling(keep_alive="7m"))
    assert sent(ollama_server, role) == [told, told]


def test_one_that_sets_nothing_is_loaded_for_as_long_as_the_setting_says(
    ollama_server: OllamaProtocolServer,
) -> None:
    role = open_role("generator", ChatOllama(model="tiny"), Sampling(keep_alive="-1"))
    assert sent(ollama_server, role)[-1] == -1


@pytest.mark.parametrize("text", ["500ms", "1.5h", "+5m", "2h45m30s", "-1", "0"])
def test_what_ollama_reads_is_a_setting(text: str) -> None:
    assert SearchConfig(keep_alive=text).keep_alive == text


def test_a_number_is_a_setting_too() -> None:
    assert SearchConfig.model_validate({"keep_alive": -1}).keep_alive == "-1"


@pytest.mark.parametrize("text", ["forever", "", "30 m", "1d", "1.5", "m", "--1", "٣m"])
def test_what_ollama_can_not_read_is_refused_with_what_it_can(text: str) -> None:
    with pytest.raises(ValidationError, match="seconds.*-1.*30m"):
        SearchConfig(keep_alive=text)


def test_the_command_line_names_the_option() -> None:
    with pytest.raises(UsageError, match=r"^--keep-alive forever: give .* such as 30m"):
        read_settings({"keep_alive": "forever"})
