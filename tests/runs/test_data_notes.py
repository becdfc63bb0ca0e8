"""What is to know of a data set is told at each start, and kept with the search."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from langgraph_nas.config import SearchConfig
from langgraph_nas.session import prepare_data


def test_classes_and_what_was_left_out_are_told_when_images_are_decoded_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for name, n in (("ape", 30), ("bee", 5)):
        (tmp_path / "zoo" / name / ".git").mkdir(parents=True)
        for k in range(n):
            deep = rng.integers(0, 4096, (16, 16)).astype(np.uint16)
            Image.fromarray(deep).save(tmp_path / "zoo" / name / f"{k}.png")
    config = SearchConfig(dataset=f"folder:{tmp_path / 'zoo'}")
    first: list[str] = []
    notes = prepare_data(config, first.append).notes
    assert tuple(first[-4:]) == notes
    assert "2 classes with 28 training images (ape 24, bee 4)" in notes[0]
    assert notes[1] == "Left out: hidden or system files and folders (2 .git)."
    assert "have more than 8 bits" in notes[2]
    assert "86% of the images are of one class, ape" in notes[3]
    again: list[str] = []
    assert prepare_data(config, again.append).notes == notes == tuple(again)
