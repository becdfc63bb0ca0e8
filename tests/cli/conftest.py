"""A place to run the command line in: a folder of its own, data prepared once, scripted LLMs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive
from langgraph_nas.cli import main

PROGRAM = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear({inputs}, 10))

    def forward(self, x):
        return self.layers(x)
"""
ADVICE = {"problem": "too small", "inspiration": "width", "modification": "Make it \x1b[31mwider."}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in which nothing is set up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NAS_CACHE", str(cache))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("LANGGRAPH_NAS_DB", raising=False)
    return tmp_path


@pytest.fixture
def replies(folder: Path) -> Path:
    """Replies of both roles: a network that trains, one that fails, one that trains again."""
    programs = [PROGRAM.format(inputs=inputs) for inputs in ("64", "63", "8 * 8")]
    lines = [
        {"role": role, "reply": reply}
        for program in programs
        for role, reply in (
            ("generator", f"```python\n{program}```"),
            ("improver", json.dumps(ADVICE)),
        )
    ]
    path = folder / "replies.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


@pytest.fixture
def nas(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process; returns exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    """A search of three trials in the default database, as a real one leaves it."""
    settings = {"dataset": "digits", "iterations": 3, "memory": 2, "protocol": "validation"}
    opened = Archive.open(folder / "nas-runs" / "searches.db")
    opened.create_search("digits-1", settings, {"isolation": "none", "classes": ["a", "b"]})
    outcomes = [("ok", 0.5), ("forward_error", None), ("ok", 0.75)]
    for n, (outcome, accuracy) in enumerate(outcomes, 1):
        opened.record_trial(
            "digits-1",
            n,
            {
                "code": PROGRAM.format(inputs=60 + n),
                "spec": None,
                "form": "code",
                "program_hash": f"h{n}",
                "problem": None,
                "source": "llm",
            },
            {
                "outcome": outcome,  # type: ignore[typeddict-item]
                "stage": "score",
                "accuracy": accuracy,
                "split": "validation",
                "message": "went \x1b]0;owned\x07 wrong",
                "line": None,
                "line_number": None,
                "shapes": [],
                "same_as": None,
                "module": None,
                "precision": "fp32",
                "measures": {"macs": 6656},
                "graph_hash": None,
                "conditions": {},
                "reused_from": None,
                "parameters": 1000 * n,
                "seconds": {"train": 1.0, "total": 1.5},
                "isolation": "none",
            },
        )
        opened.record_triple(
            "digits-1",
            {
                "iteration": n,
                "problem": f"problem {n}",
                "suggestion": f"suggestion {n}",
                "outcome": f"outcome {n}" if n < 3 else None,
            },
        )
        opened.record_call(
            "digits-1",
            n,
            iteration=n,
            role="improver",
            model="scripted",
            prompt=f"prompt {n}",
            reply=f"reply {n}",
            source="fallback" if n == 1 else "llm",
            prompt_tokens=100,
            reply_tokens=10,
            seconds=2.0,
        )
    opened.record_finalist("digits-1", 3, 44, {"validation": 0.7, "test": 0.65}, 1.0)
    opened.update_search("digits-1", status="finished", stopped="iterations", seconds=75.0)
    yield opened
    opened.close()
