import json
from pathlib import Path

import pytest

from langgraph_nas.errors import RepliesExhaustedError, UsageError
from langgraph_nas.llm import Sampling, open_role


def write(path: Path, *records: object) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return f"replay:{path}"


def test_replies_come_in_order_until_they_run_out(tmp_path: Path) -> None:
    model = write(tmp_path / "r.jsonl", {"reply": "a", "note": 1}, {"reply": "b"})
    role = open_role("generator", model, Sampling())
    assert [role.ask("?", seed=1).text, role.ask("?", seed=1).text] == ["a", "b"]
    with pytest.raises(RepliesExhaustedError, match="holds 2 replies and all are used.*call 3"):
        role.ask("?", seed=1)
    assert role.label == model


async def test_a_resumed_search_goes_on_at_its_position(tmp_path: Path) -> None:
    model = write(tmp_path / "r.jsonl", *({"reply": text} for text in "abcd"))
    role = open_role("generator", model, Sampling())
    assert role.ask("?", seed=1, position=2).text == "c"
    assert (await role.aask("?", seed=1)).text == "d"


def test_one_file_may_serve_both_roles(tmp_path: Path) -> None:
    model = write(
        tmp_path / "r.jsonl",
        {"reply": "code", "role": "generator"},
        {"reply": "advice", "role": "improver"},
        {"reply": "both"},
    )
    for name, expected in (("generator", ["code", "both"]), ("improver", ["advice", "both"])):
        role = open_role(name, model, Sampling())
        assert [role.ask("?", seed=1).text for _ in range(2)] == expected


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't read the recorded replies .*none.jsonl"):
        open_role("generator", f"replay:{tmp_path}/none.jsonl", Sampling())
    with pytest.raises(UsageError, match="no reply for the generator"):
        open_role("generator", write(tmp_path / "e.jsonl"), Sampling())


@pytest.mark.parametrize("line", ["{broken", "[1]", '{"text": "a"}', '{"reply": 3}'])
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text(f'{{"reply": "a"}}\n\n{line}\n')
    with pytest.raises(UsageError, match=r"r\.jsonl, line 3: not "):
        open_role("generator", f"replay:{file}", Sampling())
