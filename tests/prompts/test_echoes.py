"""What only repeats the form of the prompt is no answer."""

import json

import pytest

from langgraph_nas.prompts import Echoes, load_templates, read_suggestion
from langgraph_nas.prompts.replies import explain_unread

OURS = load_templates()
FORM = json.loads(OURS.texts["diagnose"][OURS.texts["diagnose"].rindex("{") :])
"""What our improver is shown to fill in."""
ADVICE = {"problem": "too small", "inspiration": "ResNet", "modification": "Add a block."}

SPELLINGS = {
    "as it is": "{}",
    "in capitals": "{}",
    "with a dot": "{}.",
    "with dots": "{}...",
    "in angle brackets": "<{}>",
    "in square brackets": "[{}]",
    "in braces": "{{{}}}",
    "in quotes": "'{}'",
    "bold": "**{}**",
    "as code": "`{}`",
    "with your": "Your {} here",
    "twice": "{}; {}",
}


@pytest.mark.parametrize(("how", "spelling"), SPELLINGS.items())
@pytest.mark.parametrize("as_json", [True, False])
def test_a_form_that_is_not_filled_in_is_unread(how: str, spelling: str, as_json: bool) -> None:
    told = {name: spelling.format(value, value) for name, value in FORM.items()}
    if how == "in capitals":
        told = {name: value.upper() for name, value in told.items()}
    lines = "\n".join(f"{name}: {value}" for name, value in told.items())
    reply = json.dumps(told) if as_json else lines

    assert read_suggestion(reply, OURS.echoes) is None
    if as_json:
        assert "repeats the form" in explain_unread(reply)


@pytest.mark.parametrize("value", ["...", "", "modification", "<modification>", "string", "$x"])
def test_a_name_or_dots_in_the_place_of_the_change_are_unread(value: str) -> None:
    name = {"$x": "$modification"}.get(value, value)
    reply = json.dumps({"problem": "too small", "modification": name})
    assert read_suggestion(reply, OURS.echoes) is None


def test_the_words_of_the_instruction_are_unread() -> None:
    said = "Say what holds this network back (or broke it), one idea to draw on"
    assert read_suggestion(json.dumps({"modification": said}), OURS.echoes) is None


def test_of_a_form_that_is_partly_filled_in_the_rest_counts() -> None:
    told = read_suggestion(json.dumps({**FORM, "modification": "Add a block."}), OURS.echoes)
    assert told == {"problem": "", "inspiration": "", "modification": "Add a block."}
    told = read_suggestion(json.dumps({**FORM, "gist": "Add a block."}), OURS.echoes)
    assert told is not None
    assert told["modification"] == told["gist"] == "Add a block."


def test_the_answer_counts_beside_the_form_in_either_order() -> None:
    for objects in ((FORM, ADVICE), (ADVICE, FORM)):
        reply = "\n".join(map(json.dumps, objects))
        assert read_suggestion(reply, OURS.echoes) == ADVICE


@pytest.mark.parametrize(
    "change",
    [
        "Add one residual block in the middle.",
        "Change the head.",
        "Deeper",
        "Use one sentence encoder for the classes",
        "Replace the linear layer by global average pooling.",
        "Batch size is fixed, so use GroupNorm.",
    ],
)
def test_advice_in_words_of_the_form_is_read(change: str) -> None:
    told = read_suggestion(json.dumps({"modification": change}), OURS.echoes)
    assert told is not None
    assert told["modification"] == change


def test_the_forms_of_a_users_own_templates_count() -> None:
    text = 'Say {"modification": "a brave new idea"} about $current_program $lessons.'
    echoes = load_templates({"diagnose": f"{text} $current_result"}).echoes
    reply = json.dumps({"modification": "A brave, new idea!"})
    assert read_suggestion(reply, echoes) is None
    assert read_suggestion(reply, OURS.echoes) is not None


def test_examples_of_blocks_and_objects_are_known_whatever_the_blanks() -> None:
    example = "class Net(nn.Module):\n    pass"
    echoes = Echoes([f'Like\n```python\n{example}\n```\nor {{"layers": ["conv 8 3"]}}. $x'])
    assert echoes.are_blocks(f"Here:\n```\n\n  {example}\n```")
    assert echoes.are_blocks(example)
    assert not echoes.are_blocks(f"```\n{example}\n    # more\n```")
    assert echoes.are_blocks(f"Sure, my network:\n{example}\nGood luck!")
    assert not echoes.are_blocks(f"{example}\nimport torch\nclass Net(nn.Module):\n  x = 1")
    assert not echoes.are_blocks("")
    assert echoes.are_object({"Layers": ["Conv  8 3"]})
    assert not echoes.are_object({"layers": ["conv 8 5"]})
