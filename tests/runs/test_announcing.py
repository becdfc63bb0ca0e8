"""The estimate after the first iteration."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, search


def write(prompt: str, number: int) -> str:
    comments = "\n".join(f"# remark {n} on network {number}" for n in range(100))
    return f"```python\n{program(0.3, number + 1)}{comments}```"


@pytest.mark.parametrize("keep", [8, 400])
def test_the_disk_space_that_is_foretold_is_taken(
    tmp_path: Path, sandbox: FakeSandbox, keep: int
) -> None:
    events: list[dict[str, Any]] = []
    search(
        SearchConfig(**PLAIN, iterations=40, finalists=0, keep_checkpoints=keep),
        name="s",
        database=tmp_path / "s.db",
        generator=ScriptedChatModel(answer=write),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        on_event=events.append,
    )

    taken = sum(file.stat().st_size for file in tmp_path.glob("*.db")) / 2**20
    told = next(event["disk_mb"] for event in events if event["event"] == "estimate")
    assert 0.5 * taken < told < 1.7 * taken


def test_what_the_prompts_of_a_role_depend_on_is_booked(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    models = {role: ScriptedChatModel(answer=write) for role in ("generator", "improver")}
    config = SearchConfig(**PLAIN, iterations=1, finalists=0, prompt_tokens=3000)
    search(config, name="s", database=tmp_path / "s.db", sandbox=sandbox, **models)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        roles = archive.search("s")["facts"]["roles"]
    assert roles["generator"] == roles["improver"]
    assert roles["generator"] == {"embedded": False, "completion": False, "prompt_limit": 3000}
