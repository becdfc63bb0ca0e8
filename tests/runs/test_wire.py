"""A search over Ollama's protocol: both roles on the wire, and a server that goes away."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.settings import PLAIN
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.errors import ModelServerError, ModelUnavailableError

DIAGNOSIS = '{"problem": "p", "inspiration": "i", "modification": "m"}'


def _answer(body: dict[str, Any]) -> str:
    prompt = body["messages"][-1]["content"]
    if '"modification"' in prompt:
        return DIAGNOSIS
    tried = re.findall(r"nn\.Linear\((\d+)", prompt)
    return f"```python\n{program(0.5, max(map(int, tried), default=0) + 1)}```"


def _config(**settings: Any) -> SearchConfig:
    models = {"generator": "ollama:tiny", "improver": "ollama:tiny"}
    return SearchConfig(
        **{**PLAIN, **models, "iterations": 3, "finalists": 0, "llm_retries": 0} | settings
    )


def test_a_search_asks_both_roles_over_the_wire(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [_answer]

    result = search(_config(), name="s", database=tmp_path / "s.db", sandbox=sandbox)

    assert (result.iterations, result.distinct_valid) == (3, 3)
    options = [body["options"] for body in ollama_server.chats()]
    assert len({option["seed"] for option in options}) == 6
    assert all(option["num_ctx"] >= 6144 + 2048 for option in options)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.search("s")["settings"]["generator"] == "ollama:tiny"
        assert all(call["prompt_tokens"] for call in archive.calls("s"))
        assert all(trial["reply_tokens"] for trial in archive.trials("s"))
        assert json.loads(archive.calls("s")[1]["reply"] or "") == json.loads(DIAGNOSIS)


def test_a_server_lost_in_mid_search_stops_it_resumable(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    ollama_server.replies = [_answer]
    fine = Fault("trickle")
    ollama_server.faults = [fine, fine, fine, Fault("cut")]
    with pytest.raises(ModelServerError, match="langgraph-nas resume"):
        search(_config(), name="s", database=tmp_path / "s.db", sandbox=sandbox)

    result = resume("s", database=tmp_path / "s.db", sandbox=sandbox)

    assert (result.iterations, result.distinct_valid) == (3, 3)


def test_a_model_that_is_not_pulled_leaves_no_search_behind(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    with pytest.raises(ModelUnavailableError, match="ollama pull qwen"):
        search(
            _config(generator="ollama:qwen"), name="s", database=tmp_path / "s.db", sandbox=sandbox
        )

    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.searches() == []
