"""Searches in folders and databases with any name, and files with lines of any kind."""

import json
from pathlib import Path

import pytest
from fakes import FakeSandbox, program
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.sandbox.exchange import own_line

NAMES = [
    *("50% a%20b", "what?mode=ro#x", "a:b;c&d", "-dash ~ $HOME", "it's [red]", 'say "so"'),
    *("Gr\u00f6\u00dfe \u0416\u2028\t", "file:x"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_search_runs_and_goes_on_whatever_its_paths_are_called(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)  # a relative path, too
    database, replies = Path(f"{name}.db"), folder / f"{name}.jsonl"
    lines = [{"role": "generator", "reply": f"```python\n{program(0.5, n)}```"} for n in range(4)]
    lines += [{"role": "improver", "reply": '{"modification": "Widen it."}'}] * 2
    replies.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    model = f"replay:{replies}"
    config = SearchConfig(**{**PLAIN, "generator": model, "improver": model, "iterations": 1})

    search(config, database=database, sandbox=FakeSandbox(), name="s")
    resume("s", database=database, sandbox=FakeSandbox(), iterations=2)

    with Archive.open(database, readonly=True) as archive:
        assert archive.counts("s")["iterations"] == 2
    stem = database.stem
    assert list(tmp_path.iterdir()) == [folder]
    strays = {path.name for path in folder.iterdir()} - {replies.name}
    assert all(stray.startswith(f"{stem}.") or stray == "s" for stray in strays), strays
    assert (folder / f"{stem}.replies.db").stat().st_size > 0


SEPARATORS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def test_lines_of_recorded_replies_end_at_line_feeds_alone(tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    told = [f"one{SEPARATORS}line", "two\r\nlines"]
    records = [json.dumps({"reply": text}, ensure_ascii=False) for text in told]
    file.write_bytes("\r\n".join(records).encode())
    role = open_role("generator", f"replay:{file}", Sampling())
    assert [role.ask("x", seed=n).text for n in range(2)] == told


def test_lines_of_a_program_are_counted_as_python_counts_them() -> None:
    program = f"a = 1  #{SEPARATORS}\r\nb = '{SEPARATORS}'\rc = 3\nd = 4\n"
    assert [own_line(program, n)[1] for n in (3, 4)] == ["c = 3", "d = 4"]
