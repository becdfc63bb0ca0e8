"""What `resume` can't cure is refused before the search, or another search is named."""

import shlex
from pathlib import Path

import pytest
from fakes import FakeSandbox, program
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.cli import main
from langgraph_nas.cli.anew import new_search_command
from langgraph_nas.cli.running import run_shown
from langgraph_nas.llm.tokens import estimate_tokens
from langgraph_nas.runs import resume, search

DEFAULT = Path("nas-runs/searches.db")
ADVICE = '{"problem": "p", "inspiration": "i", "modification": "m"}'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LANGGRAPH_NAS_DB", raising=False)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("ollama:nope", "does not have nope (it has tiny:latest)"),
        ("ollama:narrow", "reads at most 2048 tokens"),
        ("ollama:embeds", "can't chat"),
        ("openai:nope@{}/v1", "can't be asked for nope (it has m)"),
        ("openai:m@{}", "write openai:m@{}/v1"),
    ],
)
def test_a_model_that_cannot_work_leaves_no_search(
    model: str,
    words: str,
    ollama_server: OllamaProtocolServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("langchain_openai")
    if words.startswith("does not"):
        ollama_server.models = {"tiny:latest": 32768}
    else:
        ollama_server.models |= {"narrow:latest": 2048, "embeds:latest": 32768}
        ollama_server.abilities = {"embeds:latest": ["embedding"]}
    ollama_server.only_listed = True
    address = ollama_server.address
    code = main(["search", "--llm", model.format(address)])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words.format(address) in err
    assert "resume" not in err
    with Archive.open(DEFAULT, readonly=True) as archive:
        assert list(archive.names()) == []


def shown(
    config: SearchConfig, sandbox: FakeSandbox, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str]]:
    import typer

    with pytest.raises(typer.Exit) as caught:
        run_shown(
            lambda on_review=None, **tell: search(
                config, name="s", database=DEFAULT, sandbox=sandbox, **tell
            ),
            config,
            DEFAULT,
            DEFAULT,
            as_json=False,
            quiet=True,
        )
    return caught.value.exit_code, capsys.readouterr().err.splitlines()


def test_a_prompt_that_the_server_cuts_names_both_ways_on(
    ollama_server: OllamaProtocolServer,
    sandbox: FakeSandbox,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("langchain_openai")
    address = f"openai:m@{ollama_server.address}/v1"
    config = SearchConfig(generator=address, improver=address, iterations=2, finalists=0)
    ollama_server.replies = [f"```python\n{program(0.5)}```"]
    ollama_server.window = 512
    code, lines = shown(config, sandbox, capsys)
    assert code == 3
    assert "read 259 of about" in lines[0]
    assert lines[1] == "go on with: langgraph-nas resume s"
    start = "a search keeps its settings; start another with: "
    assert lines[2] == (
        f"{start}langgraph-nas search --llm {address} --iterations 2 --finalists 0 "
        "--prompt-tokens 512 --start-from nas-runs/s/best.py"
    )

    ollama_server.window = None
    assert resume("s", database=DEFAULT, sandbox=sandbox).iterations == 2


def test_a_budget_that_turns_out_too_small_names_another_search_that_begins_with_the_best(
    ollama_server: OllamaProtocolServer,
    sandbox: FakeSandbox,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first prompt fits, and the one that shows a network does not."""
    config = SearchConfig(generator="ollama:tiny", improver="ollama:tiny", reply_tokens=256)
    one = config.model_copy(update={"iterations": 1, "finalists": 0})
    ollama_server.replies = [f"```python\n{program(0.5)}```", ADVICE] * 2
    search(one, name="first", database=Path("first.db"), sandbox=sandbox)
    first = ollama_server.chats()[0]["messages"][-1]["content"]
    small = estimate_tokens(first) + 2
    config = config.model_copy(update={"prompt_tokens": small})
    code, lines = shown(config, sandbox, capsys)
    assert code == 2
    assert f"{small} are allowed" in lines[0]
    words = shlex.split(lines[1].partition(": ")[2])
    with Archive.open(DEFAULT, readonly=True) as archive:
        assert archive.counts("s")["iterations"] >= 1
    assert int(words[words.index("--prompt-tokens") + 1]) >= small + 512
    assert words[words.index("--start-from") + 1] == "nas-runs/s/best.py"
    assert Path("nas-runs/s/best.py").exists()


def test_the_command_says_all_that_is_not_as_usual(tmp_path: Path) -> None:
    config = SearchConfig(
        dataset="folder:my pictures",
        iterations=7,
        generator="ollama:a",
        improver="embedded",
        share_gpu=True,
        redirect=False,
        num_ctx=2048,
        reply_tokens=512,
    )
    command = new_search_command(
        config, {"prompt_tokens": 2048}, None, tmp_path / "a b.db", DEFAULT
    )
    assert shlex.split(command) == [
        *("langgraph-nas", "search", "--dataset", "folder:my pictures", "--iterations", "7"),
        *("--no-redirect", "--generator", "ollama:a", "--improver", "embedded"),
        *("--reply-tokens", "512", "--prompt-tokens", "2048", "--share-gpu"),
        *("--database", str(tmp_path / "a b.db")),
    ]
    same = SearchConfig(generator="embedded", improver="embedded").decided()
    assert new_search_command(same, {}, Path("x.py"), DEFAULT, DEFAULT) == (
        "langgraph-nas search --llm embedded --start-from x.py"
    )
