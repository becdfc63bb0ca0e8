import contextlib
import gc
import socket
from urllib.parse import urlsplit

import pytest
from langchain_ollama import ChatOllama
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import (
    ModelServerError,
    ModelUnavailableError,
    PromptCutError,
    UsageError,
)
from langgraph_nas.llm import Sampling, list_ollama_models, ollama_problem, open_role


def connections_to(address: str) -> list[socket.socket]:
    """The open sockets of this process whose other end is there."""
    sockets = [found for found in gc.get_objects() if isinstance(found, socket.socket)]
    port = urlsplit(address).port
    found = []
    for each in sockets:
        with contextlib.suppress(OSError):  # closed, or not connected
            if each.family == socket.AF_INET and each.getpeername()[1] == port:
                found.append(each)
    return found


SCHEMA = {"type": "object", "properties": {"layers": {"type": "array"}}}


@pytest.fixture
def nobody_at_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OLLAMA_HOST", f"http://127.0.0.1:{free.getsockname()[1]}")


def test_the_server_sees_seed_schema_limits_and_window(
    ollama_server: OllamaProtocolServer,
) -> None:
    sampling = Sampling(temperature=0.3, top_p=0.8, reply_tokens=500, prompt_tokens=1100)
    role = open_role("generator", "ollama:tiny", sampling)
    reply = role.ask("hello", seed=7, schema=SCHEMA, stop=["END"], max_tokens=64)
    role.ask("hello", seed=8)
    first, second = ollama_server.chats()
    assert first["options"] == {
        "num_ctx": 1792,
        "num_predict": 64,
        "temperature": 0.3,
        "top_p": 0.8,
        "seed": 7,
        "stop": ["END"],
    }
    assert first["format"] == SCHEMA
    assert first["keep_alive"] == "30m"
    assert second["options"]["seed"] == 8
    assert second["options"]["num_predict"] == 500
    assert "format" not in second
    assert (reply.text, reply.prompt_tokens, reply.reply_tokens, reply.cut, reply.model) == (
        "hello from the test server",
        11,
        5,
        False,
        "ollama:tiny",
    )


async def test_asking_asynchronously_sends_the_same(ollama_server: OllamaProtocolServer) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    replies = [
        role.ask("hello", seed=7, schema=SCHEMA),
        await role.aask("hello", seed=7, schema=SCHEMA),
    ]
    assert replies[0].text == replies[1].text
    first, second = ollama_server.chats()
    assert first == second


def test_a_reply_at_its_limit_is_marked_cut(ollama_server: OllamaProtocolServer) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    assert role.ask("hello", seed=1, max_tokens=2).cut


def test_a_users_own_chat_model_keeps_its_settings(ollama_server: OllamaProtocolServer) -> None:
    own = ChatOllama(model="tiny", num_ctx=3000, temperature=1.5, num_gpu=2)
    role = open_role("improver", own, Sampling(reply_tokens=1000))
    role.ask("hello", seed=5)
    options = ollama_server.chats()[0]["options"]
    assert (options["num_ctx"], options["temperature"], options["num_gpu"]) == (3000, 1.5, 2)
    assert options["seed"] == 5
    assert role.prompt_limit == 2000
    assert own.seed is None


@pytest.mark.usefixtures("nobody_at_ollama")
async def test_no_connection_stays_open_behind_a_reply(
    ollama_server: OllamaProtocolServer,
) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    role.ask("hello", seed=7)
    await role.aask("hello", seed=8)
    assert len(ollama_server.chats()) == 2
    assert connections_to(ollama_server.address) == []
    with socket.create_connection(("127.0.0.1", urlsplit(ollama_server.address).port)):
        assert len(connections_to(ollama_server.address)) == 1  # one would be seen


def test_a_server_that_is_away_is_named_with_what_to_do() -> None:
    with pytest.raises(ModelUnavailableError, match="ollama serve.*OLLAMA_HOST"):
        open_role("generator", "ollama:tiny", Sampling())
    with pytest.raises(ModelUnavailableError):
        list_ollama_models()
    assert "OLLAMA_HOST" in (ollama_problem() or "")


def test_a_server_that_is_not_ollama_is_no_traceback(
    ollama_server: OllamaProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"{ollama_server.address}/elsewhere")
    assert "no Ollama server answers" in (ollama_problem() or "")


def test_a_missing_model_gives_the_pull_line(ollama_server: OllamaProtocolServer) -> None:
    with pytest.raises(ModelUnavailableError, match="`ollama pull big:7b`"):
        open_role("generator", "ollama:big:7b", Sampling())


