"""One LangGraph dev server for all tests of this folder, and the same search without it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.langgraph_dev import Server, quick_settings, running_server

from langgraph_nas import SearchConfig


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def parts(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """What a search of two networks is made of in this process."""
    monkeypatch.setenv("NAS_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    config = SearchConfig(**quick_settings(tmp_path), cpus=1)
    return {"config": config, "database": tmp_path / "s.db"}
