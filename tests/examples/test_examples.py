"""The examples run as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_quickstart_ends_with_a_network_on_disk(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "quickstart.py"), "2"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=250)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("best 0.")
    assert (tmp_path / "nas-runs" / "digits-1" / "best.py").exists()
