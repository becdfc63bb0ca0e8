"""The notebook runs as it stands and shows its plots; no outputs are committed with it."""

import base64
import io
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from PIL import Image

NOTEBOOK = Path(__file__).parents[2] / "examples" / "plot_search.ipynb"


@pytest.fixture
def notebook() -> NotebookNode:
    read = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(read)
    return read


def shown(notebook: NotebookNode, kind: str) -> list[str]:
    """What the cells show of a kind, in order."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return [data[kind] for output in outputs if kind in (data := output.get("data", {}))]


def test_the_notebook_is_committed_without_outputs(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.slow(seconds=40)
def test_the_notebook_plots_a_search(
    notebook: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    client = pytest.importorskip("nbclient").NotebookClient
    monkeypatch.delenv("MPLBACKEND", raising=False)
    client(notebook, timeout=250, resources={"metadata": {"path": str(tmp_path)}}).execute()
    pictures = [base64.b64decode(data) for data in shown(notebook, "image/png")]
    assert len(pictures) == 3
    for number, picture in enumerate(pictures):
        (tmp_path / f"{number}.png").write_bytes(picture)
        with Image.open(io.BytesIO(picture)) as image:
            assert image.width > 500
            assert len(image.convert("RGB").getcolors(1 << 16) or []) > 20
    (table,) = shown(notebook, "text/markdown")
    assert len(table.splitlines()) == 2 + 3
    assert (tmp_path / "nas-runs" / "searches.db").is_file()
