"""Searches of a version that showed the test images in their source's order."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import program
from fakes.searched import record_search

from langgraph_nas.archive import Archive
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import UsageError
from langgraph_nas.session import refuse_changed


def test_they_go_on_with_the_same_images_and_with_no_others(
    digits: PreparedData, tmp_path: Path
) -> None:
    facts = {"fingerprint": digits.former_fingerprint}
    record_search(tmp_path / "old.db", [(program(0.5), 0.5)], facts=facts)
    with Archive.open(tmp_path / "old.db", readonly=True) as archive:
        refuse_changed("s", archive, digits)
        changed = replace(digits, fingerprint="other", former_fingerprint="another")
        with pytest.raises(UsageError, match="has changed since it was started"):
            refuse_changed("s", archive, changed)
