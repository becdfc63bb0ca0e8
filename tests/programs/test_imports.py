import ast
import subprocess
import sys

import pytest

from langgraph_nas.programs import with_imports
from langgraph_nas.spaces.blocks import compile_spec

NET = "class Net(nn.Module):\n    def forward(self, x):\n        return F.relu(x)\n"
TORCH_F = "import torch.nn.functional as F\n"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (NET, TORCH_F + "from torch import nn\n\n\n" + NET),
        ("from torch import nn\n" + NET, TORCH_F + "from torch import nn\n" + NET),
        (
            "x: Tensor = torch.ones(1)\n",
            "import torch\nfrom torch import Tensor\n\n\nx: Tensor = torch.ones(1)\n",
        ),
        (
            '"""Doc."""\nfrom __future__ import annotations\n\nimport math\n\n' + NET,
            '"""Doc."""\nfrom __future__ import annotations\n\n'
            + TORCH_F
            + "from torch import nn\nimport math\n\n"
            + NET,
        ),
        ("# Licence\n\n" + NET, "# Licence\n\n" + TORCH_F + "from torch import nn\n\n\n" + NET),
        (
            "from __future__ import annotations\ndef f(x: Tensor) -> Tensor: ...\n",
            "from __future__ import annotations\n\nfrom torch import Tensor\n\n\n"
            "def f(x: Tensor) -> Tensor: ...\n",
        ),
    ],
)
def test_missing_imports_are_put_where_they_belong(program, expected):
    assert with_imports(program) == expected


@pytest.mark.parametrize(
    "program",
    [
        "x = 1\n",
        "import torch.nn as nn\nimport torch.nn.functional as F\n" + NET,
        "try:\n    import torch\nexcept ImportError:\n    torch = None\ntorch.ones(1)\n",
        "def f(F, nn):\n    return F(nn)\n",
        "def f():\n    import torch\n    return torch.ones(1)\n",
        "class F:\n    pass\nF()\n",
        "def f():\n    global F\n    F = 1\nF\n",
        "class Net(nn.Module:\n",
        "x = 1\0",
        "",
    ],
)
def test_programs_that_lack_nothing_or_can_not_be_read_stay_as_they_are(program):
    assert with_imports(program) == program


@pytest.mark.parametrize("program", [NET, '"""Doc."""\n' + NET, "#!/usr/bin/python\n# x\n" + NET])
def test_adding_imports_twice_changes_nothing(program):
    once = with_imports(program)
    assert with_imports(once) == once
    assert ast.get_docstring(ast.parse(once)) == ast.get_docstring(ast.parse(program))


def test_a_compiled_program_runs_alone_with_its_imports(tmp_path):
    program = compile_spec(["conv 8 3 relu", "attn 2", "head both"], (1, 8, 8), 10)
    file = tmp_path / "net.py"
    file.write_text(with_imports(program) + "\nprint(Net()(torch.ones(2, 1, 8, 8)).shape)\n")
    run = subprocess.run([sys.executable, file], capture_output=True, text=True, check=False)
    assert run.stdout == "torch.Size([2, 10])\n", run.stderr
