"""`UnsafeSubprocessSandbox`: a plain child process. It is no sandbox."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.cell import Cell, Exit
from langgraph_nas.sandbox.launch import plan_launch
from langgraph_nas.sandbox.process_cell import ProcessCell
from langgraph_nas.sandbox.warm import CellSandbox


class UnsafeSubprocessSandbox(CellSandbox):
    """Runs candidates as the user who calls it; only where that is asked for by name.

    A candidate can read and write the user's files, use the network and outlive its trial.
    Enforced are time, output and (as everywhere) that scores are computed on the host. Its
    temporary folder is its own and vanishes, but what it writes to others by their names stays.
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
        folder = tempfile.mkdtemp(prefix="langgraph-nas-")
        launch = plan_launch(workload, limits, mounted=False, scratch=[folder])
        # A CUDA build of torch may need the library path that this Python was started with.
        kept = {k: os.environ[k] for k in ("LD_LIBRARY_PATH",) if k in os.environ}
        own = {"TMPDIR": folder, "HOME": folder}
        python = str(Path(sys.executable).absolute())
        return UnsafeCell([python, *launch.arguments], launch.environment | kept | own, folder)


class UnsafeCell(ProcessCell):
    """A child process in a temporary folder of its own."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: str) -> None:
        self._folder = folder
        super().__init__(command, environment, folder=folder)

    def finish(self) -> Exit:
        """Wait for the end and remove the folder."""
        exit = super().finish()
        shutil.rmtree(self._folder, ignore_errors=True)
        return exit
