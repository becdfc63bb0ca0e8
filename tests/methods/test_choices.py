"""An improver that picks from named choices: what it picks is what comes out."""

import json
from pathlib import Path

import pytest
from fakes.context import fake_context
from fakes.loop import write

from langgraph_nas.evaluation import failure
from langgraph_nas.graph import create_nas_graph
from langgraph_nas.methods.choices import changes, choice_schema, diagnoses, suggestion_of_choice
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.prompts import load_templates
from langgraph_nas.runs import first_state
from langgraph_nas.spaces.blocks import apply_edits, compile_spec, parse_spec
from langgraph_nas.spaces.examples import edit_examples, trial_examples

TEMPLATES = load_templates()


def _reply(diagnosis: str, change: str) -> str:
    return json.dumps({"diagnosis": diagnosis, "change": change})


def test_two_different_replies_give_two_different_suggestions(tmp_path: Path) -> None:
    replies = [_reply("too_small", "wider"), _reply("weak_head", "head"), "no idea"]
    context = fake_context(
        tmp_path,
        lambda prompt, n: write(prompt, (0, 2, 6)[n]),
        lambda _, n: replies[n],
        iterations=3,
        improver_form="choices",
    )

    create_nas_graph().compile().invoke(first_state("s", context.config), context=context)

    first, second, third = context.archive.triples("s")
    assert first["suggestion"] == "Use more channels."
    assert second["suggestion"] == "Change the head."
    assert first["problem"] != second["problem"]
    assert third["suggestion"] == TEMPLATES.phrase("fallback_ok")
    sources = [row["source"] for row in context.archive.calls("s") if row["role"] == "improver"]
    assert sources == ["llm", "llm", "fallback"]
    assert context.archive.fallback_share("s", "improver") == pytest.approx(1 / 3)


@pytest.mark.parametrize("outcome", [name for name in OUTCOMES if name != "sandbox_error"])
def test_every_outcome_has_diagnoses_with_words(outcome: str) -> None:
    evaluation = failure(outcome, "train", "it broke")  # type: ignore[arg-type]

    for diagnosis in diagnoses(evaluation):
        for change in changes(TEMPLATES):
            assert suggestion_of_choice(diagnosis, change, evaluation, TEMPLATES)["modification"]


def test_the_choices_depend_on_the_outcome() -> None:
    scored = choice_schema(failure("ok", "score", ""), TEMPLATES)
    broken = choice_schema(failure("timeout", "train", ""), TEMPLATES)

    offered = [set(schema["properties"]["diagnosis"]["enum"]) for schema in (scored, broken)]
    assert "near_best" in offered[0] - offered[1]
    assert "too_expensive" in offered[1] - offered[0]


def test_every_change_but_a_new_structure_has_an_example_of_edits() -> None:
    examples = set(TEMPLATES.phrases_of("example_edit_"))

    assert examples == set(changes(TEMPLATES)) - {"new_structure"}


def test_examples_rotate_and_the_last_edit_answers_the_request() -> None:
    scored = failure("ok", "score", "")
    suggestion = suggestion_of_choice("too_small", "deeper", scored, TEMPLATES)

    texts = [
        edit_examples(suggestion["modification"], iteration, TEMPLATES) for iteration in (1, 2)
    ]

    assert texts[0] != texts[1]
    assert all(text.splitlines()[-2] == "Request: Add a block." for text in texts)
    assert trial_examples(scored, 1, TEMPLATES) != trial_examples(scored, 2, TEMPLATES)


def test_every_example_answers_with_what_the_schema_allows() -> None:
    for text in TEMPLATES.phrases_of("example_trial_").values():
        answer = json.loads(text.split("Answer: ")[1])
        assert answer["diagnosis"] in diagnoses(failure("ok", "score", ""))
        assert answer["change"] in changes(TEMPLATES)


def test_every_example_network_is_one() -> None:
    for text in TEMPLATES.phrases_of("example_new_").values():
        spec = parse_spec(json.loads(text.removeprefix("Answer: ")))
        assert "class Net" in compile_spec(spec, (1, 8, 8), 10)


@pytest.mark.parametrize("name", TEMPLATES.phrases_of("example_edit_"))
def test_every_example_edit_can_be_applied(name: str) -> None:
    spec = ["conv 8 1 mish", "sep 16 7 mish", "avgpool", "head max"]
    edits = json.loads(TEMPLATES.phrase(f"example_edit_{name}").removeprefix("Answer: "))

    assert apply_edits(spec, edits["edits"]) != spec
