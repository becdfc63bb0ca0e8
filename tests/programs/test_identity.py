import pytest

from langgraph_nas.programs import program_hash

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(F.relu(x.flatten(1)))
"""


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\n" + NET.replace("    ", "  "),
        NET.replace("nn.Linear(64, 10)", "nn.Linear(\n            64,\n            10,\n        )"),
        '"""Module."""\n' + NET.replace("nn.Module):", 'nn.Module):\n    """A net."""\n'),
        NET.replace("(self, x):", "(self, x):\n        'said before'\n        ...\n"),
        "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n" + NET,
        "from torch import nn, Tensor\nfrom torch.nn import functional as F\n" + NET,
        "import torch.nn, torch.nn.functional\n" + NET,
        NET.replace("64", "0x40"),
    ],
)
def test_the_same_network_written_differently_is_equal(same):
    assert program_hash(same) == program_hash(NET)


@pytest.mark.parametrize(
    "different",
    [
        NET.replace("10", "11"),
        NET.replace("64", "64.0"),
        NET.replace("64", "True"),
        NET.replace("F.relu", "F.gelu"),
        NET + "\nNet = None\n",
        NET.replace("self.fc(", "(").replace("))", "))"),
        "import math as nn\n" + NET,
        "import math as F\nimport torch.nn.functional as F\n" + NET,
        "from torch import nn as F\n" + NET,
        "from .torch import nn\n" + NET,
        "from layers import *\nimport torch.nn as nn\n" + NET,
        "import torch.utils.checkpoint\n" + NET,
        "class F:\n    relu = abs\n" + NET,
        NET.replace("super()", "global nn\n        import nn\n        super()"),
        "",
        NET + ")",
    ],
)
def test_different_networks_are_never_equal(different):
    assert program_hash(different) != program_hash(NET)


def test_an_import_stays_where_its_name_is_bound_in_another_way_too():
    before = "nn = None\n"
    assert program_hash(before + "import torch.nn as nn\n" + NET) != program_hash(before + NET)
    assert program_hash("import torch.nn as nn\n" + before + NET) != program_hash(
        before + "import torch.nn as nn\n" + NET
    )


def test_docstrings_count_where_the_program_reads_them():
    reader = "{doc}\nwidth = len(__doc__ or '')\n" + NET
    assert program_hash(reader.format(doc="'a'")) != program_hash(reader.format(doc="'ab'"))


def test_constants_of_different_type_or_sign_are_different():
    hashes = {program_hash(f"x = {value}") for value in ("1", "1.0", "True", "'1'", "b'1'", "None")}
    assert len(hashes) == 6
    assert program_hash("x = 0.0") != program_hash("x = -0.0")
    assert program_hash("return_none = lambda: None") != program_hash("return_none = lambda: ...")


@pytest.mark.parametrize("text", ["class Net(", "x = 1\0", "x = '\ud800'", "x = 0x" + "f" * 9999])
def test_text_without_a_normal_form_has_a_hash_of_its_own(text):
    assert program_hash(text) == program_hash(text)
    assert program_hash(text) != program_hash(text + " ")


def test_the_hash_is_the_same_in_every_python_version():
    # Written down: archives move.
    program = "def f(x: Tensor = 1, *, y=b'') -> None:\n    return f'{x!r}'\n"
    assert program_hash(program) == (
        "7f8a25020336e5999f47641ee5f11b607cadb3950ca63e1383e60264b6213819"
    )
