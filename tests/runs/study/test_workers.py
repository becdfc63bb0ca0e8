"""Ctrl-C while several processes search: all end cleanly, whoever got it, and whenever."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.runs.study.arms import Task, plan_tasks
from langgraph_nas.runs.study.workers import run_in_processes

SETTINGS = SearchConfig(
    method="random",
    iterations=1,
    train_samples=128,
    sandbox="unsafe-subprocess",
    cpus=1,
    confirm_best=False,
)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def later() -> Iterator[list[threading.Thread]]:
    """Threads that are to be over at the end."""
    threads: list[threading.Thread] = []
    yield threads
    for thread in threads:
        thread.join()


def run(database: Path, stop: threading.Event, seeds: range = range(2)) -> list[Task]:
    through: list[Task] = []
    run_in_processes(
        plan_tasks("c", SETTINGS, ["random"], seeds),
        SETTINGS,
        database,
        jobs=2,
        tell=lambda event: None,
        done=through.append,
        stop=stop,
    )
    return through


def wait_for_processes(count: int) -> list[int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [process.pid for process in active_children() if process.pid is not None]
        if len(found) >= count:
            return found
        time.sleep(0.001)
    raise AssertionError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_gets_it_before_it_is_set_up_goes_on_until_it_is_told_to_stop(
    tmp_path: Path, later: list[threading.Thread], number: signal.Signals
) -> None:
    stop = threading.Event()

    def interrupt() -> None:
        for process in wait_for_processes(2):
            os.kill(process, number)
        time.sleep(0.5)  # the parent sees dead processes, if there are some
        stop.set()

    later.append(threading.Thread(target=interrupt))
    later[0].start()
    assert len(run(tmp_path / "s.db", stop)) <= 2


def test_ctrl_c_in_a_script_leaves_the_searches_that_have_not_begun(
    tmp_path: Path, later: list[threading.Thread]
) -> None:
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        wait_for_processes(2)
        signal.pthread_kill(main, signal.SIGINT)

    later.append(threading.Thread(target=interrupt))
    later[0].start()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "s.db", threading.Event(), seeds=range(4))
    assert active_children() == []
    with Archive.open(tmp_path / "s.db") as archive:
        begun = archive.names()
        assert len(begun) <= 2
        assert "finished" not in {archive.search(name)["status"] for name in begun}
