"""What the searches of a comparison share stays as it was begun, be it given or chosen."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.errors import ModelUnavailableError, UsageError
from langgraph_nas.evaluation.device_memory import RESERVE_MB
from langgraph_nas.runs.study.resolving import resolve

OTHER = "another --name"


def resolved(config: SearchConfig, begun: list[SearchConfig], jobs: int = 1) -> SearchConfig:
    return resolve(config, begun, jobs, sandbox=FakeSandbox(), models={})


@pytest.fixture
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """A driver that tells of 12 GiB; returns how many MiB candidates may have of them."""
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\necho 12288\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return 12288 - RESERVE_MB


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"epochs": 2}, "epochs 2, not 1"),
        ({"time_budget": 900.0}, "time_budget 900.0, not none"),
        ({"target_accuracy": 0.99}, "target_accuracy 0.99, not none"),
        ({"rich_lessons": False}, "rich_lessons False, not True"),
    ],
)
def test_a_setting_that_is_left_out_the_second_time_is_refused(
    setting: dict[str, Any], words: str, compare: Any
) -> None:
    arms = ("random",)
    first = compare(arms=arms, seeds=1, settings=setting)
    with pytest.raises(UsageError, match=f"'c-random-43' .*{words}.*{OTHER}"):
        compare(arms=arms)
    assert compare(arms=arms, seeds=1, settings=setting) == first


@pytest.mark.parametrize("setting", [{"time_budget": 900.0}, {"target_accuracy": 0.99}])
def test_a_setting_that_is_given_only_the_second_time_is_refused(
    setting: dict[str, Any], compare: Any
) -> None:
    compare(arms=("random",), seeds=1)
    with pytest.raises(UsageError, match=f"{next(iter(setting))} none, not .*{OTHER}"):
        compare(arms=("random",), settings=setting)


def test_what_may_be_left_open_stays_as_it_was_begun(compare: Any, database: Path) -> None:
    compare(seeds=1, settings={"cpus": 1.5, "precision": "fp32", "device_memory_mb": 512})
    assert compare(seeds=2).complete
    with Archive.open(database, readonly=True) as archive:
        rows = [archive.search(name)["settings"] for name in archive.names()]
    assert len(rows) == 6
    assert {row["cpus"] for row in rows} == {1.5}
    assert {row["device_memory_mb"] for row in rows} == {512}
    with pytest.raises(UsageError, match=f"cpus 1.5, not 2.0.*{OTHER}"):
        compare(seeds=2, settings={"cpus": 2.0})


def test_a_chat_model_object_is_not_exchanged_for_a_model(compare: Any) -> None:
    arms = ("random", "full")
    settings = {"generator": "embedded", "form": "code"}
    first = compare(arms=arms, seeds=1, settings=settings)
    assert compare(arms=arms, seeds=1, settings=settings) == first
    with pytest.raises(UsageError, match="'c-full-43' .*object:ScriptedChatModel, not embedded"):
        compare(arms=arms, seeds=1, settings=settings, generator=None)


def test_the_model_that_was_chosen_goes_on_though_another_would_be_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing() -> Any:
        raise ModelUnavailableError("no model to ask")

    monkeypatch.setattr("langgraph_nas.runs.study.resolving.resolve_auto", nothing)
    asks = SearchConfig(generator="ollama:coder", improver="ollama:coder", form="code")
    draws = SearchConfig(method="random")
    config = resolved(SearchConfig(), [draws, asks])
    assert (config.generator, config.improver, config.form) == ("ollama:coder",) * 2 + ("code",)
    with pytest.raises(ModelUnavailableError):
        resolved(SearchConfig(), [draws])


def test_cpus_stay_divided_as_they_were_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_nas.runs.study.resolving.usable_cpus", lambda: 8)
    config = SearchConfig(method="random")
    two = resolved(config, [], jobs=2)
    assert two.cpus == 4
    assert resolved(config, [two], jobs=1).cpus == 4
    one = resolved(config, [], jobs=1)
    assert one.cpus is None
    assert resolved(config, [one], jobs=2).cpus is None


def test_searches_at_a_time_divide_the_gpu(gpu: int) -> None:
    config = SearchConfig(method="random", device="cuda")
    assert resolved(config, [], jobs=1).device_memory_mb == gpu
    two = resolved(config, [], jobs=2)
    assert two.device_memory_mb == gpu // 2
    assert resolved(config, [two], jobs=1).device_memory_mb == gpu // 2


def test_what_ollama_holds_of_the_gpu_is_held_once_for_all_searches(
    gpu: int, ollama_server: OllamaProtocolServer
) -> None:
    ollama_server.models = {"coder:latest": 32768}
    ollama_server.memory.vram = {"coder:latest": 3 << 30}
    model = "ollama:coder"
    config = SearchConfig(generator=model, improver=model, device="cuda")
    assert resolved(config, [], jobs=2).device_memory_mb == (gpu - 3072) // 2
