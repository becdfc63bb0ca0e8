"""Templates: ours, the user's, and what makes one unusable."""

from pathlib import Path
from string import Template

import pytest

from langgraph_nas.errors import PromptError
from langgraph_nas.prompts import load_templates, read_prompt_folder
from langgraph_nas.prompts.templates import PLACEHOLDERS, REQUIRED
from langgraph_nas.state import OUTCOMES


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_our_template_uses_what_it_must_and_nothing_unknown(name: str) -> None:
    used = set(Template(load_templates().texts[name]).get_identifiers())

    assert REQUIRED[name] <= used <= PLACEHOLDERS[name]


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_every_template_states_the_number_of_classes(name: str) -> None:
    assert "$n_classes" in load_templates().texts[name]


def test_there_is_a_fallback_suggestion_for_every_outcome_that_is_a_lesson() -> None:
    fallbacks = load_templates().phrases_of("fallback_")

    assert set(fallbacks) == set(OUTCOMES) - {"sandbox_error"}


def test_the_users_template_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "generate_code_first.md").write_text("Write a net for $n_classes classes, $$5.")

    templates = load_templates(read_prompt_folder(tmp_path))

    values = dict.fromkeys(PLACEHOLDERS["generate_code_first"], "x") | {"n_classes": 7}
    assert templates.render("generate_code_first", values) == "Write a net for 7 classes, $5."
    assert templates.texts["diagnose"] == load_templates().texts["diagnose"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("generate_code_first.md", "Write a net.", "lacks the placeholder $n_classes"),
        ("generate_code_first.md", "$n_classes $colour", "no placeholder $colour"),
        ("generate_code_first.md", "$n_classes costs $ 5", "written as $$"),
        ("generator.md", "$n_classes", "unknown prompt 'generator'"),
    ],
)
def test_an_unusable_template_is_named(tmp_path: Path, file: str, text: str, message: str) -> None:
    (tmp_path / file).write_text(text)

    with pytest.raises(PromptError) as caught:
        read_prompt_folder(tmp_path)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_templates_or_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="no prompt in"):
        read_prompt_folder(tmp_path)
    with pytest.raises(PromptError, match="can't read the prompts"):
        read_prompt_folder(tmp_path / "missing")


def test_a_missing_value_is_an_error_not_a_hole() -> None:
    with pytest.raises(PromptError, match=r"no value for the placeholder \$"):
        load_templates().render("generate_code_first", {})
