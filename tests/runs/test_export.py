"""export() that is stopped."""

import threading
from pathlib import Path

import pytest
from fakes import FakeSandbox, program
from fakes.searched import book_search

from langgraph_nas import export
from langgraph_nas.errors import SearchStopped, UsageError


def test_one_that_is_stopped_says_so_and_leaves_nothing(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database, to, stop = tmp_path / "s.db", tmp_path / "out", threading.Event()
    book_search(database, [(program(0.5), 0.5)])
    sandbox.seconds, sandbox.on_run = 30, lambda job: stop.set()
    with pytest.raises(SearchStopped, match="nothing was exported"):
        export("s", to, database=database, sandbox=sandbox, stop=stop)
    assert not to.exists()
    sandbox.seconds, sandbox.on_run = 0, None
    export("s", to, database=database, sandbox=sandbox, stop=threading.Event())
    with pytest.raises(UsageError, match="give a new or empty folder$"):
        export("s", to, database=database, sandbox=sandbox)
