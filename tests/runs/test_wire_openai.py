"""A search over OpenAI's protocol, with a server that takes no schemas."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from servers.ollama_protocol import Fault, OllamaProtocolServer

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.errors import ModelServerError

WORDS = ["widen", "deepen", "norm", "pool", "drop"]


def _answer(body: dict[str, Any]) -> str:
    prompt = body["messages"][-1]["content"]
    tried = re.findall(r"nn\.Linear\((\d+)", prompt)
    most = max(map(int, tried), default=0)
    if '"modification"' in prompt:
        word = WORDS[most]
        return json.dumps(dict.fromkeys(("problem", "inspiration", "modification", "gist"), word))
    return f"```python\n{program(0.5, most + 1)}```"


def test_it_goes_through_with_the_default_settings_and_is_resumed_from_its_kept_replies(
    tmp_path: Path, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    pytest.importorskip("langchain_openai")
    ollama_server.replies = [_answer]
    refusal = "This response_format type is unavailable now"
    ollama_server.no_schema = Fault("error", status=400, text=refusal)
    model = f"openai:m@{ollama_server.address}/v1"
    config = SearchConfig(
        generator=model,
        improver=model,
        iterations=3,
        finalists=0,
        llm_retries=0,
        confirm_best=False,
    )
    assert config.learning.structured
    fine = Fault("none")
    ollama_server.faults = [fine, fine, fine, Fault("error", status=503)]
    with pytest.raises(ModelServerError, match="failed 1 times"):
        search(config, name="s", database=tmp_path / "s.db", sandbox=sandbox)
    before = len(ollama_server.chats())

    result = resume("s", database=tmp_path / "s.db", sandbox=sandbox)

    assert (result.iterations, result.distinct_valid) == (3, 3)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [call["source"] for call in archive.calls("s")] == ["llm"] * 6
    refused = [n for n, body in enumerate(ollama_server.chats()) if "response_format" in body]
    assert refused == [1, before]
    assert len(ollama_server.chats()) - len(refused) == 6 + 1
