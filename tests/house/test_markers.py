"""Tests that can't run here skip with a reason, unless they are required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def docker_tests_without_an_engine(**environment: str) -> subprocess.CompletedProcess[str]:
    name = "test_memory_beyond_the_limit_ends_the_cell_as_out_of_memory"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    command.append(f"tests/sandbox/test_docker_cell.py::{name}")
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock", **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


def test_docker_tests_skip_with_a_reason_where_no_engine_is() -> None:
    done = docker_tests_without_an_engine(NAS_REQUIRE="")
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
    assert "no engine at unix:///nowhere/docker.sock" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("required", ["docker", "gpu,docker"])
def test_required_docker_tests_fail_where_no_engine_is(required: str) -> None:
    done = docker_tests_without_an_engine(NAS_REQUIRE=required)
    assert done.returncode == 1
    assert "skipped" not in done.stdout.splitlines()[-1]
    assert "no engine at unix:///nowhere/docker.sock" in done.stdout
