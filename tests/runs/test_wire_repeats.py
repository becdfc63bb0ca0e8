"""Whole searches on a server that repeats itself, as two versions of Ollama were recorded."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.replays import compared
from servers.ollama_protocol import Fault, OllamaProtocolServer
from servers.wire import VERSIONS, Exchange, exchange, repeat_limit

from langgraph_nas import Archive, SearchConfig, replay, resume, search
from langgraph_nas.errors import EmptyRepliesError, ModelServerError

WORDS = ["widen", "deepen", "norm", "pool", "drop", "skip"]


class Repeating:
    """A model that goes round in circles at the temperature of the settings, now and then.

    What it answers depends on prompt, seed and temperature only, as a real one's.
    """

    def __init__(self, version: str, tail: Exchange) -> None:
        self.tail = tail
        self.refusal = exchange(version, "schema refused")

    def __call__(self, body: dict[str, Any]) -> str | Exchange:
        prompt, options = body["messages"][-1]["content"], body["options"]
        most = max(map(int, re.findall(r"nn\.Linear\((\d+)", prompt)), default=0)
        if '"modification"' in prompt:
            if body.get("format"):
                return self.refusal
            if options["temperature"] <= 0.7:
                return self.tail
            words = dict.fromkeys(("problem", "inspiration", "modification", "gist"), WORDS[most])
            return json.dumps(words)
        net = f"```python\n{program(0.5 + most / 100, most + 1)}"
        if most % 3 == 1 and options["temperature"] <= 0.7:
            return self.tail
        return self.tail.after(net) if most % 3 == 2 and self.tail.streams else f"{net}```"


def _config(**settings: Any) -> SearchConfig:
    models = {"generator": "ollama:tiny", "improver": "ollama:tiny"}
    fixed = {"iterations": 4, "finalists": 0, "confirm_best": False, "llm_retries": 0}
    return SearchConfig.model_validate({**models, **fixed, **settings})


def _tails() -> list[Any]:
    cases = ["repeat abort streamed", "repeat abort of a word"]
    recorded = [(version, exchange(version, case)) for version in VERSIONS for case in cases]
    ids = [f"{version}-{case}" for version in VERSIONS for case in cases]
    later = pytest.param("0.32.15", repeat_limit(), id="0.33-error")
    told = [
        # One of each kind is quick, the others cost two seconds each.
        pytest.param(*one, id=name, marks=pytest.mark.slow if n else ())
        for n, (one, name) in enumerate(zip(recorded, ids, strict=True))
    ]
    return [*told, later]


@pytest.mark.parametrize(("version", "tail"), _tails())
def test_it_goes_through_is_resumed_and_replays_exactly(
    tmp_path: Path,
    ollama_server: OllamaProtocolServer,
    sandbox: FakeSandbox,
    version: str,
    tail: Exchange,
) -> None:
    ollama_server.replies = [Repeating(version, tail)]
    fine = Fault("none")
    ollama_server.faults = [*[fine] * 9, Fault("error", status=503)]
    events: list[dict[str, Any]] = []
    database = tmp_path / "s.db"
    with pytest.raises(ModelServerError, match="failed 1 times"):
        search(_config(), name="s", database=database, sandbox=sandbox, on_event=events.append)

    result = resume("s", database=database, sandbox=sandbox, on_event=events.append)

    assert (result.iterations, result.distinct_valid, result.stopped) == (4, 4, "iterations")
    _check_calls(database, ollama_server)
    told = [event.get("problem") for event in events if event["event"] == "reply"]
    assert told.count("the server ended it: it repeated itself") >= 5
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same


def _check_calls(database: Path, server: OllamaProtocolServer) -> None:
    with Archive.open(database, readonly=True) as archive:
        calls = archive.calls("s")
    cut = [call for call in calls if call["cut"] == "repeated"]
    again = [call for call in calls if call["temperature"] is not None]
    # Each improver's first, and the generator's second network at its first try.
    assert {(call["role"], call["iteration"]) for call in again} == {
        *(("improver", n) for n in range(1, 5)),
        ("generator", 2),
    }
    assert all(call["temperature"] == pytest.approx(1.05) for call in again)
    assert {call["number"] for call in again} <= {call["number"] + 1 for call in cut}
    assert len({call["seed"] for call in calls}) == len(calls)
    refused = {call["schema_refused"] for call in calls if call["role"] == "improver"}
    assert all(re.search("schema|conversion", words or "") for words in refused)
    asked = Counter(
        (body["messages"][-1]["content"], body["options"]["seed"], bool(body.get("format")))
        for body in server.chats()
    )
    # The one that had no answer was asked once more.
    assert sorted(asked.values())[-2:] == [1, 2]


def test_a_model_that_never_stops_repeating_itself_stops_the_search_which_can_go_on(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [exchange("0.32.15", "repeat abort streamed")]
    database = tmp_path / "s.db"
    stops = pytest.raises(EmptyRepliesError, match="5 replies .*it repeated itself.*resume")
    with stops:
        search(_config(), name="s", database=database, sandbox=sandbox)
    with stops:
        resume("s", database=database, sandbox=sandbox)
    with Archive.open(database, readonly=True) as archive:
        assert (archive.search("s")["status"], len(archive.calls("s"))) == ("stopped", 10)

    model = Repeating("0.32.15", exchange("0.32.15", "repeat abort streamed"))
    ollama_server.replies = [model]
    result = resume("s", database=database, sandbox=sandbox)

    assert (result.iterations, result.stopped) == (4, "iterations")
    assert result.valid >= 1
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same


def test_a_model_that_never_stops_repeating_itself_is_no_dead_end(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [exchange("0.32.15", "repeat abort streamed")]
    database = tmp_path / "s.db"
    config = _config(structured=False, empty_replies=0)

    result = search(config, name="s", database=database, sandbox=sandbox)

    assert (result.iterations, result.valid, result.stopped) == (4, 0, "iterations")
    with Archive.open(database, readonly=True) as archive:
        trials, calls = archive.trials("s"), archive.calls("s")
    assert {trial["outcome"] for trial in trials} == {"no_code"}
    assert all("it repeated itself" in trial["message"] for trial in trials)
    told = [call["prompt"] for call in calls if call["role"] == "improver"]
    assert all("the server ended it: it repeated itself" in prompt for prompt in told)
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same
