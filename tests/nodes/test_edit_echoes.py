"""Form `edit`: what a reply repeats of its prompt, or only thinks of, is no edit."""

import pytest

from langgraph_nas.prompts import Echoes, load_templates
from langgraph_nas.spaces.programs import read_edits

OLD = "        self.conv1 = nn.Conv2d(3, 32, 3)"
NEW = "        self.conv1 = nn.Conv2d(3, 64, 5, padding=2)"
BEST = f"""class Net(nn.Module):
    def __init__(self):
        super().__init__()
{OLD}
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(self.conv1(x).mean((2, 3)))
"""
EXAMPLE = f"<<<<<<< SEARCH\n{OLD}\n=======\n{NEW}\n>>>>>>> REPLACE\n"
OWN = """<<<<<<< SEARCH
        self.fc = nn.Linear(32, 10)
=======
        self.fc = nn.Linear(32, 10, bias=False)
>>>>>>> REPLACE
"""
OURS = load_templates().echoes

ECHOES = {
    "the block": EXAMPLE,
    "the block in a fence": f"Sure:\n```\n{EXAMPLE}```\n",
    "the block twice": f"```\n{EXAMPLE}{EXAMPLE}```\n",
    "in another fence each": f"```\n{EXAMPLE}```\nand\n```\n{EXAMPLE}```\n",
    "as a diff": f"```diff\n-{OLD}\n+{NEW}\n```\n",
    "as a diff with context": f"@@\n         super().__init__()\n-{OLD}\n+{NEW}\n",
    "with other blanks": EXAMPLE.replace("        self", "  self"),
    "in tags": f"<search>\n{OLD}\n</search>\n<replace>\n{NEW}\n</replace>\n",
    "half of it": f"@@\n-{OLD}\n",
    "quoting more lines": EXAMPLE.replace(OLD, f"        super().__init__()\n{OLD}").replace(
        NEW, f"        super().__init__()\n{NEW}"
    ),
}


@pytest.mark.parametrize("reply", ECHOES.values(), ids=ECHOES)
def test_the_example_is_no_edit_however_it_is_told(reply: str) -> None:
    assert EXAMPLE in load_templates().texts["generate_edit"]
    candidate = read_edits(reply, BEST, OURS)
    assert candidate["code"] is None
    assert "repeats the example of the prompt" in (candidate["problem"] or "")


FC = "        self.fc = nn.Linear(32, 10)"


@pytest.mark.parametrize(
    ("echo", "own"),
    [
        (EXAMPLE, OWN),
        (f"@@\n-{OLD}\n+{NEW}\n", f"@@\n-{FC}\n+{FC[:-1]}, bias=False)\n"),
        (
            f"<search>{OLD}</search><replace>{NEW}</replace>\n",
            f"<search>{FC}</search><replace>{FC[:-1]}, bias=False)</replace>\n",
        ),
    ],
)
def test_beside_the_example_the_models_own_edit_counts(echo: str, own: str) -> None:
    for reply in (echo + own, own + echo, f"```\n{echo}{own}```\n"):
        candidate = read_edits(reply, BEST, OURS)
        assert candidate["form"] == "edit"
        assert candidate["code"] == BEST.replace("(32, 10)", "(32, 10, bias=False)")


@pytest.mark.parametrize(
    "reply",
    [
        EXAMPLE.replace("64, 5", "48, 5"),
        EXAMPLE.replace("(3, 32, 3)\n=", "(3, 32, 3)\n        self.fc = nn.Linear(32, 10)\n="),
        EXAMPLE.replace(NEW, f"{NEW}\n        self.act = nn.GELU()"),
    ],
)
def test_an_edit_that_begins_as_the_example_is_one(reply: str) -> None:
    assert read_edits(reply, BEST, OURS)["code"] is not None


def test_beside_the_example_a_whole_program_counts() -> None:
    program = BEST.replace("32, 10", "32, 10, bias=False")
    reply = f"```\n{EXAMPLE}```\n```python\n{program}```\n"
    candidate = read_edits(reply, BEST, OURS)
    assert (candidate["form"], candidate["code"]) == ("code", program)


def test_the_examples_of_a_users_own_template_count() -> None:
    fc = "self.fc = nn.Linear(32, 10)"
    diff = f"@@\n-        {fc}\n+        {fc[:-1]}, bias=False)\n"
    own = Echoes([f"Edit $best_program, as in\n```diff\n{diff}```\nso that $modification."])
    assert read_edits(diff, BEST, own)["code"] is None
    assert read_edits(diff, BEST, OURS)["code"] is not None
    assert read_edits(EXAMPLE, BEST, own)["code"] is not None


@pytest.mark.parametrize(
    "thought",
    [
        "<think>{}</think>",
        "<thinking>{}</thinking>",
        "<reasoning>{}</reasoning>",
        "<seed:think>{}</seed:think>",
        "[THINK]{}[/THINK]",
        "{}</think>",
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)
def test_an_edit_that_is_only_thought_of_is_none(thought: str) -> None:
    draft = OWN.replace("bias=False", "bias=True")
    candidate = read_edits(thought.format(draft) + OWN, BEST, OURS)
    assert candidate["code"] == BEST.replace("(32, 10)", "(32, 10, bias=False)")
    cut = thought.partition("{}")[0] + draft
    if cut != draft:
        assert read_edits(cut, BEST, OURS)["code"] is None
