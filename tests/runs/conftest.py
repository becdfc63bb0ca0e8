"""The digits, prepared once, and a fake sandbox that knows their labels."""

from pathlib import Path

import pytest
from fakes import FakeSandbox

from langgraph_nas.datasets import PreparedData, prepare


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _use_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAS_CACHE", str(cache))


@pytest.fixture
def digits(_use_cache: None) -> PreparedData:
    return prepare("digits")


@pytest.fixture
def sandbox(digits: PreparedData) -> FakeSandbox:
    return FakeSandbox(labels=digits.labels)
