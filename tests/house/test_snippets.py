"""The Python of the pages is what `make lint` checks, line by line."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"

PAGE = """# Title

```python
from langgraph_nas import search
```

```sh
pip install x
```

1. A list:

   ```text
   ```python
   ```

```python
search()
```
"""


@pytest.fixture(scope="module")
def snippets() -> ModuleType:
    """docs/snippets.py, which is a script and in no package."""
    found = importlib.util.spec_from_file_location("snippets", DOCS / "snippets.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_all_snippets_of_a_page_are_one_program_with_the_lines_of_the_page(
    snippets: ModuleType,
) -> None:
    lines = snippets.program(PAGE).split("\n")
    page = PAGE.split("\n")
    assert len(lines) == len(page)
    assert {n: line for n, line in enumerate(lines) if line} == {
        page.index(line): line for line in ("from langgraph_nas import search", "search()")
    }


def test_a_snippet_in_a_list_loses_the_lists_indent(snippets: ModuleType) -> None:
    assert snippets.program("- so:\n  ```python\n  if x:\n      y\n  ```") == "\n\nif x:\n    y\n"


def test_a_page_that_ends_within_a_snippet_is_refused(
    snippets: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text("```python\nx = 1\n")
    assert snippets.main([str(tmp_path / "out"), str(tmp_path / "page.md")]) == 2
    assert "a snippet has no end" in capsys.readouterr().err


def test_a_program_is_written_for_each_page_with_python_and_old_ones_go(
    snippets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("docs").mkdir()
    Path("docs/a.md").write_text(PAGE)
    Path("b.md").write_text("no code")
    Path("out").mkdir()
    Path("out/gone.py").write_text("")
    assert snippets.main(["out", "b.md", "docs/a.md"]) == 0
    assert [file.name for file in Path("out").iterdir()] == ["docs_a.py"]
