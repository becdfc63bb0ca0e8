"""compare_searches(): where a replay is not the same as the search."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from fakes import FakeSandbox, program
from fakes.recorded import recorded_config
from fakes.replays import change, compared, run_first, run_with, write_at_length

from langgraph_nas import replay, resume, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.runs import Difference
from langgraph_nas.sandbox.base import Job, Run


def test_a_reply_that_was_changed_since_is_found_and_what_follows_from_it(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    replay("s", database=database, sandbox=sandbox)
    change(
        database,
        "UPDATE calls SET reply = 'hi' WHERE search = 's' AND iteration = 3 AND role = 'improver'",
    )

    found = compared(database)
    assert [(d.iteration, d.what, d.first) for d in found.differences] == [
        (3, "reply of the improver", "hi")
    ]

    replay("s", database=database, sandbox=sandbox, new_name="other")
    whats = [(d.iteration, d.what) for d in compared(database, "other").differences]
    assert whats[:2] == [(3, "problem in the triple"), (3, "suggestion in the triple")]
    assert whats[2][0] == 4
    assert re.fullmatch(r"prompt of the generator, line \d+", whats[2][1])


def test_another_network_and_outcome_and_best_are_found(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    better = f"```python\n{program(0.95, 77)}```"
    change(
        database,
        f"UPDATE calls SET reply = '{better}' WHERE search = 's' AND iteration = 2 "
        "AND role = 'generator'",
    )
    replay("s", database=database, sandbox=sandbox)

    found = compared(database)
    whats = [(d.iteration, d.what) for d in found.differences]
    assert whats[:3] == [(2, "network"), (2, "outcome"), (2, "accuracy")]
    assert found.differences[1] == Difference(2, "outcome", "forward_error", "ok")
    assert found.differences[2].first == "nothing"
    assert found.differences[-1].what == "best"
    assert "at iteration 5" in found.differences[-1].first
    assert "at iteration 2" in found.differences[-1].second


def test_another_score_is_found_however_small_and_the_reason_is_noted(
    tmp_path: Path, sandbox: FakeSandbox, digits: PreparedData
) -> None:
    class Elsewhere(FakeSandbox):
        isolation = "another"

        def run(self, job: Job, *args: Any, **keywords: Any) -> Run:
            run = super().run(job, *args, **keywords)
            if "outcome: 0.7" not in job.program:
                return run
            predictions = {split: array.copy() for split, array in run.predictions.items()}
            predictions["validation"][0] = (predictions["validation"][0] + 1) % 10
            return replace(run, predictions=predictions)

    database = run_first(tmp_path, sandbox)
    replay("s", database=database, sandbox=Elsewhere(labels=digits.labels))

    found = compared(database)
    assert [(d.iteration, d.what) for d in found.differences][:2] == [
        (6, "accuracy"),
        (6, "prompt of the improver, line 30"),
    ]
    assert "isolation: fake in s, another in s-replay-1" in found.notes


def test_another_template_is_found_in_the_first_prompt_that_it_changes(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    words = json.dumps({"diagnose": "Look at $current_program, $current_result, $lessons."})
    change(
        database,
        f"UPDATE searches SET settings = json_set(settings, '$.prompts', "
        f"json('{words}')) WHERE name = 's'",
    )
    replay("s", database=database, sandbox=sandbox)

    found = compared(database)
    assert len(found.differences) == 6
    first = found.differences[0]
    assert (first.iteration, first.what) == (1, "prompt of the improver, line 1")
    assert first.second.startswith("Look at ")


def test_a_search_that_has_since_gone_on_is_compared_as_far_as_its_replay_goes(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    config, database = recorded_config(tmp_path), tmp_path / "s.db"
    early = config.model_copy(update={"iterations": 3})
    search(early, name="s", database=database, sandbox=sandbox)
    replay("s", database=database, sandbox=sandbox)
    resume("s", database=database, sandbox=sandbox, iterations=6)

    found = compared(database)
    assert (found.same, found.prompts, found.triples) == (False, 6, 2)
    assert found.differences == (Difference(None, "iterations finished", "6", "3"),)
    replay("s", database=database, sandbox=sandbox)
    assert compared(database, "s-replay-2").outcomes == 6


def test_a_search_of_an_older_version_is_replayed_by_what_is_known_of_its_models(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_with(write_at_length, tmp_path, sandbox, prompt_tokens=800)
    change(database, "UPDATE searches SET facts = json_remove(facts, '$.roles') WHERE name = 's'")
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same

    change(database, "UPDATE calls SET prompt = prompt || 'x' WHERE search = 's' AND number = 12")
    found = compared(database)
    assert [d.iteration for d in found.differences] == [1]
    assert "did not record how long its prompts might be" in found.notes[-1]
