"""Whole searches on OpenAI's route of a server that repeats itself, in each form that this has."""

import json
import re
import time
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.replays import compared
from servers.ollama_protocol import Fault, OllamaProtocolServer
from servers.wire import JSON, SSE, Exchange, exchange

from langgraph_nas import Archive, SearchConfig, replay, resume, search
from langgraph_nas.errors import EmptyRepliesError, ModelServerError

pytest.importorskip("langchain_openai")

WORDS = ["widen", "deepen", "norm", "pool", "drop", "skip"]
BLANK = "    \n" * 15
NONE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
REPEATS = {"error": {"message": "prediction aborted, token repeat limit reached", "code": None}}
TIMEOUT = 1.0


def whole(text: str, reason: str | None, usage: dict[str, int] | None) -> Exchange:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    told = {**head, "choices": [choice], **({} if usage is None else {"usage": usage})}
    return Exchange(200, JSON, (json.dumps(told),))


class Repeating:
    """Goes round in circles at the temperature of the settings, now and then.

    What it answers depends on prompt, seed and temperature only, as a real one's.
    """

    def __init__(self, form: str) -> None:
        self.form = form

    def __call__(self, body: dict[str, Any]) -> str | Exchange:
        if self.form.startswith("stream") and not body.get("stream"):
            time.sleep(1.5 * TIMEOUT)  # too slow for whole replies, so it is asked for streams
        prompt, temperature = body["messages"][-1]["content"], body.get("temperature", 0.7)
        most = max(map(int, re.findall(r"nn\.Linear\((\d+)", prompt)), default=0)
        if '"modification"' in prompt:
            if temperature <= 0.7:
                return self.tail("")
            words = dict.fromkeys(("problem", "inspiration", "modification", "gist"), WORDS[most])
            return json.dumps(words)
        net = f"```python\n{program(0.5 + most / 100, most + 1)}"
        if most % 3 == 1 and temperature <= 0.7:
            return self.tail("")
        return self.tail(net) if most % 3 == 2 and self.form != "error" else f"{net}```"

    def tail(self, text: str) -> Exchange:
        """Return a reply that begins with this text and ends in a circle."""
        if self.form == "error":
            return Exchange(500, JSON, (json.dumps(REPEATS),))
        if self.form == "stream":
            return exchange("0.32.15", "openai repeat abort").after(text)
        if self.form == "stream with an error":
            begun = exchange("0.32.15", "openai repeat abort").after(text)
            return Exchange(200, SSE, (*begun.lines, f"data: {json.dumps(REPEATS)}\n", "\n"))
        return whole(text + BLANK, "stop" if self.form == "no tokens" else None, NONE)


def _config(server: OllamaProtocolServer, **settings: Any) -> SearchConfig:
    model = f"openai:m@{server.address}/v1"
    fixed = {"iterations": 4, "finalists": 0, "confirm_best": False, "llm_timeout": TIMEOUT}
    return SearchConfig.model_validate(
        {"generator": model, "improver": model, "llm_retries": 1, **fixed, **settings}
    )


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_nas.llm.attempts.pauses", lambda: repeat(0.0))


@pytest.mark.parametrize(
    "form",
    [
        "no tokens",
        "neither tokens nor a reason",
        "error",
        pytest.param("stream", marks=pytest.mark.slow),
        pytest.param("stream with an error", marks=pytest.mark.slow),
    ],
)
def test_it_goes_through_is_resumed_and_replays_exactly(
    form: str, tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [Repeating(form)]
    away = Fault("error", status=503, text="loading model")
    ollama_server.faults = [*[Fault("none")] * 9, away, away]
    events: list[dict[str, Any]] = []
    config, database = _config(ollama_server), tmp_path / "s.db"
    with pytest.raises(ModelServerError, match="failed 2 times"):
        search(config, name="s", database=database, sandbox=sandbox, on_event=events.append)

    result = resume("s", database=database, sandbox=sandbox, on_event=events.append)

    assert (result.iterations, result.distinct_valid, result.stopped) == (4, 4, "iterations")
    with Archive.open(database, readonly=True) as archive:
        calls = archive.calls("s")
    cut = {(call["role"], call["iteration"]) for call in calls if call["cut"] == "repeated"}
    assert cut >= {*(("improver", n) for n in range(1, 5)), ("generator", 2)}
    assert (("generator", 3) in cut) == (form != "error")  # its finished part is a program
    again = {(c["role"], c["iteration"]) for c in calls if c["temperature"] is not None}
    assert again == cut - {("generator", 3)}
    assert len({call["seed"] for call in calls}) == len(calls)
    told = [event.get("problem") for event in events if event["event"] == "reply"]
    assert told.count("the server ended it: it repeated itself") >= len(cut)
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same


@pytest.mark.parametrize("form", ["no tokens", "error"])
def test_a_model_that_does_nothing_else_stops_the_search_which_can_go_on(
    form: str, tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    model = Repeating(form)
    ollama_server.replies = [lambda body: model.tail("")]
    config, database = _config(ollama_server), tmp_path / "s.db"
    with pytest.raises(EmptyRepliesError, match="5 replies .*it repeated itself.*resume"):
        search(config, name="s", database=database, sandbox=sandbox)
    assert len(ollama_server.chats()) == 5
    ollama_server.replies = [model]
    assert resume("s", database=database, sandbox=sandbox).iterations == 4
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same
