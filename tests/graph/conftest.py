"""A data cache and a cheap sandbox for all tests of this folder."""

import pytest
from fakes import FakeSandbox

from langgraph_nas.datasets import prepare


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path_factory.getbasetemp() / "graph-cache"))


@pytest.fixture
def sandbox() -> FakeSandbox:
    return FakeSandbox(labels=prepare("digits").labels)
