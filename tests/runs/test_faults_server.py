"""A model server that is restarted in mid-search, in the middle of a reply."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.faulty import Work
from fakes.faulty_server import RestartedServer
from fakes.settings import PLAIN
from fakes.story import story

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.cli.failing import fail
from langgraph_nas.errors import ModelServerError

DIAGNOSIS = '{"problem": "p", "inspiration": "i", "modification": "m"}'
AWAY = 0.5
"""Seconds for a restart; the first retry comes after one."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RestartedServer]:
    server = RestartedServer(replies=[answer])
    monkeypatch.setenv("OLLAMA_HOST", server.address)
    yield server
    server.stop()


def answer(body: dict[str, Any]) -> str:
    prompt = body["messages"][-1]["content"]
    if '"modification"' in prompt:
        return DIAGNOSIS
    tried = re.findall(r"nn\.Linear\((\d+)", prompt)
    return f"```python\n{program(0.5, max(map(int, tried), default=0) + 1)}```"


def config(retries: int) -> SearchConfig:
    models = {"generator": "ollama:tiny", "improver": "ollama:tiny"}
    return SearchConfig(**PLAIN, **models, iterations=3, finalists=1, llm_retries=retries)


def interrupted(server: RestartedServer, call: int, action: Any) -> None:
    """Do `action` while the server writes the reply to that call, from 1."""
    asked = 0

    def answered(body: dict[str, Any]) -> str:
        nonlocal asked
        asked += 1
        if asked == call:
            # From another thread: a server can't end itself while it answers.
            thread = threading.Thread(target=action)
            thread.start()
            thread.join(5)
        return answer(body)

    server.replies = [answered]


@pytest.mark.parametrize("call", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_a_server_that_is_restarted_is_asked_again_and_nothing_else_is(
    call: int,
    tmp_path: Path,
    server: RestartedServer,
    sandbox: FakeSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = config(retries=2)
    search(settings, name="s", database=tmp_path / "whole" / "s.db", sandbox=sandbox)
    before, work = len(server.chats()), Work(monkeypatch)
    interrupted(server, call, lambda: server.restart(AWAY))

    search(settings, name="s", database=tmp_path / "s.db", sandbox=sandbox)

    assert story(tmp_path / "s.db") == story(tmp_path / "whole" / "s.db")
    assert len(server.chats()) == before + 6 + 1
    assert work.twice() == (0, 0)


def test_a_server_that_stays_away_stops_the_search_which_goes_on_once_it_is_back(
    tmp_path: Path,
    server: RestartedServer,
    sandbox: FakeSandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = config(retries=1)
    search(settings, name="s", database=tmp_path / "whole" / "s.db", sandbox=sandbox)
    work = Work(monkeypatch)
    interrupted(server, 4, server.stop)

    with pytest.raises(ModelServerError) as caught:
        search(settings, name="s", database=tmp_path / "s.db", sandbox=sandbox)

    capsys.readouterr()
    assert fail(caught.value) == 3
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "failed 2 times" in line
    assert "start the server" in line
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        row = archive.search("s")
    assert (row["status"], row["stopped"]) == ("stopped", str(caught.value))
    server.start()
    resume("s", database=tmp_path / "s.db", sandbox=sandbox)
    assert story(tmp_path / "s.db") == story(tmp_path / "whole" / "s.db")
    assert work.twice() == (1, 0)  # the call that had no reply
