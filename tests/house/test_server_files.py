"""What a LangGraph server is given: its configuration, and the settings of its environment."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_setting_of_the_environment_is_read_somewhere() -> None:
    example = (ROOT / ".env.example").read_text()
    ours = [name for name in re.findall(r"^#? ?([A-Z_]+)=", example, re.M) if "NAS" in name]
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    assert ours == ["LANGGRAPH_NAS_DB", "NAS_CACHE"]
    assert all(f'"{name}"' in source for name in ours)


def test_the_server_needs_no_file_that_is_not_there() -> None:
    told = json.loads((ROOT / "langgraph.json").read_text())
    assert told["env"] == {}
    assert set(told["graphs"]) == {"nas"}