def test_a_missing_model_is_pulled_when_allowed(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.pullable = {"big:7b": 32768}
    lines: list[str] = []
    role = open_role("generator", "ollama:big:7b", Sampling(), pull=True, on_progress=lines.append)
    assert role.ask("hello", seed=1).text
    assert lines[0] == "pulling big:7b: pulling manifest"
    assert "pulling big:7b: 50 % of 1.0 GB" in lines
    assert list_ollama_models() == ["big:7b", "tiny:latest"]


def test_a_pull_of_an_unknown_model_says_so(ollama_server: OllamaProtocolServer) -> None:
    with pytest.raises(ModelUnavailableError, match="could not pull nonsense: .*does not exist"):
        open_role("generator", "ollama:nonsense", Sampling(), pull=True)


def test_a_model_with_too_small_a_window_is_refused(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.models = {"tiny:latest": 2048}
    with pytest.raises(ModelUnavailableError, match="at most 2048 tokens.*--prompt-tokens"):
        open_role("generator", "ollama:tiny", Sampling())


def test_a_window_that_a_reply_fills_is_refused_before_anything_is_asked_or_pulled(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.pullable = {"big:7b": 32768}
    words = "holds 2048 tokens.*2048 are the reply's.*--num-ctx.*--reply-tokens"
    sampling = Sampling.of(SearchConfig(num_ctx=2048))
    with pytest.raises(UsageError, match=words):
        open_role("generator", "ollama:big:7b", sampling, pull=True)
    with pytest.raises(UsageError, match=words):
        open_role("generator", ChatOllama(model="tiny", num_ctx=2048), Sampling())
    assert ollama_server.requests == []
    assert open_role("generator", "ollama:tiny", Sampling(num_ctx=2049)).prompt_limit == 1


def test_a_prompt_too_long_for_the_window_is_not_sent(ollama_server: OllamaProtocolServer) -> None:
    role = open_role("generator", "ollama:tiny", Sampling(num_ctx=3000))
    assert role.prompt_limit == 952
    with pytest.raises(PromptCutError, match="--num-ctx"):
        role.ask("word " * 2000, seed=1)
    assert not ollama_server.chats()


@pytest.mark.parametrize("tells_window", [True, False])
def test_a_prompt_that_the_server_cuts_is_an_error(
    ollama_server: OllamaProtocolServer, tells_window: bool
) -> None:
    ollama_server.window, ollama_server.tells_window = 1024, tells_window
    role = open_role("generator", "ollama:tiny", Sampling())
    assert role.ask("word " * 500, seed=1).prompt_tokens == 635
    with pytest.raises(PromptCutError, match="read 514 of about .* raise --num-ctx"):
        role.ask("word " * 2000, seed=1)


async def test_a_cut_prompt_is_an_error_asynchronously_too(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.window = 1024
    role = open_role("generator", "ollama:tiny", Sampling())
    with pytest.raises(PromptCutError):
        await role.aask("word " * 2000, seed=1)


def test_counts_that_leave_out_cached_prompts_are_no_cut(
    ollama_server: OllamaProtocolServer,
) -> None:
    ollama_server.cached_prompts = True
    role = open_role("generator", "ollama:tiny", Sampling())
    assert role.ask("word " * 2000, seed=1).prompt_tokens is None


def test_a_low_count_is_believed_if_the_window_was_large(
    ollama_server: OllamaProtocolServer,
) -> None:
    role = open_role("generator", "ollama:tiny", Sampling())
    blanks_are_few_tokens_here = "( )" * 1500
    reply = role.ask(blanks_are_few_tokens_here, seed=1)
    assert reply.prompt_tokens
    assert role.count_tokens(blanks_are_few_tokens_here) > 2 * reply.prompt_tokens


@pytest.mark.parametrize(
    "fault",
    [
        Fault("error", status=500),
        Fault("error", status=503),
        Fault("error", status=429),
        Fault("cut"),
        Fault("stream_error"),
        Fault("stall", seconds=1.0),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_fault_is_waited_out_and_asked_again(
    ollama_server: OllamaProtocolServer, fault: Fault
) -> None:
    ollama_server.faults = [fault]
    waited: list[float] = []
    role = open_role("generator", "ollama:tiny", Sampling(timeout=0.5), sleep=waited.append)
    assert role.ask("hello", seed=3).text == "hello from the test server"
    assert waited == [1]
    assert [chat["options"]["seed"] for chat in ollama_server.chats()] == [3, 3]


def test_pauses_grow_until_the_search_stops_resumable(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("error", text="runner crashed")] * 9
    waited: list[float] = []
    role = open_role("generator", "ollama:tiny", Sampling(retries=8), sleep=waited.append)
    with pytest.raises(ModelServerError, match="failed 9 times.*runner crashed.*resume"):
        role.ask("hello", seed=1)
    assert waited == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_pauses_grow_asynchronously_too(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("cut")] * 3
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    role = open_role("generator", "ollama:tiny", Sampling(retries=2), asleep=wait)
    with pytest.raises(ModelServerError, match="3 times"):
        await role.aask("hello", seed=1)
    assert waited == [1, 2]


def test_a_server_that_goes_away_stops_the_search_resumable(
    ollama_server: OllamaProtocolServer,
) -> None:
    role = open_role("generator", "ollama:tiny", Sampling(retries=1), sleep=lambda _: None)
    ollama_server.close()
    with pytest.raises(ModelServerError, match="start the server"):
        role.ask("hello", seed=1)


def test_a_model_removed_in_mid_search_gives_the_pull_line(
    ollama_server: OllamaProtocolServer,
) -> None:
    waited: list[float] = []
    role = open_role("generator", "ollama:tiny", Sampling(), sleep=waited.append)
    ollama_server.models = {}
    with pytest.raises(ModelServerError, match="`ollama pull tiny`.*resume"):
        role.ask("hello", seed=1)
    assert not waited


def test_a_refused_request_is_not_asked_again(ollama_server: OllamaProtocolServer) -> None:
    ollama_server.faults = [Fault("error", status=400, text="bad format")]
    role = open_role("generator", "ollama:tiny", Sampling())
    with pytest.raises(ModelServerError, match="refused a request: .*bad format"):
        role.ask("hello", seed=1)
    assert len(ollama_server.chats()) == 1
