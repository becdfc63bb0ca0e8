"""The seconds of a search are those of all processes that ran it."""

from pathlib import Path

from fakes import FakeSandbox
from fakes.kills import Point, run_killed
from fakes.recorded import going_on, recorded_config

from langgraph_nas import Archive


def test_the_seconds_of_a_killed_process_count(tmp_path: Path, sandbox: FakeSandbox) -> None:
    sandbox.seconds = 0.1
    go_on = going_on(recorded_config(tmp_path), tmp_path / "s.db", sandbox)
    # Killed in the third iteration, then while the second of two finalists is recorded.
    for recording, hit, trainings in (("record_trial", 3, 2), ("record_finalist", 2, 5)):
        assert run_killed(go_on, tmp_path / "log", Point(Archive, recording, "before"), hit)
        with Archive.open(tmp_path / "s.db", readonly=True) as archive:
            assert archive.search("s")["seconds"] >= 0.1 * trainings
    assert go_on().seconds >= 0.1 * 6
