"""Finished replies come back after a kill, to the same call only."""

import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from langgraph_nas.errors import StorageError
from langgraph_nas.llm import Question, Reply, ReplyJournal

QUESTION = Question("digits-1", 8, "embedded", "a prompt", {"seed": 51, "schema": None})
REPLY = Reply("a reply", 10, 5, 0.25, "embedded", cut=False, load_seconds=1.5)


@pytest.fixture
def journal(tmp_path: Path):
    journal = ReplyJournal(tmp_path / "deep" / "searches.replies.db")
    yield journal
    journal.close()


def test_a_reply_comes_back_with_all_its_facts(journal: ReplyJournal) -> None:
    assert journal.find(QUESTION) is None
    assert journal.keep(QUESTION, REPLY) == REPLY
    assert journal.find(QUESTION) == REPLY
    journal.close()
    assert journal.find(QUESTION) == REPLY


@pytest.mark.parametrize(
    "other",
    [
        {"search": "digits-2"},
        {"number": 9},
        {"model": "ollama:other"},
        {"prompt": "another prompt"},
        {"options": {"seed": 52, "schema": None}},
        {"options": {"seed": 51, "schema": {"type": "object"}}},
    ],
)
def test_another_call_is_another_call(journal: ReplyJournal, other: dict[str, object]) -> None:
    journal.keep(QUESTION, REPLY)
    assert journal.find(replace(QUESTION, **other)) is None  # type: ignore[arg-type]


def test_a_call_that_was_asked_anew_has_its_last_reply(journal: ReplyJournal) -> None:
    journal.keep(QUESTION, REPLY)
    journal.keep(QUESTION, replace(REPLY, text="another"))
    found = journal.find(QUESTION)
    assert found is not None
    assert found.text == "another"


def test_text_that_sqlite_refuses_is_told_as_it_will_be_found(journal: ReplyJournal) -> None:
    kept = journal.keep(QUESTION, replace(REPLY, text="half \ud800 a character"))
    assert kept.text == "half ? a character"
    assert journal.find(QUESTION) == kept


def test_many_threads_and_another_process_may_use_it_at_once(journal: ReplyJournal) -> None:
    journal.keep(QUESTION, REPLY)
    code = (
        "import sys; from pathlib import Path; from langgraph_nas.llm import *;"
        "j = ReplyJournal(Path(sys.argv[1]));"
        "[j.keep(Question('b', n, 'm', 'p', {}), Reply(str(n), 1, 1, 0.1, 'm', False))"
        " for n in range(50)]"
    )
    path = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}
    other = subprocess.Popen([sys.executable, "-c", code, str(journal.path)], env=path)

    def work(search: str) -> None:
        for number in range(25):
            journal.keep(replace(QUESTION, search=search, number=number), REPLY)

    threads = [threading.Thread(target=work, args=(name,)) for name in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert other.wait(60) == 0
    assert journal.find(Question("b", 49, "m", "p", {})) is not None
    assert journal.find(replace(QUESTION, search="d", number=24)) == REPLY


def test_a_file_that_is_no_database_is_told_in_one_line(journal: ReplyJournal) -> None:
    journal.path.parent.mkdir(parents=True)
    journal.path.write_text("not a database" * 100)
    with pytest.raises(StorageError, match=r"can't use the kept replies in .*delete the file"):
        journal.find(QUESTION)


def test_it_is_kept_without_a_warning(journal: ReplyJournal) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        journal.keep(QUESTION, REPLY)
        assert journal.find(QUESTION) == REPLY


def test_a_file_that_another_process_is_making_is_taken_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from langchain_community.cache import FullLLMCache
    from sqlalchemy import Engine

    real, late = FullLLMCache.metadata.create_all, [True]

    def create_all(engine: Engine) -> None:
        if late:
            late.clear()
            real(engine)  # the other process; ours still believes that there is no table
            real(engine, checkfirst=False)
        real(engine)

    monkeypatch.setattr(FullLLMCache.metadata, "create_all", create_all)
    journal = ReplyJournal(tmp_path / "replies.db")
    assert journal.keep(QUESTION, REPLY) == REPLY
    assert journal.find(QUESTION) == REPLY
    journal.close()


def test_many_that_open_a_new_file_at_once_all_can(tmp_path: Path) -> None:
    def use(path: Path, search: str) -> None:
        journal = ReplyJournal(path)
        journal.keep(replace(QUESTION, search=search), REPLY)
        journal.close()

    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            used = [pool.submit(use, tmp_path / f"{number}.db", name) for name in "abcd"]
            for one in used:
                one.result()
