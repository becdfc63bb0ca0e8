"""A program is looked at in processes of their own, which leave nothing to the one that trains."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from langgraph_nas.sandbox.base import Budgets, Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.harness import looks
from langgraph_nas.sandbox.harness.absent import Absent
from langgraph_nas.sandbox.harness.leftovers import Leftovers
from langgraph_nas.sandbox.harness.program import compile_program
from langgraph_nas.sandbox.harness.scout import Line, Scout
from langgraph_nas.sandbox.harness.wire import Wire
from langgraph_nas.sandbox.warm import CellSandbox

LIMITS = Limits(cpus=1, wall_seconds=60, build_seconds=20)
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        {build}
        self.body = nn.Linear(64, {width})
        self.head = nn.Linear({width}, 4)

    def forward(self, x):
        return self.head(F.relu(self.body(x.flatten(1))))
"""


def net(build: str, width: str = "16") -> str:
    return NET.format(build=build, width=width)


def test_processes_started_in_a_look_do_not_outlive_it(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    build = "child = os.fork()\n        if child == 0: time.sleep(30); os._exit(0)"
    build += "\n        print('CHILD', child, flush=True)"
    run = forked.run(Job("import os, time\n" + net(build), recipe), workload, LIMITS)
    assert run.outcome == "ok", run.message
    [child] = re.findall(r"CHILD (\d+)", run.stderr_tail)  # the rehearsal's: others are not shown
    assert not Path(f"/proc/{child}").exists()


def test_a_network_drawn_from_the_systems_chance_is_told_by_what_was_trained(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    program = "import os\n" + net("width = 8 + int.from_bytes(os.urandom(2)) % 999", "width")
    run = forked.run(Job(program, recipe, send_weights=True), workload, LIMITS)
    assert run.outcome == "ok", run.message
    assert run.weights is not None
    assert run.claimed["parameters"] == sum(array.size for array in run.weights.values())
    assert {"macs", "latency_ms", "step_memory_mb", "graph_hash"}.isdisjoint(run.claimed)
    job = Job(program, recipe, budgets=Budgets(macs=10**9))
    bounded = forked.run(job, workload, LIMITS)
    assert (bounded.outcome, bounded.stage) == ("over_budget", "preflight")
    assert "another network each time" in bounded.message


def test_an_error_of_shapes_is_found_before_weights_are_drawn(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    # Drawing would take a second; the sketch says what is wrong at once.
    large = net("self.large = nn.Linear(10_000, 10_000)", "16").replace("(64, 16)", "(65, 16)")
    run = forked.run(Job("print('looked', flush=True)\n" + large, recipe), workload, LIMITS)
    assert (run.outcome, run.stage, run.module) == ("forward_error", "forward", "body (Linear)")
    assert run.stderr_tail.split() == ["looked"]
    assert run.seconds["build"] < 1


@pytest.mark.parametrize("stuck", ["while w.mean() < 5: pass", "while torch.isnan(w).any(): pass"])
def test_a_look_that_waits_for_values_is_given_up(
    stuck: str, forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    build = f"w = torch.full((300, 300), float('nan')).uniform_(9, 10)\n        {stuck}"
    run = forked.run(Job(net(build), recipe), workload, LIMITS)
    assert run.outcome == "ok", run.message
    assert run.seconds["total"] < 20


class NoWire(Wire):
    """A wire of a process that has no host."""

    def __init__(self) -> None:
        pass

    def let_go(self) -> None:
        pass


def test_a_look_that_takes_too_long_is_given_up() -> None:
    scout = Scout(lambda line: [line.say(stage="build"), time.sleep(60)], NoWire())  # type: ignore[arg-type]
    assert list(scout.ask({}, 0.5)) == [{"stage": "build"}]
    scout.end()
    assert scout.exit == -signal.SIGKILL


def test_a_look_is_over_when_its_process_ends_whoever_holds_its_line() -> None:
    def live(line: Line) -> None:
        if os.fork() == 0:
            time.sleep(5)

    scout = Scout(live, NoWire())
    assert list(scout.messages(30)) == []
    assert scout.exit == 0
    scout.end()


def test_only_new_files_are_swept(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("")
    leftovers = Leftovers([str(tmp_path)])
    assert not leftovers.sweep()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "old")
    assert leftovers.sweep()
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_files_made_elsewhere_are_swept_from_temporary_folders_only(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.write_text("")
    leftovers = Leftovers([])
    for path in (str(inside), "/etc/passwd", 3, None):
        leftovers.add(path)
    assert leftovers.sweep()
    assert not inside.exists()
    assert Path("/etc/passwd").exists()


def run_of(program: str) -> dict[str, object]:
    """Return the names that a program binds."""
    from langgraph_nas.sandbox.harness.absent import STAND_IN, stand_in

    names: dict[str, object] = {STAND_IN: stand_in}
    exec(compile_program(program).code, names)
    return names


def test_an_import_that_is_not_there_fails_where_it_is_used_and_says_so() -> None:
    names = run_of("import os, nowhere.part as part\nfrom nowhere import Layer as L, other")
    part, layer = names["part"], names["L"]
    assert isinstance(part, Absent)
    assert names["os"] is os
    assert not part.deeper.attribute
    for use in ("L()", "part.deeper[0]", "class A(L): pass", "isinstance(3, L)", "[*other]"):
        with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere' .the sandbox has"):
            exec(use, dict(names))
    assert layer is not other_of(names)


def other_of(names: dict[str, object]) -> object:
    return names["other"]


@pytest.mark.parametrize(
    "program",
    [
        "try:\n    import nowhere\nexcept ImportError:\n    found = 1",
        "try:\n    if 1: from nowhere import x\nexcept (KeyError, Exception):\n    found = 1",
        "try:\n    import nowhere\nexcept:\n    found = 1",
    ],
)
def test_a_program_that_expects_an_import_to_fail_sees_it_fail(program: str) -> None:
    assert run_of(program)["found"] == 1


@pytest.mark.parametrize("statement", ["import os.nowhere", "from os import nowhere"])
def test_a_missing_part_of_a_package_that_is_there_is_an_error_at_once(statement: str) -> None:
    with pytest.raises(ImportError):
        run_of(f"def later():\n    {statement}\nlater()")


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("class Net: pass\nif __name__ == '__main__':\n    Net()", "candidate"),
        ("if __name__ == '__main__':\n    class Net: pass", "__main__"),
        ("if '__main__' == __name__:\n    if True:\n        Net = 3", "__main__"),
        ("Net = 1\nif __name__ == '__main__':\n    Net = 2", "candidate"),
        (
            "def main():\n    global Net\n    class Net: pass\n"
            "if __name__ == '__main__':\n    main()",
            "__main__",
        ),
        ("def make():\n    class Net: pass\n    return Net\nNet = make()", "candidate"),
        ("if __name__ in ('__main__', 'x'):\n    class Net: pass", "__main__"),
        ("from x import y as Net\nif __name__ == '__main__':\n    Net()", "candidate"),
    ],
)
def test_a_program_is_a_script_only_if_its_network_is_there_for_a_script_alone(
    program: str, name: str
) -> None:
    assert compile_program(program).name == name


def test_a_large_network_is_hashed_before_another_one_is_built(
    forked: CellSandbox, workload: Workload, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "LARGE", 100)  # the forked harness takes it over
    run = forked.run(Job(net("pass"), recipe), workload, LIMITS)
    assert run.outcome == "ok", run.message
    assert run.claimed["graph_hash"]
