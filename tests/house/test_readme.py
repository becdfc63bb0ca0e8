"""What the README says of settings and commands is what the code says."""

from pathlib import Path

from langgraph_nas.cli.docs import main

README = Path(__file__).parents[2] / "README.md"


def test_the_generated_parts_are_up_to_date() -> None:
    assert main([str(README), "--check"]) == 0
