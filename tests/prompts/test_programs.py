"""Finding the program in a messy reply."""

import ast

import pytest

from langgraph_nas.prompts import find_program

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
OLD = NET.replace("64", "32")
BLOCK = """class Block(nn.Module):
    def forward(self, x):
        return x
"""

REPLIES = {
    "one python fence": f"Here it is:\n```python\n{NET}```\nGood luck!",
    "fence without a language": f"```\n{NET}\n```",
    "upper-case language": f"```Python\n{NET}```",
    "tilde fence": f"~~~py\n{NET}~~~",
    "no fence": NET,
    "prose around no fence": f"Sure! My network:\n\n{NET}\nThis should reach 70 %.",
    "fence never closed": f"```python\n{NET}",
    "windows line ends": f"```python\n{NET}```".replace("\n", "\r\n"),
    "indented fence": "  ```python\n" + "".join(f"  {x}\n" for x in NET.splitlines()) + "  ```",
    "old network quoted first": f"Before:\n```python\n{OLD}```\nAfter:\n```python\n{NET}```",
    "shell fence beside it": f"```bash\npip install torch\n```\n```python\n{NET}```",
    "usage fence after it": f"```python\n{NET}```\nUse it:\n```python\nnet = Net()\n```",
    "thoughts with another network": f"<think>maybe\n```python\n{OLD}```\n</think>\n{NET}",
    "thoughts that only close": f"maybe {OLD} no.</think>\n```python\n{NET}```",
    "broken second fence": f"```python\n{NET}```\nor\n```python\nclass Net(nn.Module:\n```",
    "json fence beside it": f'```json\n{{"a": 1}}\n```\n```python\n{NET}```',
    "fence on the last line of code": f"```python\n{NET.rstrip()}```",
    "the same, then prose": f"```python\n{NET.rstrip()}```\nGood luck!",
    "the same, prose on its line": f"```python\n{NET.rstrip()}``` Good luck!",
    "the same, tildes": f"~~~\n{NET.rstrip()} ~~~\nGood luck!",
    "the same, then inline code": f"```python\n{NET.rstrip()}```\nTrain ```net``` now.",
    "the same, then a usage fence": f"```\n{NET.rstrip()}```\nUse it:\n```python\nnet = Net()\n```",
    "the same in an old network": f"```python\n{OLD.rstrip()}```\nAfter:\n```python\n{NET}```",
    "the same in both": f"```\n{OLD.rstrip()}```\nAfter:\n```python\n{NET.rstrip()}```",
    "the same, never opened": f"My network:\n{NET.rstrip()}```\nGood luck!",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_the_program_is_found_in(reply: str) -> None:
    program = find_program(reply)

    assert program is not None
    assert ast.dump(ast.parse(program)) == ast.dump(ast.parse(NET))


def test_imports_before_an_unfenced_network_are_kept() -> None:
    program = find_program(f"I use math.\nimport math\n{NET}\nThat's all, folks!")

    assert program is not None
    assert program.startswith("import math")
    assert "folks" not in program


def test_a_helper_in_a_fence_of_its_own_is_joined() -> None:
    net = NET.replace("nn.Linear(64, 10)", "Block()")

    program = find_program(f"The block:\n```python\n{BLOCK}```\nThe net:\n```python\n{net}```")

    assert program is not None
    assert "class Block" in program
    assert program.index("class Block") < program.index("class Net")


@pytest.mark.parametrize("end", ["\n```", "```", "``` Good luck!"])
def test_a_fence_within_the_program_is_part_of_it(end: str) -> None:
    net = NET.replace("(nn.Module):\n", '(nn.Module):\n    """Net()```, or ```Net()```"""\n')

    program = find_program(f"```python\n{net.rstrip()}{end}")

    assert program == net


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I can't do that.",
        '{"layers": ["conv 32"]}',
        "```python\nclass Model(nn.Module): pass\n```",
        "<think>I would write class Net(nn.Module): ... but",
    ],
)
def test_a_reply_without_a_network_gives_none(reply: str) -> None:
    assert find_program(reply) is None


def test_a_broken_program_is_returned_as_it_is_so_that_its_error_is_the_lesson() -> None:
    program = find_program("```python\nclass Net(nn.Module):\n    def forward(self, x:\n```")

    assert program == "class Net(nn.Module):\n    def forward(self, x:\n"
