"""What sets up and tests on each Python says how far it is, and what it found."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


def load(name: str) -> ModuleType:
    """A script of tools/, which is no package."""
    found = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pythons() -> ModuleType:
    return load("pythons")


PIP = [
    "Obtaining file:///project",
    "Collecting torch>=2.9 (from project==0.1.0)",
    "  Downloading torch-2.14.1-cp313-cp313-manylinux_2_28_x86_64.whl (554.6 MB)",
    "Collecting numpy",
    "  Downloading https://host/packages/numpy-2.4.0-cp313-cp313-linux.whl.metadata (62 kB)",
    "  Downloading numpy-2.4.0-cp313-cp313-linux.whl (16.6 MB)",
    "Installing collected packages: numpy, torch, project",
    "Successfully installed numpy-2.4.0 torch-2.14.1 project-0.1.0",
]


def test_a_setup_says_what_is_large_and_how_far_it_is(tmp_path: Path) -> None:
    scratch, packages = tmp_path / "scratch", tmp_path / "packages"
    (scratch / "pip-unpack-1").mkdir(parents=True)
    (packages / "pip-25.dist-info").mkdir(parents=True)
    said: list[str] = []
    install = load("install").Install(said.append, scratch, packages)

    install.take(PIP[0])
    install.take(PIP[1])
    install.beat()
    install.take(PIP[2])
    wheel = PIP[2].split()[1]
    (scratch / "pip-unpack-1" / wheel).write_bytes(bytes(3_000_000))
    install.beat()
    for line in PIP[3:7]:
        install.take(line)
    (packages / "numpy-2.4.0.dist-info").mkdir()
    install.beat()
    install.take(PIP[7])
    assert said == [
        "  1 packages found, 0 MB of small ones downloaded",
        "downloading torch-2.14.1 (555 MB)",
        "  3 of 555 MB",
        "installing 3 packages",
        "  1 of 3 packages installed",
    ]


def test_a_setup_that_fails_ends_with_what_pip_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["install.py", str(tmp_path / "nowhere")])
    assert load("install").main() == 1
    told = capsys.readouterr()
    assert "nowhere" in told.err
    assert "pip failed with exit code 1" in told.out


def fake_python(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


def test_a_python_that_can_make_no_environment_is_passed_over(
    pythons: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    fake_python(tmp_path / "bin" / "python3.99", "exit 127")  # a shim of a version not installed
    assert pythons.find_python("3.99", tmp_path / "pyenv") is None
    other = fake_python(tmp_path / "pyenv" / "3.99.0" / "bin" / "python3.99", "echo 3.99")
    assert pythons.find_python("3.99", tmp_path / "pyenv") == str(other)
    fake_python(tmp_path / "bin" / "python3.99", "echo 3.99")
    assert pythons.find_python("3.99", tmp_path / "pyenv") == "python3.99"


def test_each_python_has_a_row_and_one_failure_fails_all(
    pythons: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = ".".join(map(str, sys.version_info[:2]))
    other, missing = [version for version in pythons.VERSIONS if version != ours][:2]
    ran: dict[str, str] = {}

    def run(folder: str, python: str) -> tuple[bool, str]:
        ran[folder] = python
        return folder == ".venv", "9 passed in 3.00s" if folder == ".venv" else "1 failed in 2.00s"

    def find(version: str) -> str | None:
        return "python-other" if version == other else None

    assert pythons.main(run, find) == 1
    assert ran == {".venv": sys.executable, f".venv-{other}": "python-other"}
    table = capsys.readouterr().out.split("what pytest said\n")[1]
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in table.splitlines()}
    assert rows[ours] == ["passed", "9 passed in 3.00s"]
    assert rows[other] == ["FAILED", "1 failed in 2.00s"]
    assert rows[missing] == ["-", "missing on this machine"]
    assert pythons.main(lambda folder, python: (True, "1 passed"), find) == 0


def test_the_classifiers_name_pythons_that_are_tested(pythons: ModuleType) -> None:
    project = (TOOLS.parent / "pyproject.toml").read_text()
    named = [version for version in pythons.VERSIONS if f"Python :: {version}" in project]
    assert project.count("Programming Language :: Python :: 3.") == len(named) > 1
