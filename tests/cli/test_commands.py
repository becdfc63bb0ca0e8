"""Looking at searches, and the whole way: search, resume, evaluate, export, without a fake."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive

Nas = Callable[..., tuple[int, str, str]]
REPLAY = (
    *("--llm", "replay:replies.jsonl", "--form", "code", "--sandbox", "unsafe-subprocess"),
    *("--train-samples", "300", "--time-limit", "60", "--no-redirect", "--reasks", "0"),
)


def test_the_help_lists_the_commands_with_one_line_each(nas: Nas):
    code, out, _ = nas()
    assert code == 0
    for command in ("search", "resume", "evaluate", "list", "show", "best", "export", "doctor"):
        assert re.search(rf"^\W*{command}  +\w", out, re.MULTILINE)
    assert nas("--help")[1] == out


def test_the_version_is_told(nas: Nas):
    code, out, _ = nas("--version")
    assert code == 0
    assert re.fullmatch(r"langgraph-nas \S+\n", out)


def test_list_shows_each_search_with_its_scores(nas: Nas, archive: Archive):
    code, out, _ = nas("list")
    assert code == 0
    assert re.search(r"digits-1 .* finished +2/3 +0\.750 +0\.650 +1 min 15 s", out)
    rows = json.loads(nas("list", "--json")[1])["searches"]
    assert [(row["name"], row["best_iteration"]) for row in rows] == [("digits-1", 3)]


def test_list_of_an_empty_database_says_so(nas: Nas, folder: Path):
    Archive.open("empty.db").close()
    assert nas("list", "--database", "empty.db")[1] == "no searches in empty.db yet\n"


def test_the_database_may_be_named_by_the_environment(
    nas: Nas,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
):
    monkeypatch.setenv("LANGGRAPH_NAS_DB", str(archive.path))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert "digits-1" in nas("list")[1]


def test_show_tells_all_of_a_search(nas: Nas, archive: Archive):
    code, out, _ = nas("show", "digits-1")
    assert code == 0
    for words in (
        "3 iterations in 1 min 15 s, 2 valid, 2 of them distinct: 2 ok, 1 forward_error",
        "note: candidates run WITHOUT isolation",
        "--memory      2",
        "3*  ok                0.750",
        "suggestion 3  (pending)",
        "validation 0.700, test 0.650",
    ):
        assert words in out
    assert re.search(r"improver +scripted +3 +300 +30 +6\.0 s +0 +33 %", out)


def test_show_tells_what_is_to_know_of_the_data_in_sentences_of_their_own(
    nas: Nas, archive: Archive
):
    facts = archive.search("digits-1")["facts"]
    notes = ["Left out: hidden files (2 .git).", "95% are of one class, \x1b]0;owned\x07cat."]
    roles = {"generator": {"label": "a model", "seeded": True, "window": None}}
    archive.update_search("digits-1", facts={**facts, "data_notes": notes, "roles": roles})
    out = nas("show", "digits-1")[1]
    assert "\nnote: Left out: hidden files (2 .git).\n" in out
    assert re.search(r"^note: 95% are of one class, .*cat\.$", out, re.MULTILINE)
    assert "\x1b" not in out
    assert "data notes" not in out
    assert "generator: label: a model; seeded: yes; window: -" in out
    assert (
        json.loads(nas("show", "digits-1", "--json")[1])["search"]["facts"]["data_notes"] == notes
    )


def test_show_of_a_trial_has_program_prompt_and_reply(nas: Nas, archive: Archive):
    out = nas("show", "digits-1", "--iteration", "1")[1]
    for words in ("nn.Linear(61, 10)", "prompt 1", "reply 1", "call 1, fallback", "outcome 1"):
        assert words in out
    assert "prompt 2" not in out


def test_show_can_not_command_the_terminal(nas: Nas, archive: Archive):
    for arguments in (["show", "digits-1"], ["show", "digits-1", "-i", "2"]):
        out = nas(*arguments)[1]
        assert "owned" in out
        assert "\x1b" not in out


def test_show_gives_all_of_it_as_json(nas: Nas, archive: Archive):
    found = json.loads(nas("show", "digits-1", "--json")[1])
    assert found["counts"]["valid"] == 2
    assert found["calls"]["improver"]["fallback_share"] == pytest.approx(1 / 3)
    assert found["calls"]["generator"]["fallback_share"] is None
    assert len(found["trials"]) == 3
    assert json.loads(nas("show", "digits-1", "-i", "2", "--json")[1])["trial"]["iteration"] == 2


def test_best_prints_a_program_that_runs_and_nothing_else(nas: Nas, archive: Archive):
    code, out, err = nas("best", "digits-1")
    namespace: dict[str, object] = {}
    exec(out, namespace)
    assert (code, err) == (0, "")
    assert "nn.Linear(63, 10)" in out
    assert "Net" in namespace


def test_best_of_a_search_in_which_nothing_trained_says_so(nas: Nas, archive: Archive):
    archive.create_search("sad", {}, {})
    code, out, err = nas("best", "sad")
    assert (code, out) == (2, "")
    assert "no network of search 'sad' has trained yet" in err


def test_best_within_bounds(nas: Nas, archive: Archive):
    assert "nn.Linear(61, 10)" in nas("best", "digits-1", "--where", "parameters<=2000")[1]
    twice = ("--where", "parameters<=9e3", "--where", "accuracy<0.75")
    assert "nn.Linear(61, 10)" in nas("best", "digits-1", *twice)[1]
    code, out, err = nas("best", "digits-1", "--where", "parameters<1e3", "--where", "macs>1")
    assert (code, out) == (2, "")
    assert "none of the 2 networks" in err
    assert "has parameters<1e3 and macs>1" in err
    assert "show digits-1 --objectives accuracy,parameters,macs" in err
    assert nas("best", "digits-1", "--where", "size<3")[0] == 2


def test_show_prints_the_front_of_some_objectives(nas: Nas, archive: Archive):
    out = nas("show", "digits-1", "--objectives", "accuracy,parameters")[1]
    assert "digits-1: 2 networks on the front of accuracy, parameters" in out
    rows = [line.split()[:3] for line in out.splitlines()]
    assert rows.index(["3", "0.750", "3,000"]) < rows.index(["1", "0.500", "1,000"])
    found = json.loads(nas("show", "digits-1", "--objectives", "accuracy,macs", "--json")[1])
    assert found["objectives"] == ["accuracy", "macs"]
    assert [trial["iteration"] for trial in found["front"]] == [3]
    code, _, err = nas("show", "digits-1", "--objectives", "speed")
    assert (code, "'speed' is no objective" in err) == (2, True)
    assert nas("show", "digits-1", "-i", "1", "--objectives", "macs")[0] == 2


@pytest.mark.slow(seconds=30)
def test_a_search_a_resume_and_what_they_leave(nas: Nas, replies: Path, folder: Path):
    code, out, err = nas("search", *REPLAY, "--iterations", "2", "--finalists", "1", "--json")
    assert code == 0
    result = json.loads(out)  # exactly one object, nothing else
    assert (result["name"], result["iterations"], result["valid"]) == ("digits-1", 2, 1)
    assert result["distinct_valid"] == result["best_iteration"] == 1
    assert 0 < result["best_accuracy"] <= 1
    assert 0 < result["test_accuracy"] <= 1
    assert result["database"] == str(Path("nas-runs/searches.db"))
    assert result["seconds"] > 0
    assert "search digits-1" in err
    assert "  2/2  forward_error" in err
    assert "note: candidates run WITHOUT isolation" in err

    code, out, err = nas("resume", "digits-1", "--iterations", "9", "--quiet")
    assert (code, out) == (3, "")
    assert "replies" in err
    assert err.endswith("go on with: langgraph-nas resume digits-1\n")

    code, out, err = nas("resume", "digits-1", "--iterations", "3")
    assert (code, err) == (0, "")
    assert "all iterations are done: 3 iterations" in out
    assert Path("nas-runs/digits-1/best.py").exists()
    assert "best network  nas-runs/digits-1/best.py" in out
    assert "langgraph-nas export digits-1 --to digits-1-export\n" in out


def test_evaluate_needs_no_llm_and_a_failing_program_is_no_failure(nas: Nas, folder: Path):
    good = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    good += "        self.f = nn.Linear(64, 10)\n    def forward(self, x):\n"
    Path("good.py").write_text(good + "        return self.f(x.flatten(1))\n")
    Path("bad.py").write_text("class Net(nn.Module:")
    options = ("--sandbox", "unsafe-subprocess", "--train-samples", "300")
    code, out, err = nas("evaluate", "good.py", "bad.py", *options, "--json")
    first, second = json.loads(out)["results"]
    assert code == 0
    assert (first["file"], first["outcome"], first["split"]) == ("good.py", "ok", "validation")
    assert first["accuracy"] > 0.2
    assert first["error"] is None
    assert (second["outcome"], second["accuracy"]) == ("syntax_error", None)
    assert "line 1" in second["error"]
    assert err.index("good.py") < err.index("bad.py")


@pytest.mark.slow(seconds=25)
def test_export_writes_the_files_it_names_and_over_nothing(nas: Nas, replies: Path):
    assert nas("search", *REPLAY, "--iterations", "1", "--finalists", "0", "--quiet")[0] == 0
    code, out, _ = nas("export", "digits-1", "--to", "out", "--json")
    result = json.loads(out)
    assert code == 0
    assert sorted(file.name for file in Path("out").iterdir()) == sorted(result["files"])
    code, _, err = nas("export", "digits-1", "--to", "out")
    assert code == 2
    assert "new or empty folder" in err
