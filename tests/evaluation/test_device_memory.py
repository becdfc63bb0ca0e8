"""What of a GPU is left to a candidate, told by a made-up driver."""

from pathlib import Path

import pytest

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import device_memory_budget, limits_of
from langgraph_nas.evaluation.device_memory import RESERVE_MB
from langgraph_nas.evaluation.gpu import ask_gpu
from langgraph_nas.sandbox.launch import plan_launch


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `nvidia-smi` that answers with two GPUs of 24 and 8 GiB."""
    program = tmp_path / "nvidia-smi"
    program.write_text('#!/bin/sh\ntest "$1" = --query-gpu=memory.total && echo "24576\n8192"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


def four_gib() -> int:
    return 4 << 30


@pytest.mark.usefixtures("driver")
def test_a_candidate_has_what_the_llms_leave_free() -> None:
    budget = device_memory_budget(SearchConfig(), "cuda", four_gib)
    assert budget == 24576 - 4096 - RESERVE_MB


@pytest.mark.usefixtures("driver")
def test_llms_that_leave_before_each_training_hold_nothing() -> None:
    def unasked() -> int:
        raise AssertionError

    assert device_memory_budget(SearchConfig(share_gpu=True), "cuda", unasked) == 24576 - RESERVE_MB


@pytest.mark.usefixtures("driver")
def test_candidates_at_a_time_divide_it() -> None:
    budget = device_memory_budget(SearchConfig(), "cuda", lambda: 0, at_a_time=4)
    assert budget == (24576 - RESERVE_MB) // 4


@pytest.mark.usefixtures("driver")
def test_a_setting_is_taken_as_it_is() -> None:
    config = SearchConfig(device_memory_mb=3000)
    assert device_memory_budget(config, "cuda", four_gib, at_a_time=2) == 3000


@pytest.mark.usefixtures("driver")
def test_on_the_cpu_there_is_none() -> None:
    assert device_memory_budget(SearchConfig(), "cpu", four_gib) is None


def test_without_a_driver_that_answers_there_is_none(
    driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for script in ("echo '[N/A]'", "exit 9", "true"):
        driver.write_text(f"#!/bin/sh\n{script}\n")
        assert ask_gpu("memory.total") is None
    monkeypatch.setenv("PATH", str(driver.parent / "nowhere"))
    assert device_memory_budget(SearchConfig(), "cuda", four_gib) is None


@pytest.mark.usefixtures("driver")
def test_llms_that_leave_too_little_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="hold 24000 of the GPU's 24576 MiB.*--share-gpu"):
        device_memory_budget(SearchConfig(), "cuda", lambda: 24000 << 20)


def test_the_harness_is_told_the_budget(tmp_path: Path) -> None:
    from fakes import tiny_data

    from langgraph_nas.evaluation import workload_of

    limits = limits_of(SearchConfig(device_memory_mb=3000))
    workload = workload_of(tiny_data(tmp_path), "cuda", ["validation"])
    assert '"device_memory_mb": 3000' in plan_launch(workload, limits).arguments[-1]
