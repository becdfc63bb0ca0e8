"""A file of each older version opens, and says what it said before.

`files/version-N.sql` is the dump of a database that version N wrote.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive
from langgraph_nas.archive.migrations import MIGRATIONS
from langgraph_nas.config import SearchConfig

DUMPS = Path(__file__).parent / "files"
OLDER = range(1, len(MIGRATIONS))


@pytest.fixture
def old_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((DUMPS / f"version-{request.param}.sql").read_text())
    connection.close()
    return path


def test_each_older_version_has_a_file() -> None:
    found = {file.name for file in DUMPS.glob("*.sql")}
    assert found == {f"version-{number}.sql" for number in OLDER}


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize("old_file", OLDER, indirect=True)
def test_an_older_file_keeps_all_that_was_in_it(old_file: Path, readonly: bool) -> None:
    with Archive.open(old_file, readonly=readonly) as archive:
        search = archive.search("digits-1")
        trials = archive.trials("digits-1")
        assert [trial["outcome"] for trial in trials] == ["ok", "forward_error"]
        assert (trials[0]["accuracy"], trials[0]["parameters"]) == (0.5, 1234)
        assert [t["outcome"] for t in archive.triples("digits-1")] == ["failed", None]
        assert archive.calls("digits-1")[0]["reply"] == "a reply"
        assert archive.finalists("digits-1")[0]["accuracies"] == {"validation": 0.5, "test": 0.25}
    config = SearchConfig.model_validate(search["settings"])
    # It was trained so before there was a choice, and goes on so.
    assert config.precision == "fp32"
    assert [trial["precision"] for trial in trials] == ["fp32", None]
    assert trials[0]["measures"] == {}
    # It learns as it did when it began.
    assert not any(config.learning)
    # However many replies are empty, it goes on as it did.
    assert (config.empty_replies, config.think) == (0, "auto")
    assert [trial["scores"] for trial in trials] == [[0.5], []]
    # What they depended on is not known, so that they stand in for nothing.
    assert [trial["conditions"] for trial in trials] == [None, None]


@pytest.mark.parametrize("old_file", OLDER, indirect=True)
def test_an_older_file_can_be_written(old_file: Path) -> None:
    with Archive.open(old_file) as archive:
        archive.record_finalist("digits-1", 1, 44, {"test": 0.5}, 1.0, measures={"macs": 7})
        assert archive.finalists("digits-1")[0]["measures"] == {"macs": 7}
