"""The hostile suite against bubblewrap."""

from pathlib import Path

import numpy as np
import pytest
from hostile.case import USE
from hostile.prying import FRAMES
from hostile.suite import HostileSuite, accuracy, filled

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox
from langgraph_nas.sandbox.warm import CellSandbox


class TestBubblewrap(HostileSuite):
    """In namespaces made by bubblewrap."""

    @staticmethod
    def make() -> CellSandbox:
        if reason := BubblewrapSandbox.probe():
            pytest.skip(reason)
        return BubblewrapSandbox()

    def test_whoever_finds_labels_in_a_frame_would_be_seen_to_score(
        self, forked: CellSandbox, data: Workload, recipe: Recipe, truth: np.ndarray, folder: Path
    ) -> None:
        """The cell is a fork of this test, whose frames hold the labels."""
        program = filled(FRAMES + USE, folder, truth)
        program = program.replace("/nas/data/inputs/0/x.npy", str(folder / "validation" / "x.npy"))
        run = forked.run(Job(program, recipe), data, Limits(cpus=1))
        assert run.outcome == "ok", run
        assert accuracy(run, truth) == 1
