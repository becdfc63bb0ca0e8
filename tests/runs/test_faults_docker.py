"""Containers that die in mid-search, and a Docker daemon that is restarted in mid-training."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.faulty import Work
from fakes.faulty_engine import OwnEngine
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, SearchResult, resume, search
from langgraph_nas.cli.failing import fail
from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.orphans import MARK, PID, process_id

pytestmark = [pytest.mark.docker, pytest.mark.slow(seconds=25)]

IMAGE: str = SearchConfig.model_fields["image"].default
NET = """
import time

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, {width}), nn.Linear({width}, 10))
        {more}

    def forward(self, x):
        time.sleep(0.02)
        return self.layers(x)
"""
BOMB = "self.held = [b'x' * (64 << 20) for _ in range(40)]"
ADVICE = {"problem": "p", "inspiration": "i", "modification": "m"}

Act = Callable[[], object]
Results = tuple[list[Any], list[Any]]


def config(folder: Path, *more: str) -> SearchConfig:
    """Return the settings of a search of three networks that take a few seconds each to train."""
    models = {}
    nets = [NET.format(width=n + 8, more=(more + ("",) * 3)[n]) for n in range(3)]
    texts = {
        "generator": [f"```python\n{net}```" for net in nets],
        "improver": [json.dumps(ADVICE)] * 3,
    }
    for role, replies in texts.items():
        file = folder / f"{role}.jsonl"
        file.write_text("".join(json.dumps({"reply": text}) + "\n" for text in replies))
        models[role] = f"replay:{file}"
    return SearchConfig(
        **PLAIN,
        **models,
        iterations=3,
        finalists=0,
        sandbox="docker",
        memory_mb=1024,
        cpus=1,
        time_limit=90,
    )


def while_training(iteration: int, act: Act) -> Callable[[dict[str, Any]], None]:
    """Return what does `act` once, soon after the training of that iteration has begun."""
    begun: list[threading.Timer] = []

    def on_event(event: dict[str, Any]) -> None:
        here = event.get("stage") == "train" and event["iteration"] == iteration
        if here and event["event"] == "stage" and not begun:
            begun.append(threading.Timer(0.3, act))
            begun[0].start()

    return on_event


def run(settings: SearchConfig, database: Path, **options: Any) -> SearchResult:
    return search(settings, name="s", database=database, build_image=False, **options)


def results(database: Path) -> Results:
    """Return trials and triples, without what is measured anew each time."""
    with Archive.open(database, readonly=True) as archive:
        trials = [(t["iteration"], t["outcome"], t["accuracy"]) for t in archive.trials("s")]
        triples = [(t["iteration"], t["suggestion"], t["outcome"]) for t in archive.triples("s")]
    return trials, triples


def outcomes(database: Path) -> list[str]:
    return [outcome for _, outcome, _ in results(database)[0]]


def training_container() -> tuple[Any, str]:
    """Return a client and the id of the container of this process in which a network trains."""
    client = connect()
    label = f"{PID}={process_id(os.getpid())}"
    found = client.api.containers(filters={"label": [f"{MARK}=1", label]})
    return client, found[-1]["Id"]  # the newest first: the next one may be warming up already


def kill_main_process() -> None:
    client, container = training_container()
    os.kill(client.api.inspect_container(container)["State"]["Pid"], signal.SIGKILL)
    client.close()


def kill_through_docker() -> None:
    client, container = training_container()
    client.api.kill(container)
    client.close()


def remove() -> None:
    client, container = training_container()
    client.api.remove_container(container, force=True)
    client.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Results:
    """The results of the search that nothing disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAS_CACHE", str(cache))
        run(config(folder), folder / "s.db")
    return results(folder / "s.db")


@pytest.fixture(scope="module")
def engine() -> Iterator[OwnEngine]:
    """A daemon of our own, with the sandbox's image."""
    with pytest.MonkeyPatch.context() as patch:
        engine = OwnEngine()
        try:
            patch.setenv("DOCKER_HOST", engine.address)
            engine.wait()
            engine.load(IMAGE)
            yield engine
        finally:
            engine.remove()


def test_a_network_that_takes_all_memory_is_a_lesson_and_the_next_one_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)

    run(config(tmp_path, "", BOMB), tmp_path / "s.db")

    assert outcomes(tmp_path / "s.db") == ["ok", "out_of_memory", "ok"]
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert "1024 MiB" in archive.trial("s", 2)["message"]
    assert work.twice() == (0, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="to kill a container's process takes root")
def test_a_trainer_that_somebody_kills_is_booked_as_killed_and_the_search_goes_on(
    tmp_path: Path,
) -> None:
    client = connect()
    tells_why = client.info().get("CgroupVersion") == "1"
    client.close()

    run(config(tmp_path), tmp_path / "s.db", on_event=while_training(2, kill_main_process))

    # With cgroup v2 a SIGKILL from outside can't be told from a lack of memory.
    expected = "killed" if tells_why else "out_of_memory"
    assert outcomes(tmp_path / "s.db") == ["ok", expected, "ok"]


@pytest.mark.parametrize("act", [kill_through_docker, remove])
def test_a_container_that_somebody_ends_through_docker_is_no_lesson_but_tried_again(
    tmp_path: Path, act: Act, whole: Results
) -> None:
    run(config(tmp_path), tmp_path / "s.db", on_event=while_training(2, act))

    assert results(tmp_path / "s.db") == whole
    assert outcomes(tmp_path / "s.db") == ["ok"] * 3


def test_a_daemon_that_is_restarted_in_mid_training_costs_that_training_only(
    tmp_path: Path, whole: Results, engine: OwnEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(monkeypatch)

    run(config(tmp_path), tmp_path / "s.db", on_event=while_training(2, engine.restart))

    assert results(tmp_path / "s.db") == whole
    assert outcomes(tmp_path / "s.db") == ["ok"] * 3
    assert work.twice() == (0, 0)


def test_a_daemon_that_stays_away_stops_the_search_which_goes_on_once_it_is_back(
    tmp_path: Path,
    whole: Results,
    engine: OwnEngine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    work = Work(monkeypatch)
    monkeypatch.setattr("langgraph_nas.sandbox.docker.ENGINE_SECONDS", 3)

    with pytest.raises(SandboxError) as caught:
        run(config(tmp_path), tmp_path / "s.db", on_event=while_training(2, engine.stop))

    capsys.readouterr()
    assert fail(caught.value) == 3
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "start Docker" in line
    assert outcomes(tmp_path / "s.db") == ["ok"]
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        row = archive.search("s")
    assert (row["status"], row["stopped"]) == ("stopped", str(caught.value))

    engine.start()
    engine.wait()
    resume("s", database=tmp_path / "s.db", build_image=False)

    assert results(tmp_path / "s.db") == whole
    assert work.twice() == (0, 1)  # the training that had no end
