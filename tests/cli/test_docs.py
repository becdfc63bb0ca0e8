"""The tables of the docs are made from the code."""

from pathlib import Path

import pytest

from langgraph_nas.cli.docs import main
from langgraph_nas.config import SearchConfig

EMPTY = """# Us
<!-- datasets -->
<!-- /datasets -->
<!-- settings -->
<!-- /settings -->
and
<!-- cli -->
old
<!-- /cli -->
end
"""


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(EMPTY)
    return path


def test_tables_replace_what_stands_between_the_marks(readme: Path):
    assert main([str(readme)]) == 0
    text = readme.read_text()
    assert text.startswith("# Us\n<!-- datasets -->\n")
    assert "| `digits` | 1x8x8 |" in text
    assert text.endswith("<!-- /cli -->\nend\n")
    assert "\nold\n" not in text
    assert "| `--memory`, `-K` | `INTEGER >= 0` | `5` |" in text
    assert r"`auto\|code\|spec\|edit`" in text
    assert "**`langgraph-nas sandbox build [OPTIONS]`**" in text


def test_every_setting_and_every_command_is_in_them(readme: Path):
    main([str(readme)])
    text = readme.read_text()
    settings = text.split("<!-- settings -->")[1].split("<!-- /settings -->")[0]
    assert settings.count("\n| `--") == len(SearchConfig.model_fields)
    for command in ("search", "resume", "evaluate", "list", "show", "best", "export", "doctor"):
        assert f"**`langgraph-nas {command} " in text


def test_a_check_tells_what_is_out_of_date_and_changes_nothing(readme: Path):
    assert main([str(readme), "--check"]) == 1
    assert readme.read_text() == EMPTY
    main([str(readme)])
    assert main([str(readme), "--check"]) == 0


def test_several_files_are_written_at_once(tmp_path: Path):
    paths = [tmp_path / "a.md", tmp_path / "b.md"]
    for path in paths:
        path.write_text(EMPTY)
    assert main([*map(str, paths)]) == 0
    assert paths[0].read_text() == paths[1].read_text() != EMPTY


def test_a_mark_that_is_not_closed_or_not_known_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "README.md"
    path.write_text("# Us\n<!-- settings -->\n")
    assert main([str(path)]) == 2
    assert "<!-- settings --> ... <!-- /settings --> is not in it" in capsys.readouterr().err
    path.write_text("# Us\n<!-- setings -->\n<!-- /setings -->\n")
    assert main([str(path)]) == 2
    assert "there is no table 'setings', but datasets, " in capsys.readouterr().err


def test_a_file_without_marks_stays_as_it_is(tmp_path: Path):
    path = tmp_path / "README.md"
    path.write_text("# Us\n")
    assert main([str(path)]) == 0
    assert path.read_text() == "# Us\n"
