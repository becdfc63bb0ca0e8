"""What triples tell, and what an improver that repeats itself is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import program
from fakes.context import fake_context
from fakes.loop import prompts_of, run

from langgraph_nas.trials.lessons import is_repeated, whole_sentences

LONG = "The first convolution is too narrow for the colours. " * 9


def advice(**fields: str) -> str:
    return json.dumps({"problem": "p", "inspiration": "i", "modification": "m"} | fields)


def searched(folder: Path, outcomes: list[Any], answers: list[str], **settings: Any) -> Any:
    context = fake_context(
        folder,
        lambda prompt, number: f"```python\n{program(outcomes[number], number + 1)}```",
        lambda prompt, number: answers[min(number, len(answers) - 1)],
        **{"iterations": len(outcomes)} | settings,
    )
    return context, run(context)


def test_a_triple_holds_the_gist_and_the_difference_to_the_best(tmp_path: Path) -> None:
    answers = [advice(modification=LONG, gist="Widen the stem."), advice(gist="Add a skip.")]
    context, last = searched(tmp_path, [0.5, 0.75, 0.25], answers, rich_lessons=True)
    assert [triple["suggestion"] for triple in last["memory"]] == ["Widen the stem.", "Add a skip."]
    assert [triple["outcome"] for triple in last["memory"]] == [
        "accuracy 0.7500, 0.2500 above the best before it",
        "accuracy 0.2500, 0.5000 below the best",
    ]
    # The generator is told in full.
    assert LONG.strip() in prompts_of(context, "generator")[1]


def test_a_failure_is_told_with_its_class_and_the_candidates_line(tmp_path: Path) -> None:
    _, last = searched(tmp_path, [0.5, "forward_error"], [advice()], rich_lessons=True)
    outcome = last["memory"][0]["outcome"]
    assert outcome.startswith("failed at forward: forward_error. it broke")
    assert outcome.endswith("At its line `return self.fc(x)`.")


def test_without_a_gist_whole_sentences_are_told(tmp_path: Path) -> None:
    _, last = searched(tmp_path, [0.5, 0.5], [advice(modification=LONG)], rich_lessons=True)
    told = last["memory"][0]["suggestion"]
    assert told.endswith("colours.")
    assert 300 < len(told) <= 400


def test_the_paper_cuts_at_300_characters(tmp_path: Path) -> None:
    answers = [advice(modification=LONG, problem=LONG, gist="Widen it.")]
    _, last = searched(tmp_path, [0.5, 0.5], answers)
    triple = last["memory"][0]
    assert (triple["suggestion"], triple["problem"]) == (LONG[:300], LONG[:300])
    assert triple["outcome"] == "accuracy 0.5000"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("One. Two.", "One. Two."),
        ("One sentence here. " + "x" * 30, "One sentence here."),
        ("word " * 20, "word word word word word word word ..."),
        ("x" * 60, "x" * 36 + " ..."),
        ("", ""),
    ],
)
def test_sentences_are_told_whole(text: str, told: str) -> None:
    assert whole_sentences(text, 40) == told


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Add a residual block.", "add a residual BLOCK", True),
        ("Use 64 channels.", "Use 128 channels.", False),
        (
            "Add batch normalisation after each convolution and widen the head to 256 units.",
            "Add batch normalisation after each convolution, and widen the head to 256 units now.",
            True,
        ),
        ("Go deeper.", "Go wider.", False),
        ("", "Go wider.", False),
        ("加深网络", "加深网络", True),
    ],
)
def test_repeats_are_told_by_words(one: str, other: str, same: bool) -> None:
    assert is_repeated(one, other) is same
    assert is_repeated(other, one) is same


def test_an_improver_that_repeats_itself_is_told_and_asked_again(tmp_path: Path) -> None:
    answers = [
        advice(modification="Go deeper."),
        advice(modification="go DEEPER"),
        advice(modification="Use a skip."),
    ]
    context, last = searched(tmp_path, [0.5, 0.25], answers, redirect=True)
    asked = prompts_of(context, "improver")
    assert len(asked) == 3
    assert "repeats that of trial 1" in asked[2]
    assert "Go deeper." in asked[2]
    assert last["suggestion"]["modification"] == "Use a skip."


def test_repeats_are_seen_in_lessons_as_the_paper_has_them(tmp_path: Path) -> None:
    answers = [advice(modification="Go deeper.", gist="Add blocks."), advice(modification="Skip.")]
    asked_twice = [answers[0], answers[0], answers[1]]
    settings = {"redirect": True, "rich_lessons": False}
    _, last = searched(tmp_path, [0.5, 0.25], asked_twice, **settings)
    assert last["suggestion"]["modification"] == "Skip."


def test_one_that_goes_on_repeating_is_overruled(tmp_path: Path) -> None:
    answers = [advice(modification="Go deeper.")]
    context, last = searched(tmp_path, [0.5, 0.25, 0.25], answers, redirect=True)
    assert len(prompts_of(context, "improver")) == 1 + 2 + 2
    assert last["suggestion"]["source"] == "fallback"
    assert "another kind of block" in context.archive.triples("s")[1]["suggestion"]
    assert "more or fewer" in last["suggestion"]["modification"]
    assert last["suggestion"]["problem"] == "p"


def test_each_time_it_is_overruled_the_direction_is_a_new_one(tmp_path: Path) -> None:
    answers = [advice(modification="Go deeper.")]
    context, _ = searched(tmp_path, [0.5, *[0.25] * 8], answers, redirect=True, memory=3)
    told = [triple["suggestion"] for triple in context.archive.triples("s")]
    for end in range(1, len(told)):
        assert told[end] not in told[max(0, end - 3) : end]
    assert len(set(told)) == 4  # one more than the window holds


def test_a_failure_that_came_up_again_is_pointed_out(tmp_path: Path) -> None:
    answers = [advice(modification=f"Change number {n}.") for n in range(3)]
    context, _ = searched(tmp_path, ["build_error", 0.5, "build_error"], answers, redirect=True)
    asked = prompts_of(context, "improver")
    assert "came up 2 times in the last 3 trials" in asked[2]
    assert not any("came up" in prompt for prompt in asked[:2])


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("", "the reply was empty"),
        ("Make it deeper, I think.", "it holds no JSON object"),
        ('{"problem": "too small"}', "the JSON object has no `modification`"),
    ],
)
def test_a_reply_that_cannot_be_read_is_asked_for_again(
    tmp_path: Path, reply: str, why: str
) -> None:
    answers = [reply, advice(modification="Use a skip.")]
    context, last = searched(tmp_path, [0.5], answers, reasks=1)
    asked = prompts_of(context, "improver")
    assert asked[1] == f"{asked[0]}\n\n" + (
        f"Your last reply could not be read: {why}. Answer with the JSON object alone."
    )
    assert last["suggestion"]["modification"] == "Use a skip."


def test_a_program_that_cannot_be_read_is_asked_for_again(tmp_path: Path) -> None:
    replies = ["Sorry.", f"```python\n{program(0.5)}```"]
    context = fake_context(tmp_path, lambda prompt, number: replies[number], iterations=1, reasks=1)
    run(context)
    assert context.archive.trials("s")[0]["outcome"] == "ok"
    assert "no program with a class Net" in prompts_of(context, "generator")[1]


def test_as_in_the_paper_nothing_is_asked_twice(tmp_path: Path) -> None:
    context, last = searched(tmp_path, [0.5, 0.5], ["nonsense"], protocol="paper")
    assert len(prompts_of(context, "improver")) == 2
    assert last["suggestion"]["source"] == "fallback"


def test_a_form_that_is_not_filled_in_becomes_no_lesson(tmp_path: Path) -> None:
    form = advice(problem="one sentence", modification="<the change in detail>", gist="...")
    _, last = searched(tmp_path, [0.5, 0.5], [form], rich_lessons=True)
    assert last["suggestion"]["source"] == "fallback"
    assert not any("detail" in triple["suggestion"] for triple in last["memory"])
