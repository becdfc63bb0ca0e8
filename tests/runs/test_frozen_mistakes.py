"""What `resume` can't cure is refused before the search, or another search is named."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.cli import main
from langgraph_nas.cli.anew import new_search_command
from langgraph_nas.cli.running import run_shown
from langgraph_nas.errors import UsageError
from langgraph_nas.llm.tokens import estimate_tokens
from langgraph_nas.runs import resume, search

DEFAULT = Path("nas-runs/searches.db")
FIELDS = ("problem", "inspiration", "modification", "gist")


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


@pytest.mark.parametrize("setting", ["prompt_tokens", "num_ctx"])
def test_a_budget_that_holds_the_first_prompt_only_is_refused_with_the_smallest_that_works(
    setting: str, ollama_server: OllamaProtocolServer, sandbox: FakeSandbox
) -> None:
    """Later prompts show networks, what became of them and what is advised."""
    config = SearchConfig(
        generator="ollama:tiny",
        improver="ollama:tiny",
        reply_tokens=256,
        iterations=3,
        finalists=0,
        prompt_tokens=512 if setting == "prompt_tokens" else 2048,
        num_ctx=800 if setting == "num_ctx" else None,
    )
    with pytest.raises(UsageError, match=r"`generate_code`\): give at least --") as caught:
        search(config, name="s", database=DEFAULT, sandbox=sandbox)
    least = caught.value.instead
    assert list(least) == [setting]
    assert f"--{setting.replace('_', '-')} {least[setting]}" in str(caught.value)
    with Archive.open(DEFAULT, readonly=True) as archive:
        assert list(archive.names()) == []
    assert ollama_server.chats() == []

    def answer(body: dict[str, Any]) -> str:
        """Long and dense texts, as no real model's."""
        number = len(ollama_server.chats())
        if '"modification"' in body["messages"][-1]["content"]:
            return json.dumps(dict.fromkeys(FIELDS, f"{number}" + "(1,2,3,4,5);" * 200))
        return f"```python\n{program(0.5, number)}{'x = [1, 2, 3]; y = {4: 5}; ' * 100}\n```"

    ollama_server.replies = [answer]
    smaller = config.model_copy(update={setting: least[setting] - 1})
    with pytest.raises(UsageError, match="give at least"):
        search(smaller, name="s", database=DEFAULT, sandbox=sandbox)
    just = config.model_copy(update=least)
    assert search(just, name="s", database=DEFAULT, sandbox=sandbox).iterations == 3
    sent = [chat["messages"][-1]["content"] for chat in ollama_server.chats()]
    assert max(map(estimate_tokens, sent)) <= just.prompt_tokens
    assert max(map(estimate_tokens, sent)) > 512


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
