"""Ctrl-C while several processes search: all end cleanly, whoever got it, and whenever."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import Pipe, active_children
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace

import pytest

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.errors import ResumableError
from langgraph_nas.runs.study import workers
from langgraph_nas.runs.study.arms import PlannedSearch, plan_tasks
from langgraph_nas.runs.study.workers import STOP, run_in_processes

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


def run(
    database: Path,
    stop: threading.Event,
    seeds: range = range(2),
    done: Callable[[PlannedSearch], object] = lambda task: None,
) -> None:
    run_in_processes(
        plan_tasks("c", SETTINGS, ["random"], seeds),
        SETTINGS,
        database,
        jobs=2,
        tell=lambda event: None,
        done=done,
        stop=stop,
    )


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
    through: list[PlannedSearch] = []
    run(tmp_path / "s.db", stop, done=through.append)
    assert len(through) <= 2


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


class ThreadInPlaceOfAProcess:
    """Runs searches as `work` does, in no time; the first fails, and leaves slowly."""

    begun: list[str] = []
    second_begun, first_leaving = threading.Event(), threading.Event()

    def __init__(self, target: object, args: tuple[Connection, ...], daemon: bool) -> None:
        self._pipe = args[0]
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        with contextlib.suppress(EOFError):
            while (task := self._pipe.recv()) is not None:
                if task != STOP:
                    self._pipe.send(self._run(task.name))
        self.first_leaving.set()
        time.sleep(0.3)

    def _run(self, name: str) -> Exception | None:
        self.begun.append(name)
        if name != "c-random-0":
            self.second_begun.set()
            return None
        self.second_begun.wait(10)
        return ResumableError("the first failed")

    def start(self) -> None:
        # `employ` closes its copy of this end, which a process would have inherited.
        self._pipe = Connection(os.dup(self._pipe.fileno()))
        self._thread.start()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)
        self._pipe.close()

    def kill(self) -> None:
        pass


def test_where_one_fails_no_other_begins_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ThreadInPlaceOfAProcess, "begun", [])
    spawn = SimpleNamespace(Pipe=Pipe, Process=ThreadInPlaceOfAProcess)
    monkeypatch.setattr(workers, "get_context", lambda method: spawn)
    fake = ThreadInPlaceOfAProcess
    with pytest.raises(ResumableError, match="the first failed"):
        # The second is through with its search when the first has failed and not yet left.
        run(tmp_path / "s.db", threading.Event(), done=lambda task: fake.first_leaving.wait(10))
    assert sorted(fake.begun) == ["c-random-0", "c-resnet9-0"]
