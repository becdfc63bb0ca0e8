import sys
import threading

import pytest

from langgraph_nas.programs import check_program

GOOD = """
class Net(nn.Module):
    def __init__(self, width=8, *, depth=2):
        super().__init__()
        self.layer = nn.Linear(width, depth)

    def forward(self, x):
        return self.layer(x)
"""


@pytest.mark.parametrize(
    "program",
    [
        GOOD,
        "import torch.nn as nn\n" + GOOD,
        "try:\n    import torch\nexcept ImportError:\n    pass\nelse:"
        + GOOD.replace("\n", "\n    "),
        "class Net(nn.Module):\n    def forward(self, x):\n        return x\n",
        "class Net(nn.Sequential):\n    def __init__(self):\n        super().__init__()\n",
        "class Base(torch.nn.Module):\n    def forward(self, x):\n        return x\n"
        "class Net(Base):\n    pass\n",
        "class Net(nn.Module):\n    def __init__(self, *args, **kwargs):\n        pass\n"
        "    forward = torch.relu\n",
        "class Net:\n    pass\n" + GOOD,
        GOOD.replace("class Net", "class Digits") + "\nNet = Digits\n",
        "from torchvision.models import AlexNet as Net\n",
        "def Net():\n    return torch.nn.Linear(3, 1)\n",
        "exec('class Net: pass')\n",
        "def main():\n    global Net\n    class Net(nn.Module): ...\nmain()\n",
    ],
)
def test_programs_that_may_be_a_network_pass(program):
    assert check_program(program) is None


@pytest.mark.parametrize(
    ("program", "message", "line_number"),
    [
        ("", "The program is empty.", None),
        ("x = 1\n", "There is no module-level `class Net`.", None),
        (
            "class Model(nn.Module):\n    pass\nclass Other(Model):\n    pass\n",
            "There is no module-level `class Net`; the classes are Model, Other.",
            None,
        ),
        (
            "def make():" + GOOD.replace("\n", "\n    "),
            "There is no module-level `class Net`.",
            None,
        ),
        ("class Net:\n    def forward(self, x): ...", "`Net` does not derive from `nn.Module`.", 1),
        (
            "class Base(object):\n    pass\n\nclass Net(Base):\n    def forward(self, x): ...",
            "`Net` does not derive from `nn.Module`.",
            4,
        ),
        ("class Net(nn.Module):\n    pass", "`Net` has no `forward` method.", 1),
        (
            GOOD.replace("width=8, *, depth=2", "shape, width, k=1, *, depth"),
            "`Net()` takes no arguments, but `__init__` asks for `shape`, `width`, `depth`.",
            3,
        ),
        (GOOD.replace("self, width=8, *, depth=2", ""), "`Net.__init__` lacks `self`.", 3),
    ],
)
def test_a_wrong_structure_is_named(program, message, line_number):
    problem = check_program(program)
    assert problem is not None
    assert (problem.outcome, problem.stage) == ("bad_structure", "structure")
    assert (problem.message, problem.line_number) == (message, line_number)


@pytest.mark.parametrize(
    ("program", "message", "line", "line_number"),
    [
        (
            "class Net(nn.Module):\n    x = nn.Linear(3,\n    def forward(self): ...\n",
            "The bracket '(' opened on line 2 is never closed.",
            "x = nn.Linear(3,",
            2,
        ),
        ("x = [1, 2\n", "The bracket '[' opened on line 1 is never closed.", "x = [1, 2", 1),
        ("a = 1\nb ==== 2\n", "Invalid syntax on line 2.", "b ==== 2", 2),
        ("x = 1\0", None, None, None),
        (
            "x = '\ud800'\n",
            "The program holds a character that Python source may not have.",
            None,
            None,
        ),
        ("x = " + "-" * 90_000 + "1", "The program is nested too deeply to be parsed.", None, None),
        ("#" * 200_001, "The program has 200001 bytes; at most 200000 are accepted.", None, None),
    ],
)
def test_text_that_is_not_python_is_a_syntax_error(program, message, line, line_number):
    problem = check_program(program)
    assert problem is not None
    assert (problem.outcome, problem.stage) == ("syntax_error", "parse")
    assert message is None or problem.message == message
    assert (problem.line, problem.line_number) == (line, line_number)


@pytest.mark.parametrize(
    "expression",
    ["a" + ".b" * 60_000, "+".join("1" * 60_000), "f" + "()" * 60_000, "~" * 150_000 + "1"],
)
def test_deep_nesting_is_survived_on_a_thread_too(expression):
    problems = []
    thread = threading.Thread(target=lambda: problems.append(check_program(f"x = {expression}")))
    thread.start()
    thread.join()
    assert len(problems) == 1
    assert problems[0] is not None


def test_checking_executes_nothing(tmp_path):
    trace = tmp_path / "trace"
    check_program(f"open({str(trace)!r}, 'w')\nimport antigravity_of_nobody\n{GOOD}")
    assert not trace.exists()
    assert "antigravity_of_nobody" not in sys.modules


def test_invalid_escapes_are_not_reported_on_the_console(recwarn):
    assert check_program(GOOD + "\nx = '\\d'\n") is None
    assert not recwarn.list
