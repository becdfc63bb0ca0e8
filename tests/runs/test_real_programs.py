"""Eighty programs of a real model, each proposed three times, the last time in other words."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeSandbox, ScriptedChatModel
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, search
from langgraph_nas.sandbox.base import Job, Run, Workload

sys.path.insert(0, str(Path(__file__).parents[1] / "programs"))
from renaming import renamed  # noqa: E402


class Zeros(FakeSandbox):
    """Predicts class 0 for every image, whatever the program."""

    def _result(self, job: Job, workload: Workload) -> Run:
        predictions = {name: np.zeros(n, np.uint16) for name, n in workload.n_inputs.items()}
        return Run("ok", "score", predictions=predictions, isolation=self.isolation)


@pytest.fixture
def real_programs() -> list[str]:
    folder = os.environ.get("NAS_TEST_DATA")
    files = sorted(Path(folder, "transcripts").glob("*.jsonl")) if folder else []
    if not files:
        pytest.skip("NAS_TEST_DATA holds no transcripts")
    return [json.loads(line)["code"] for file in files for line in file.read_text().splitlines()]


@pytest.mark.slow
def test_each_of_the_real_programs_is_trained_once(
    tmp_path: Path, real_programs: list[str]
) -> None:
    others = [renamed(program, seed) for seed, program in enumerate(real_programs)]
    replies = [*real_programs, *real_programs, *others]
    sandbox = Zeros()
    search(
        SearchConfig(
            **PLAIN,
            iterations=len(replies),
            finalists=0,
            form="code",
            improver_form="text",
            memory=0,
        ),
        name="s",
        database=tmp_path / "s.db",
        generator=ScriptedChatModel(answer=lambda prompt, n: f"```python\n{replies[n]}\n```"),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
    )
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        trials = archive.trials("s")
    count = len(real_programs)
    assert len(sandbox.jobs) == count == 80
    assert [trial["outcome"] for trial in trials] == ["ok"] * count + ["duplicate"] * 2 * count
    recognised = [trial["same_as"] for trial in trials[count:]]
    assert recognised == list(range(1, count + 1)) * 2
