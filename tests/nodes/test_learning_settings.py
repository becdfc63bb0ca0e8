"""Which of the settings beyond the paper are on."""

from pathlib import Path

from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, search
from langgraph_nas.config import Learning
from langgraph_nas.datasets import prepare


def test_a_search_learns_unless_it_follows_the_paper() -> None:
    assert SearchConfig().learning == Learning(True, True, True, 1, 8, 4, True)
    paper = SearchConfig(protocol="paper").learning
    assert not any(paper)
    assert paper._asdict() == PLAIN


def test_each_can_be_set_alone() -> None:
    paper = SearchConfig(protocol="paper", confirm_best=True, widen_after=3).learning
    assert (paper.confirm_best, paper.widen_after, paper.redirect) == (True, 3, False)
    assert SearchConfig(widen_after=0).learning.widen_after == 0


def test_what_was_decided_is_frozen_with_the_search(tmp_path: Path) -> None:
    search(
        SearchConfig(iterations=1, finalists=0, form="code", improver_form="text", redirect=False),
        name="s",
        database=tmp_path / "s.db",
        generator=ScriptedChatModel(answer=lambda p, n: f"```python\n{program(0.5)}```"),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=FakeSandbox(labels=prepare("digits").labels),
    )
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        settings = archive.search("s")["settings"]
    assert (settings["confirm_best"], settings["widen_after"]) == (True, 8)
    assert settings["redirect"] is False
