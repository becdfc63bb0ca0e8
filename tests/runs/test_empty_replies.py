"""A model that answers with nothing: said to user and improver, and no end that looks like one."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.replays import compared
from fakes.settings import PLAIN
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas import Archive, SearchConfig, replay, resume, search
from langgraph_nas.errors import EmptyRepliesError

DIAGNOSIS = '{"problem": "p", "inspiration": "i", "modification": "m"}'
THOUGHT = "<think>" + "hm " * 20
WORDS = "the reply was empty: all 21 tokens went into thoughts"


class Thinker:
    """Only thinks, so many times; then it answers."""

    def __init__(self, thoughts: int, net: str) -> None:
        self.thoughts, self.net = thoughts, net

    def __call__(self, body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        if '"modification"' in prompt:
            return DIAGNOSIS
        self.thoughts -= 1
        return self.net if self.thoughts < 0 else THOUGHT


def _config(**settings: Any) -> SearchConfig:
    models = {"generator": "ollama:tiny", "improver": "ollama:tiny"}
    return SearchConfig.model_validate(
        {**PLAIN, **models, "iterations": 5, "finalists": 0, **settings}
    )


def test_the_search_stops_goes_on_and_replays_exactly(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [Thinker(4, f"```python\n{program(0.5)}```")]
    events: list[dict[str, Any]] = []
    database = tmp_path / "s.db"
    stops = pytest.raises(EmptyRepliesError, match=f"2 replies in a row .*{WORDS}.*resume")
    with stops:
        search(
            _config(empty_replies=2),
            name="s",
            database=database,
            sandbox=sandbox,
            on_event=events.append,
        )
    assert _asked(database) == 2
    with stops:
        resume("s", database=database, sandbox=sandbox)
    assert _asked(database) == 4

    result = resume("s", database=database, sandbox=sandbox)

    assert (result.iterations, result.valid, result.stopped) == (5, 1, "iterations")
    told = [event["problem"] for event in events if event["event"] == "reply"]
    assert told == [WORDS, None, WORDS]
    with Archive.open(database, readonly=True) as archive:
        calls, trials = archive.calls("s"), archive.trials("s")
    assert [trial["message"] for trial in trials[:4]] == [WORDS] * 4
    improver = [call["prompt"] for call in calls if call["role"] == "improver"]
    assert all(WORDS in prompt for prompt in improver[:4])
    chats = [chat["options"]["seed"] for chat in ollama_server.chats()]
    assert len(chats) == len(set(chats))
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same


def _asked(database: Path) -> int:
    """Return how often the generator of a search that stopped was asked."""
    with Archive.open(database, readonly=True) as archive:
        assert archive.search("s")["status"] == "stopped"
        return sum(call["role"] == "generator" for call in archive.calls("s"))


def test_nothing_stops_a_search_that_shall_go_on_whatever_comes(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [Thinker(99, "")]
    result = search(_config(empty_replies=0), name="s", database=tmp_path / "s.db", sandbox=sandbox)
    assert (result.iterations, result.valid) == (5, 0)
