"""`UnsafeSubprocessSandbox`: a plain child process. It is no sandbox."""

import os
import sys
from pathlib import Path

from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.cell import Cell
from langgraph_nas.sandbox.launch import plan_launch
from langgraph_nas.sandbox.process_cell import ProcessCell
from langgraph_nas.sandbox.warm import CellSandbox


class UnsafeSubprocessSandbox(CellSandbox):
    """Runs candidates as the user who calls it; only where that is asked for by name.

    A candidate can read and write the user's files, use the network and outlive its trial.
    Enforced are time, output and (as everywhere) that scores are computed on the host.
    """

    name = "unsafe-subprocess"

    @property
    def isolation(self) -> str:
        """Always `none`."""
        return "none"

    @classmethod
    def probe(cls) -> str | None:
        """Return None: it works wherever Python does."""
        return None

    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        launch = plan_launch(workload, limits, mounted=False)
        # A CUDA build of torch may need the library path that this Python was started with.
        kept = {k: os.environ[k] for k in ("LD_LIBRARY_PATH", "TMPDIR") if k in os.environ}
        tidy = Path(sys.executable).absolute()
        return ProcessCell([str(tidy), *launch.arguments], launch.environment | kept)
