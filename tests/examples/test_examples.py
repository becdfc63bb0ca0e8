"""The examples run as they stand, with the embedded model."""

import subprocess
import sys
from pathlib import Path

import pytest
from servers.langgraph_dev import running_server

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = pytest.mark.slow(seconds=12)


def run(folder: Path, name: str, *arguments: str, answers: str = "") -> list[str]:
    """Run an example to its end and return the lines that it prints."""
    pytest.importorskip("xllamacpp")
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=250, input=answers
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_quickstart_ends_with_a_network_on_disk(tmp_path: Path) -> None:
    assert run(tmp_path, "quickstart.py", "2")[-1].startswith("best 0.")
    assert (tmp_path / "nas-runs" / "digits-1" / "best.py").exists()


def test_an_agent_searches_with_a_tool(tmp_path: Path) -> None:
    lines = run(tmp_path, "agent_tool.py", "2")
    assert lines[0].startswith("1 ok 0.")
    assert lines[-1] == "ended: digits-1 iterations"


def test_a_parent_graph_has_the_search_as_a_node(tmp_path: Path) -> None:
    assert run(tmp_path, "parent_graph.py", "1")[-1].startswith("read a digit: 0.")


def test_somebody_rejects_and_approves(tmp_path: Path) -> None:
    answers = "reject: too many channels\napprove\n"
    lines = run(tmp_path, "human_review.py", "2", answers=answers)
    assert lines[-1].partition("best ")[2].startswith("0.")


def test_a_node_of_ones_own_refuses_candidates(tmp_path: Path) -> None:
    assert run(tmp_path, "custom_node.py", "2")[-1].startswith("refused ")


def test_images_of_ones_own_are_searched(tmp_path: Path) -> None:
    assert run(tmp_path, "custom_dataset.py", "1")[-1].startswith("best 0.")


def test_a_sandbox_of_ones_own_runs_the_candidates(tmp_path: Path) -> None:
    lines = run(tmp_path, "custom_sandbox.py", "1")
    assert lines[0].startswith("ok in ")
    assert lines[-1].startswith("best 0.")


def test_a_method_of_ones_own_searches(tmp_path: Path) -> None:
    assert run(tmp_path, "custom_method.py", "4")[-1].startswith("best 0.")


def test_a_supervisor_hands_the_search_over(tmp_path: Path) -> None:
    lines = run(tmp_path, "supervisor.py", "2")
    assert lines[0].startswith("1 ok 0.")
    assert lines[-1].startswith("Search digits-1: 2 networks tried, 2 trained. Best accuracy 0.")


def test_a_search_on_a_server_is_watched_and_reviewed(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        given = [f"{name}={value}" for name, value in server.settings.items()]
        answers = "reject: too narrow\napprove\n"
        lines = run(tmp_path, "server_client.py", server.url, *given, answers=answers)
    assert "approve, reject: why > 1 rejected None" in lines
    assert lines[-2].startswith("approve, reject: why > 2 ok 0.")
    assert " best 0." in lines[-1]
