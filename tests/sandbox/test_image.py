"""The image of the sandbox: its build context, its arguments, and a real build."""

import io
import os
import re
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_nas.errors import SandboxUnavailableError
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.image import (
    BUILT_FOR,
    CUDA_INDEX,
    DOCKERFILE,
    build_arguments,
    build_image,
    image_problem,
    labels_of,
    write_context,
)

PROGRAM = """
import numpy, torch
x = torch.from_numpy(numpy.ones((4, 3, 8, 8), dtype="float32"))
net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.LazyLinear(2))
net(x)
optimizer = torch.optim.AdamW(net.parameters())
net(x).sum().backward()
optimizer.step()
print("stepped")
"""


def names_in(context: io.BytesIO) -> list[str]:
    with tarfile.open(fileobj=context) as tar:
        return tar.getnames()


def test_the_build_context_is_the_dockerfile_alone() -> None:
    context = io.BytesIO()
    write_context(context, None)
    assert names_in(context) == ["Dockerfile"]


def test_wheels_come_along_when_given_and_nothing_else_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "torch-1-py3-none-any.whl").write_text("")
    (tmp_path / "secret.txt").write_text("")
    context = io.BytesIO()
    write_context(context, tmp_path)
    expected = ["Dockerfile", "wheels/torch-1-py3-none-any.whl"]
    assert names_in(context) == expected


def test_a_folder_without_wheels_is_refused_before_the_engine_is_asked(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailableError, match=re.escape(str(tmp_path))):
        build_image("x", wheels=tmp_path)


def test_mirrors_and_proxies_of_this_environment_reach_the_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    assert build_arguments("base", "2.13.0", True) == {
        "BASE_IMAGE": "base",
        "TORCH_VERSION": "2.13.0",
        "TORCH_INDEX": CUDA_INDEX,
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "https_proxy": "http://proxy.example",
    }
    assert "TORCH_INDEX" not in build_arguments(None, None, False)


def test_an_image_is_labelled_with_its_device_unless_only_the_user_knows(tmp_path: Path) -> None:
    assert [labels_of(cuda, None) for cuda in (False, True)] == [
        {BUILT_FOR: "cpu"},
        {BUILT_FOR: "cuda"},
    ]
    assert labels_of(False, tmp_path) == {}
    assert labels_of(True, tmp_path) == {BUILT_FOR: "cuda"}


def test_every_argument_of_a_build_is_known_to_the_dockerfile() -> None:
    declared = set(re.findall(r"^ARG (\w+)", DOCKERFILE.read_text(), re.MULTILINE))
    assert set(build_arguments("base", "1", True)) - set(os.environ) <= declared
    assert {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"} <= declared


def test_the_dockerfile_needs_no_buildkit() -> None:
    text = DOCKERFILE.read_text()
    assert not re.search(
        r"^# *syntax *=|--mount|<<|COPY --(link|chmod|exclude)", text, re.MULTILINE
    )


@pytest.fixture
def tag() -> Iterator[str]:
    tag = f"langgraph-nas-test:{uuid.uuid4().hex[:8]}"
    yield tag
    client = connect()
    if image_problem(tag) is None:
        client.api.remove_image(tag, noprune=True)  # its layers are the real image's, too
    client.close()


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_dockerfile_builds_through_the_sdk_and_trains_in_a_locked_container(tag: str) -> None:
    base = os.environ.get("NAS_BASE_IMAGE")
    wheels = os.environ.get("NAS_WHEELS")
    if not base or not wheels:
        pytest.skip("NAS_BASE_IMAGE and NAS_WHEELS do not say what to build from")
    lines: list[str] = []
    build_image(
        tag, base_image=base, torch_version="2.13.0", wheels=Path(wheels), on_progress=lines.append
    )
    assert any("Successfully tagged" in line for line in lines)
    client = connect()
    try:
        printed = client.containers.run(
            tag,
            ["python3", "-c", PROGRAM],
            network_mode="none",
            read_only=True,
            user="65534:65534",
            environment={"HOME": "/tmp", "USER": "nobody"},
            tmpfs={"/tmp": "rw,noexec,size=64m,mode=1777"},
            remove=True,
        )
    finally:
        client.close()
    assert printed.decode().strip() == "stepped"


@pytest.mark.docker
@pytest.mark.slow
def test_a_build_that_fails_leaves_no_image_and_no_container(tag: str, tmp_path: Path) -> None:
    base = os.environ.get("NAS_BASE_IMAGE")
    if not base:
        pytest.skip("NAS_BASE_IMAGE does not say what to build from")
    (tmp_path / "torch-0-py3-none-any.whl").write_text("not a wheel")
    client = connect()
    before = {entry["Id"] for entry in client.api.containers(all=True)}
    with pytest.raises(SandboxUnavailableError, match=tag):
        build_image(tag, base_image=base, torch_version="9.9.9", wheels=tmp_path)
    left = {entry["Id"]: entry for entry in client.api.containers(all=True)}
    client.close()
    assert image_problem(tag) is not None
    assert not [entry for key, entry in left.items() if key not in before and "pip" in str(entry)]
