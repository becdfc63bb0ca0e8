"""Templates: ours, the user's, and what makes one unusable."""

from importlib import import_module
from importlib.resources import files
from pathlib import Path
from string import Template
from types import SimpleNamespace
from typing import Any

import pytest
from fakes.data import tiny_task

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import PromptError
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.prompts import (
    MEANINGS,
    PLACEHOLDERS,
    REQUIRED,
    USES,
    load_templates,
    read_prompt_folder,
    unused,
    write_prompt_folder,
)
from langgraph_nas.spaces import open_space

proposal = import_module("langgraph_nas.methods.proposal")
advice = import_module("langgraph_nas.methods.advice")


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
    with pytest.raises(PromptError, match="no prompt in the folder"):
        read_prompt_folder(tmp_path)
    with pytest.raises(PromptError, match="can't read the prompts"):
        read_prompt_folder(tmp_path / "missing")


def test_a_missing_value_is_an_error_not_a_hole() -> None:
    with pytest.raises(PromptError, match=r"no value for the placeholder \$"):
        load_templates().render("generate_code_first", {})


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "diagnose.md").write_text("Say something about $colour and $size.")
    (tmp_path / "generate_code.md").write_text("Write $best_program.")
    (tmp_path / "generator.md").write_text("x")
    with pytest.raises(PromptError) as caught:
        read_prompt_folder(tmp_path)
    told = str(caught.value)
    assert "'diagnose' lacks the placeholders $current_program, $current_result, $lessons" in told
    assert "'diagnose' has no placeholders $colour, $size; there are " in told
    assert "'generate_code' lacks the placeholder $modification" in told
    assert "unknown prompt 'generator'" in told


def test_a_copy_of_our_folder_with_a_readme_changes_nothing(tmp_path: Path) -> None:
    for file in files("langgraph_nas.prompts").iterdir():
        if file.name.endswith(".md"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "README.md").write_text("Mine, at $5.")
    (tmp_path / ".notes.md").write_text("$")
    assert read_prompt_folder(tmp_path) == {}
    own = (tmp_path / "repair.md").read_text().replace("Keep", "KEEP")
    (tmp_path / "repair.md").write_text(own, encoding="utf-8-sig")
    assert read_prompt_folder(tmp_path) == {"repair": own}
    (tmp_path / "phrases.md").write_text("beats: hurrah")
    with pytest.raises(PromptError, match="phrases.md out"):
        read_prompt_folder(tmp_path)


def test_our_prompts_are_written_and_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mine"
    written = write_prompt_folder(folder)
    assert {file.stem for file in written} == set(PLACEHOLDERS)
    assert read_prompt_folder(folder) == {}
    (folder / "repair.md").write_text("my own")
    (folder / "diagnose.md").unlink()
    with pytest.raises(PromptError, match=r"repair\.md; give another folder, or --force"):
        write_prompt_folder(folder)
    assert not (folder / "diagnose.md").exists()
    assert (folder / "repair.md").read_text() == "my own"
    write_prompt_folder(folder, force=True)
    assert read_prompt_folder(folder) == {}


def test_every_prompt_and_placeholder_is_explained() -> None:
    assert list(USES) == list(PLACEHOLDERS)
    assert set(MEANINGS) == set().union(*PLACEHOLDERS.values())


@pytest.mark.parametrize("form", ["code", "edit", "spec"])
@pytest.mark.parametrize("improver_form", ["text", "choices"])
@pytest.mark.parametrize("completion", [True, False])
def test_what_is_called_unused_is_just_what_the_nodes_never_send(
    form: str, improver_form: str, completion: bool
) -> None:
    model = SimpleNamespace(completion=completion)
    context: Any = SimpleNamespace(
        space=open_space(tiny_task(), SearchConfig.model_validate({"form": form})),
        templates=load_templates(),
        improver_form=improver_form,
        generator=model,
        improver=model,
    )
    said = {"suggestion": {"modification": "x"}}
    states: list[Any] = [{}, said, {**said, "best": {}}]
    sent = {context.space.template(proposal.wish_of(state, context)) for state in states}
    sent |= {advice._template(context)} | ({"repair"} if form != "spec" else set())
    never = unused(
        PLACEHOLDERS,
        forms={"generator": form, "improver": improver_form},
        completion={"generator": completion, "improver": completion},
    )
    assert set(never) == set(PLACEHOLDERS) - sent


def test_what_a_setting_leaves_no_use_for_is_unused() -> None:
    forms: dict[Any, str] = {"generator": "code", "improver": "text"}
    chat: dict[Any, bool] = {"generator": False, "improver": False}
    names = ["generate_code_first", "generate_code", "repair", "diagnose"]
    assert unused(names, forms=forms, completion=chat) == []
    assert unused(names, forms=forms, completion=chat, repairs=False) == ["repair"]
    assert unused(names, forms=forms, completion=chat, silent=["improver"]) == ["diagnose"]
    assert unused(names, forms=forms, completion=chat, starts_itself=False) == names[:1]
