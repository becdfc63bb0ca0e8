"""One process at a time runs a search, under the settings it was started with."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.errors import UsageError
from langgraph_nas.session import sole_owner

OWN = (
    "import sys, time; from pathlib import Path;"
    "from langgraph_nas.session import sole_owner;\n"
    "with sole_owner('s', Path(sys.argv[1])): print('owned', flush=True); time.sleep(60)"
)


def models() -> dict[str, Any]:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(0.3 + 0.1 * (number % 5), number + 1)}```"

    return {
        "generator": ScriptedChatModel(answer=write),
        "improver": ScriptedChatModel(answer=diagnosis),
    }


def start(folder: Path, sandbox: FakeSandbox, name: str = "s", **settings: Any) -> Any:
    config = SearchConfig(**{**PLAIN, "iterations": 2, "finalists": 0, **settings})
    return search(config, name=name, database=folder / "s.db", sandbox=sandbox, **models())


def test_a_search_that_another_process_runs_is_refused_until_that_is_gone(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    start(tmp_path, sandbox)
    path = {"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", OWN, str(tmp_path / "s.db")]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, env=path)
    assert other.stdout is not None
    assert other.stdout.readline() == b"owned\n"
    again = {"database": tmp_path / "s.db", "sandbox": sandbox, "iterations": 3, **models()}
    with pytest.raises(UsageError, match="'s' is running in another process"):
        resume("s", **again)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert resume("s", **again).iterations == 3


def test_the_same_process_counts_as_another_one(tmp_path: Path) -> None:
    database = tmp_path / "s.db"
    with (
        sole_owner("s", database),
        sole_owner("t", database),
        pytest.raises(UsageError),
        sole_owner("s", database),
    ):
        raise AssertionError
    with sole_owner("s", database):
        pass


def test_two_searches_in_one_file_run_at_the_same_time(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    results: dict[str, Any] = {}

    def work(name: str) -> None:
        results[name] = start(tmp_path, sandbox, name, iterations=15)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: result.iterations for name, result in results.items()} == {"a": 15, "b": 15}
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [len(archive.trials(name)) for name in "ab"] == [15, 15]
        assert [len(archive.triples(name)) for name in "ab"] == [15, 15]


def test_other_settings_under_a_name_that_is_taken_are_told_apart(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    start(tmp_path, sandbox, seed=43)
    with pytest.raises(UsageError, match=r"'s'.*started with memory 5, not 0; seed 43, not 44\)"):
        start(tmp_path, sandbox, seed=44, memory=0)
    with pytest.raises(UsageError) as same:
        start(tmp_path, sandbox, iterations=9)
    assert "started with" not in str(same.value)


def test_a_later_end_is_booked_with_the_iteration_from_which_it_holds(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    start(tmp_path, sandbox)
    common = {"database": tmp_path / "s.db", "sandbox": sandbox, **models()}
    resume("s", **common)
    resume("s", iterations=3, target_accuracy=0.9, **common)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        row = archive.search("s")
    assert row["settings"]["iterations"] == 3
    assert row["facts"]["raised"] == [
        {
            "after_iteration": 2,
            "iterations": {"from": 2, "to": 3},
            "target_accuracy": {"from": None, "to": 0.9},
        }
    ]


@pytest.mark.parametrize(
    "end", [{"iterations": 1}, {"time_budget": 1e-9}, {"target_accuracy": 0.3}]
)
def test_an_end_that_is_passed_is_refused_and_changes_nothing(
    tmp_path: Path, sandbox: FakeSandbox, end: dict[str, Any]
) -> None:
    start(tmp_path, sandbox)
    common = {"database": tmp_path / "s.db", "sandbox": sandbox, **models()}
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        before = archive.search("s")
    with pytest.raises(UsageError, match=rf"passed {next(iter(end))} .*`iterations` 2 to end it"):
        resume("s", **end, **common)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.search("s") == before


def test_a_search_may_be_ended_where_it_is(tmp_path: Path, sandbox: FakeSandbox) -> None:
    stop = threading.Event()
    sandbox.on_run = lambda job: stop.set() if len(sandbox.jobs) == 3 else None
    config = SearchConfig(**{**PLAIN, "iterations": 9, "finalists": 0})
    given = {"database": tmp_path / "s.db", "sandbox": sandbox, **models()}
    assert search(config, name="s", stop=stop, **given).iterations == 2
    with pytest.raises(UsageError, match="`iterations` 3 to end it"):  # the third is begun
        resume("s", iterations=2, **given)
    assert resume("s", iterations=3, **given).iterations == 3
