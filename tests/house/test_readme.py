"""What the docs say of settings, commands and outcomes is what the code says."""

from pathlib import Path

import pytest

from langgraph_nas.cli.docs import main

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize("file", ["README.md", "docs/evaluation.md", "docs/embedding.md"])
def test_the_generated_parts_are_up_to_date(file: str) -> None:
    assert main([str(HOUSE / file), "--check"]) == 0
