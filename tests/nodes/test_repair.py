"""A failing program is repaired at once, with its error."""

from pathlib import Path
from typing import Any

from fakes import FakeSandbox, program
from fakes.context import fake_context
from fakes.loop import prompts_of, run


def searched(folder: Path, outcomes: list[Any], **settings: Any) -> Any:
    def write(prompt: str, number: int) -> str:
        outcome = outcomes[number]
        if outcome is None:
            return "I can't."
        return f"```python\n{program(outcome, number + 1)}```"

    context = fake_context(folder, write, sandbox=FakeSandbox(), **{"iterations": 1} | settings)
    return context, run(context)


def test_a_program_that_fails_is_mended_within_its_trial(tmp_path: Path) -> None:
    context, last = searched(tmp_path, ["forward_error", "build_error", 0.6], repairs=2)
    [trial] = context.archive.trials("s")
    assert (trial["outcome"], trial["program"]) == ("ok", program(0.6, 3))
    assert [repair["outcome"] for repair in trial["repairs"]] == ["forward_error", "build_error"]
    assert trial["repairs"][0]["program"] == program("forward_error", 1)
    assert last["best"]["code"] == program(0.6, 3)
    repairing = prompts_of(context, "generator")[1]
    assert program("forward_error", 1) in repairing
    assert "return self.fc(x)" in repairing  # its own line


def test_it_is_given_up_after_so_many_tries(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, ["forward_error", "forward_error"], repairs=1)
    [trial] = context.archive.trials("s")
    assert (trial["outcome"], len(trial["repairs"])) == ("forward_error", 1)


def test_nothing_is_mended_unless_asked(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, ["forward_error"])
    assert context.archive.trials("s")[0]["repairs"] == []
    assert len(prompts_of(context, "generator")) == 1


def test_what_takes_too_long_is_not_mended(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, ["timeout"], repairs=2)
    assert context.archive.trials("s")[0]["repairs"] == []


def test_a_repair_without_a_program_leaves_the_failure_as_it_was(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, ["forward_error", None], repairs=1)
    [trial] = context.archive.trials("s")
    assert (trial["outcome"], trial["program"]) == ("forward_error", program("forward_error", 1))
    assert trial["line"] == "return self.fc(x)"
    assert [repair["outcome"] for repair in trial["repairs"]] == ["no_code"]


def test_after_a_repair_without_a_program_comes_the_next_one(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, ["forward_error", None, 0.6], repairs=2)
    [trial] = context.archive.trials("s")
    assert (trial["outcome"], trial["program"]) == ("ok", program(0.6, 3))
    assert [repair["outcome"] for repair in trial["repairs"]] == ["no_code", "forward_error"]
    assert program("forward_error", 1) in prompts_of(context, "generator")[2]


def test_a_mended_trial_is_not_done_again_after_a_kill(tmp_path: Path) -> None:
    stops = [3]

    def die(job: Any) -> None:
        if len(sandbox.jobs) in stops:
            stops.clear()
            raise KeyboardInterrupt

    outcomes = ["forward_error", "build_error", 0.6]
    sandbox = FakeSandbox(on_run=die)
    context = fake_context(
        tmp_path,
        lambda prompt, number: f"```python\n{program(outcomes[number], number + 1)}```",
        sandbox=sandbox,
        repairs=2,
        iterations=1,
    )
    try:
        run(context)
    except KeyboardInterrupt:
        run(context)
    assert [job.program for job in sandbox.jobs] == [
        program("forward_error", 1),
        program("build_error", 2),
        program(0.6, 3),
        program(0.6, 3),  # it was killed in there
    ]
    [trial] = context.archive.trials("s")
    assert (trial["outcome"], len(trial["repairs"])) == ("ok", 2)
    assert len(context.archive.calls("s", 1)) == 4


def test_what_failed_when_confirmed_is_not_mended_by_a_search_that_goes_on(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, ["0.9,not_finite", 0.6], repairs=1, confirm_best=True)
    run(context)  # as after a kill: the trial is recorded
    [trial] = context.archive.trials("s")
    assert (trial["outcome"], trial["repairs"]) == ("not_finite", [])
