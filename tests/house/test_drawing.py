"""The picture in the docs is the present graph's, and tells what is missing to draw it again."""

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    """docs/draw.py, which is a script and in no package."""
    found = importlib.util.spec_from_file_location("draw", DOCS / "draw.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_picture_was_drawn_from_the_present_graph(drawing: ModuleType) -> None:
    text = drawing.source()
    assert "The sandbox trains it" in text
    assert drawing.stored_source(drawing.PICTURE) == text, "run `python docs/draw.py`"
    assert "](graph.png)" in (DOCS / "embedding.md").read_text()


def test_the_picture_has_its_nodes_one_below_the_other(drawing: ModuleType) -> None:
    with Image.open(drawing.PICTURE) as image:
        grey = image.convert("L")
    assert grey.height > grey.width > 400
    # Rows with ink; between them only the gaps of dotted arrows.
    inked = [
        y for y in range(grey.height) if min(grey.crop((0, y, grey.width, y + 1)).tobytes()) < 200
    ]
    first, last = inked[0], inked[-1]
    assert max(after - before for before, after in pairwise(inked)) < 12
    assert first < 80
    assert grey.height - last < 80


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [([], "npm is not on the PATH"), (["--mermaid", "none.js"], "there is no file none.js")],
)
def test_it_says_what_is_missing(
    drawing: ModuleType,
    arguments: list[str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(drawing, "PICTURE", tmp_path / "graph.png")
    monkeypatch.setattr(sys, "argv", ["draw.py", *arguments])
    assert drawing.main() == 1
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "graph.png").exists()


def test_it_asks_for_a_browser(
    drawing: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    bundle = tmp_path / "mermaid.min.js"
    bundle.write_text("")
    with pytest.raises(drawing.NotDrawn, match="apt install chromium"):
        drawing.draw("graph TD;", tmp_path / "graph.png", bundle)
