"""Prompts keep to their token budget: in a stated order and never silently."""

import pytest

from langgraph_nas.errors import PromptError
from langgraph_nas.prompts import Templates, fit
from langgraph_nas.prompts.templates import load_templates

TEMPLATES = Templates({"t": "$lessons|$one|$two"}, load_templates().phrases)


def _fit(budget: int, **values: object):  # type: ignore[no-untyped-def]
    whole = {"one": "a" * 1000, "two": "b" * 1000, **values}
    return fit(
        TEMPLATES,
        "t",
        whole,
        budget=budget,
        count=len,
        lessons=["x" * 100, "y" * 100, "z" * 100],
        order=("one", "two"),
    )


def test_what_fits_is_sent_whole() -> None:
    prompt = _fit(2500)

    assert prompt.trimmed == ()
    assert prompt.tokens == len(prompt.text) <= 2500


def test_the_oldest_lessons_go_first_and_the_prompt_says_so() -> None:
    prompt = _fit(2250)

    assert prompt.trimmed == ("lessons: 1 left out",)
    assert "1 older lessons left out" in prompt.text
    assert "x" * 100 not in prompt.text
    assert "y" * 100 in prompt.text
    assert "a" * 1000 in prompt.text


def test_then_texts_lose_their_middles_in_the_order_given() -> None:
    prompt = _fit(1500)

    assert [item.split(":")[0] for item in prompt.trimmed] == ["lessons", "one"]
    assert "left out here" in prompt.text
    assert "b" * 1000 in prompt.text
    assert prompt.tokens <= 1500


def test_as_much_as_fits_is_kept() -> None:
    assert _fit(1500).tokens > 1450


def test_the_last_text_suffers_last() -> None:
    prompt = _fit(700)

    assert [item.split(":")[0] for item in prompt.trimmed] == ["lessons", "one", "two"]
    assert prompt.tokens <= 700


def test_what_the_template_does_not_hold_is_not_trimmed_nor_told() -> None:
    templates = Templates({"t": "$two"}, load_templates().phrases)
    values = {"one": "a" * 1000, "two": "b" * 1000}
    prompt = fit(
        templates, "t", values, budget=500, count=len, lessons=["x"] * 9, order=("one", "two")
    )
    assert [item.split(":")[0] for item in prompt.trimmed] == ["two"]


@pytest.mark.parametrize("length", [201, 230, 243])
def test_a_text_that_its_cut_would_not_shorten_stays_whole(length: int) -> None:
    prompt = _fit(1500, one="a" * length, two="b" * 1400)
    assert "a" * length in prompt.text
    assert [item.split(":")[0] for item in prompt.trimmed] == ["lessons", "two"]


def test_what_may_not_be_trimmed_and_is_too_long_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(PromptError, match="--prompt-tokens.*--num-ctx"):
        _fit(100)
