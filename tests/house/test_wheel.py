"""The wheel holds all that the package reads at run time, and works where it is alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGED = ("prompts/*.md", "sandbox/Dockerfile", "sandbox/harness/*.py", "py.typed", "**/*.py")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel, built from a copy of the source, was installed alone."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", source / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run([*pip, *built], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "target"
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)],
        check=True,
        capture_output=True,
    )
    return target


def files_in(folder: Path, pattern: str) -> set[Path]:
    found = (path.relative_to(folder) for path in folder.glob(pattern) if path.is_file())
    return {path for path in found if "__pycache__" not in path.parts}


@pytest.mark.parametrize("pattern", PACKAGED)
def test_the_wheel_holds_every_file_of_the_source(installed: Path, pattern: str) -> None:
    expected = files_in(ROOT / "src" / "langgraph_nas", pattern)
    assert expected
    assert files_in(installed / "langgraph_nas", pattern) == expected


def test_installed_alone_it_finds_its_prompts_dockerfile_and_harness(installed: Path) -> None:
    program = (
        "import langgraph_nas\n"
        "from pathlib import Path\n"
        "from langgraph_nas.sandbox.image import DOCKERFILE\n"
        "from langgraph_nas.sandbox.launch import HARNESS\n"
        "assert 'BASE_IMAGE' in DOCKERFILE.read_text()\n"
        "assert (HARNESS / '__main__.py').is_file()\n"
        "folder = Path(langgraph_nas.__file__).parent\n"
        "assert list((folder / 'prompts').glob('*.md'))\n"
        "print(folder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=installed,
        env={"PYTHONPATH": str(installed), "PATH": ""},
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == installed / "langgraph_nas"
