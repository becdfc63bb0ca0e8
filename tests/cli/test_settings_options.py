"""Every setting is an option, and what is typed becomes the settings."""

from pathlib import Path
from typing import Any

import pytest
import typer.main

from langgraph_nas.cli.app import app
from langgraph_nas.cli.settings import (
    GROUPS,
    default_text,
    describe,
    read_settings,
    values_text,
)
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import PromptError, UsageError


def options_of(command: str) -> dict[str, Any]:
    group: Any = typer.main.get_command(app)
    return {p.name: p for p in group.commands[command].params}


def test_every_setting_has_one_place_in_the_help():
    listed = [field for fields in GROUPS.values() for field in fields]
    assert sorted(listed) == sorted(SearchConfig.model_fields)


def test_search_has_an_option_for_every_setting():
    assert set(SearchConfig.model_fields) <= set(options_of("search"))


def test_every_setting_says_what_it_is():
    assert [field for field in SearchConfig.model_fields if not describe(field).strip()] == []


def test_an_option_is_named_like_its_setting():
    options = options_of("search")
    assert options["train_samples"].opts == ["--train-samples"]
    assert options["memory"].opts == ["--memory", "-K"]
    assert options["start_program"].opts == ["--start-from"]


def test_resume_takes_only_the_settings_that_may_change():
    named = set(options_of("resume")) & set(SearchConfig.model_fields)
    assert named == {"iterations", "time_budget", "target_accuracy"}


def test_what_a_setting_takes_is_told_with_its_bounds():
    assert values_text("iterations") == "INTEGER >= 1"
    assert values_text("target_accuracy") == "NUMBER > 0 <= 1"
    assert values_text("form") == "auto|code|spec|edit"


def test_a_switch_can_be_turned_on_and_off():
    option = options_of("search")["share_gpu"]
    assert (option.opts, option.secondary_opts) == (["--share-gpu"], ["--no-share-gpu"])
    assert (values_text("share_gpu"), default_text("share_gpu")) == ("", "--no-share-gpu")
    group: Any = typer.main.get_command(app)
    parse = group.commands["search"].make_context
    for given, value in ((["--share-gpu"], True), (["--no-share-gpu"], False), ([], None)):
        assert parse("search", given).params["share_gpu"] is value


def test_no_switch_is_shown_as_if_it_took_a_value():
    group: Any = typer.main.get_command(app)
    commands = [group, *group.commands.values(), *group.commands["sandbox"].commands.values()]
    switches = [p for each in commands for p in each.params if getattr(p, "is_flag", False)]
    assert "--json" in {name for switch in switches for name in switch.opts}
    assert {switch.metavar for switch in switches} == {""}


def test_what_is_not_given_keeps_its_default():
    assert read_settings({"dataset": "mnist"}) == SearchConfig(dataset="mnist")


def test_files_are_read_into_the_settings(tmp_path: Path):
    (tmp_path / "net.py").write_text("class Net: ...")
    (tmp_path / "diagnose.md").write_text("why $lessons $current_program $current_result")
    (tmp_path / "notes.txt").write_text("not a prompt")
    config = read_settings({"start_program": tmp_path / "net.py", "prompts": tmp_path})
    assert config.start_program == "class Net: ..."
    assert config.prompts == {"diagnose": "why $lessons $current_program $current_result"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"iterations": 0}, "--iterations 0: input should be greater than or equal to 1"),
        ({"memory": -1}, "--memory -1: "),
        ({"form": "x"}, "--form x: input should be 'auto', 'code', 'spec' or 'edit'"),
        ({"target_accuracy": 2.0, "seed": -1}, "--seed -1: .*--target|--target.*; --seed -1: "),
    ],
)
def test_a_value_out_of_bounds_names_its_option(settings: dict[str, Any], words: str):
    with pytest.raises(UsageError, match=words):
        read_settings(settings)


def test_a_folder_without_prompts_is_an_error_not_a_silent_default(tmp_path: Path):
    with pytest.raises(PromptError, match="no prompt in the folder"):
        read_settings({"prompts": tmp_path})


def test_a_byte_order_mark_is_no_part_of_a_program(tmp_path: Path):
    (tmp_path / "net.py").write_bytes(b"\xef\xbb\xbfimport torch\n")
    assert read_settings({"start_program": tmp_path / "net.py"}).start_program == "import torch\n"


def test_a_program_that_is_no_text_is_named(tmp_path: Path):
    (tmp_path / "net.py").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="net.py: .*save it as UTF-8"):
        read_settings({"start_program": tmp_path / "net.py"})
