"""What an evaluation keeps of a run, and what it does not take at its word."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeSandbox, tiny_data

from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import Sandboxed
from langgraph_nas.evaluation.precision import cpu_flags, pick_precision
from langgraph_nas.sandbox.base import Budgets, Job, Run, Workload
from langgraph_nas.spaces import user_candidate

PROGRAM = """
class Net(nn.Module):  # outcome: 0.5
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
CANDIDATE = user_candidate(PROGRAM)


class ClaimingSandbox(FakeSandbox):
    """Says of each network what the test wants it to."""

    claims: dict[str, object] = {}

    def _result(self, job: Job, workload: Workload) -> Run:
        run = super()._result(job, workload)
        return replace(run, claimed={**run.claimed, **self.claims}, module="fc (Linear)")


@pytest.fixture
def sandbox() -> ClaimingSandbox:
    return ClaimingSandbox()


def open_evaluator(sandbox: FakeSandbox, tmp_path: Path, **settings: object) -> Sandboxed:
    config = SearchConfig.model_validate(settings)
    return Sandboxed(sandbox, tiny_data(tmp_path), config)


def test_claims_are_kept_by_name_and_nothing_else(sandbox: ClaimingSandbox, tmp_path: Path) -> None:
    sandbox.claims = {"macs": 7, "precision": "bf16", "accuracy": 1.0}
    evaluation = open_evaluator(sandbox, tmp_path).evaluate(CANDIDATE)
    assert evaluation["outcome"] == "ok", evaluation
    assert evaluation["accuracy"] == pytest.approx(0.5, abs=0.1)
    assert (evaluation["parameters"], evaluation["precision"]) == (10, "bf16")
    assert evaluation["measures"] == {"macs": 7}
    assert evaluation["module"] == "fc (Linear)"


def test_a_run_that_took_other_steps_than_asked_has_no_score(
    sandbox: ClaimingSandbox, tmp_path: Path
) -> None:
    evaluator = open_evaluator(sandbox, tmp_path, batch_size=2)
    expected = evaluator.data.n_train // 2
    sandbox.claims = {"steps": expected}
    assert evaluator.evaluate(CANDIDATE)["outcome"] == "ok"
    sandbox.claims = {"steps": 3 * expected}
    evaluation = evaluator.evaluate(CANDIDATE)
    assert (evaluation["outcome"], evaluation["accuracy"]) == ("protocol_error", None)
    assert f"{3 * expected} training steps where {expected}" in evaluation["message"]


def test_budgets_and_arithmetic_reach_the_sandbox(sandbox: ClaimingSandbox, tmp_path: Path) -> None:
    settings = {"max_params": 1, "max_macs": 2, "max_latency": 0.5, "max_memory": 4}
    open_evaluator(sandbox, tmp_path, precision="bf16", **settings).evaluate(CANDIDATE)
    assert sandbox.jobs[0].budgets == Budgets(1, 2, 0.5, 4)
    recipe = sandbox.jobs[0].recipe
    assert (recipe.precision, recipe.memory_format) == ("bf16", "measured")


def test_plain_arithmetic_knows_neither_low_precision_nor_memory_formats(
    sandbox: ClaimingSandbox, tmp_path: Path
) -> None:
    open_evaluator(sandbox, tmp_path, protocol="paper").evaluate(CANDIDATE)
    recipe = sandbox.jobs[0].recipe
    assert (recipe.precision, recipe.memory_format) == ("fp32", "contiguous")


@pytest.mark.parametrize(
    ("before", "wanted"), [(None, "measured"), (True, "channels_last"), (False, "contiguous")]
)
def test_a_network_that_trained_before_is_not_asked_for_its_memory_format_again(
    before: bool | None, wanted: str, sandbox: ClaimingSandbox, tmp_path: Path
) -> None:
    open_evaluator(sandbox, tmp_path).evaluate(CANDIDATE, channels_last=before)
    assert sandbox.jobs[0].recipe.memory_format == wanted


def test_low_precision_is_for_hardware_that_has_it_and_images_that_are_worth_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "langgraph_nas.evaluation.precision"
    config, small, large = SearchConfig(), (1, 8, 8), (3, 32, 32)
    monkeypatch.setattr(f"{module}.cpu_flags", lambda: frozenset({"avx2", "amx_bf16"}))
    assert pick_precision(config, "cpu", large) == "bf16"
    assert pick_precision(config, "cpu", small) == "fp32"
    assert pick_precision(SearchConfig(protocol="paper"), "cpu", large) == "fp32"
    assert pick_precision(SearchConfig(precision="fp16"), "cpu", small) == "fp16"
    monkeypatch.setattr(f"{module}.cpu_flags", lambda: frozenset({"avx2", "avx512f"}))
    assert pick_precision(config, "cpu", large) == "fp32"
    program = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path))
    for capability, precision in (("8.9", "bf16"), ("7.5", "fp16")):
        program.write_text(f"#!/bin/sh\necho {capability}\n")
        program.chmod(0o755)
        assert pick_precision(config, "cuda", large) == precision


def test_the_features_of_a_cpu_are_read_on_x86_and_arm(tmp_path: Path) -> None:
    for line in ("flags\t\t: fpu bf16 sse", "Features\t: fp asimd bf16"):
        (tmp_path / "cpuinfo").write_text(f"processor : 0\n{line}\n\nprocessor : 1\n{line}\n")
        assert "bf16" in cpu_flags(tmp_path / "cpuinfo")
    assert cpu_flags(tmp_path / "missing") == frozenset()
