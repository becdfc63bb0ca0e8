"""Trainings after a search, recorded in a real file."""

from pathlib import Path

import pytest
from sqlite_utils.db import NotFoundError

from langgraph_nas.archive import Archive


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "searches.db") as opened:
        opened.create_search("digits-1", {"dataset": "digits"}, {})
        yield opened


def record(archive: Archive, iteration: int, seed: int, accuracy: float, **changes: object) -> None:
    values: dict[str, object] = {
        "program_hash": "h3",
        "outcome": "ok",
        "message": "",
        "accuracies": {"validation": accuracy},
        "unscored": b"\x01\x00\x09\x00",
        "parameters": 2**70,
        "measures": {"macs": 7},
        "seconds": 1.5,
        "time_limit": 60.0,
        "isolation": "bubblewrap",
    }
    archive.record_training("digits-1", iteration, 5, seed, **{**values, **changes})  # type: ignore[arg-type]


def test_a_training_is_read_as_it_was_booked(archive: Archive):
    record(archive, 3, 44, 0.5)
    (row,) = archive.trainings("digits-1")
    assert row.pop("created") > 0  # type: ignore[misc]
    assert row == {
        "search": "digits-1",
        "iteration": 3,
        "epochs": 5,
        "seed": 44,
        "program_hash": "h3",
        "outcome": "ok",
        "message": "",
        "accuracies": {"validation": 0.5},
        "unscored": b"\x01\x00\x09\x00",
        "parameters": None,  # more than SQLite can hold
        "measures": {"macs": 7},
        "seconds": 1.5,
        "time_limit": 60.0,
        "isolation": "bubblewrap",
    }


def test_the_same_training_again_replaces_the_first(archive: Archive):
    record(archive, 3, 44, 0.5)
    record(archive, 3, 44, 0.75, unscored=None)
    record(archive, 3, 45, 0.25)
    rows = archive.trainings("digits-1")
    assert [row["accuracies"]["validation"] for row in rows] == [0.75, 0.25]
    assert rows[0]["unscored"] is None


def test_a_test_accuracy_is_added_to_its_training_alone(archive: Archive):
    record(archive, 0, 44, 0.5)
    record(archive, 3, 44, 0.5)
    archive.record_test_accuracy("digits-1", 3, 5, 44, {"validation": 0.5, "test": 0.4})
    assert [set(row["accuracies"]) for row in archive.trainings("digits-1")] == [
        {"validation"},
        {"validation", "test"},
    ]
    with pytest.raises(NotFoundError):
        archive.record_test_accuracy("digits-1", 4, 5, 44, {"test": 0.4})


def test_a_search_is_deleted_with_its_trainings(archive: Archive):
    record(archive, 0, 44, 0.5)
    archive.delete_search("digits-1")
    assert archive.trainings("digits-1") == []
