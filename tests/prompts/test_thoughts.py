"""What a model writes before it answers is never taken for its answer."""

import pytest

from langgraph_nas.prompts import find_program, read_suggestion, strip_thoughts

DRAFT = "Maybe\n```python\nclass Net(nn.Module):\n    draft = 1\n```\nor so? "
ANSWER = "```python\nclass Net(nn.Module):\n    final = 2\n```"
TAGS = {
    "think": ("<think>", "</think>"),
    "thinking": ("<thinking>", "</thinking>"),
    "thought": ("<thought>", "</thought>"),
    "in capitals": ("<THINK>", "</THINK>"),
    "mixed within a family": ("<think>", "</thinking>"),
    "reasoning": ("<reasoning>", "</reasoning>"),
    "a namespace": ("<seed:think>", "</seed:think>"),
    "brackets": ("[THINK]", "[/THINK]"),
    "bars": ("<|begin_of_thought|>", "<|end_of_thought|>"),
    "start and end": ("<|START_THINKING|>", "<|END_THINKING|>"),
    "diamonds": ("◁think▷", "◁/think▷"),
    "harmony": (
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
    "harmony in three parts": (
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>commentary<|message|>I am at it.<|end|>"
        "<|start|>assistant<|channel|>final <|constrain|>python<|message|>",
    ),
    "harmony without its marks": ("analysis", "assistantfinal"),
    "a channel that closes": ("<|channel>thought\n", "<channel|>"),
}

OPENED_BY_THEIR_OWN_HEAD = {"harmony without its marks", "a channel that closes"}


@pytest.mark.parametrize(("opens", "closes"), TAGS.values(), ids=TAGS)
def test_the_program_is_that_of_the_answer_and_a_cut_thought_holds_none(
    opens: str, closes: str
) -> None:
    assert strip_thoughts(f"{opens}{DRAFT}{closes}{ANSWER}").strip() == ANSWER
    assert find_program(f"{opens}{DRAFT}{closes}\n{ANSWER}") == (
        "class Net(nn.Module):\n    final = 2\n"
    )
    assert find_program(f"{opens}{DRAFT}") is None
    assert strip_thoughts(f"{opens}{DRAFT}").strip() == ""


@pytest.mark.parametrize("name", sorted(TAGS.keys() - OPENED_BY_THEIR_OWN_HEAD))
def test_a_thought_that_the_prompt_opened_ends_where_it_is_closed(name: str) -> None:
    assert strip_thoughts(f"{DRAFT}{TAGS[name][1]}{ANSWER}").strip() == ANSWER


def test_a_thought_may_speak_of_other_tags() -> None:
    reply = f"<think>Shall I use <reasoning> or [THINK]? {DRAFT}</think>{ANSWER}"
    assert strip_thoughts(reply) == ANSWER


def test_a_channel_that_was_only_begun_holds_nothing() -> None:
    assert strip_thoughts("<|channel|>analy") == ""
    assert strip_thoughts("<|channel|>analysis<|message|>") == ""


@pytest.mark.parametrize(
    "reply",
    [
        "x = table[think]; y = [reasoning]",
        "analysis of the shapes: 3 x 3",
        "a < think > b",
        "Think. The thought is simple; reasoning follows.",
    ],
)
def test_words_that_only_look_like_it_stay(reply: str) -> None:
    assert strip_thoughts(reply) == reply


def test_the_mark_at_the_end_of_an_answer_is_no_part_of_it() -> None:
    assert strip_thoughts(f"{ANSWER}<|return|>") == ANSWER


def test_advice_is_read_from_the_final_channel_only() -> None:
    draft, answer = '{"modification": "a draft"}', '{"modification": "wider"}'
    opens, closes = TAGS["harmony"]
    assert read_suggestion(f"{opens}{draft}{closes}{answer}<|return|>") == {
        "problem": "",
        "inspiration": "",
        "modification": "wider",
    }
    assert read_suggestion(f"{opens}{draft}") is None
