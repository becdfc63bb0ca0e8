"""Searches, trials, triples, calls and finalists, recorded in a real file."""

import threading
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive
from langgraph_nas.errors import UsageError
from langgraph_nas.state import Candidate, Evaluation


def candidate(code: str | None = "class Net: pass", hash_: str | None = "h1") -> Candidate:
    return {
        "code": code,
        "spec": ["conv 8 3 relu", "head gap"],
        "form": "spec",
        "program_hash": hash_,
        "problem": None,
        "source": "llm",
    }


def evaluation(outcome: str = "ok", accuracy: float | None = 0.5, **changes: object) -> Evaluation:
    values: dict[str, object] = {
        "outcome": outcome,
        "stage": "score",
        "accuracy": accuracy,
        "split": "validation",
        "message": "scored",
        "line": None,
        "line_number": None,
        "shapes": ["conv1 (Conv2d): [2, 3, 8, 8] -> [2, 16, 8, 8]"],
        "same_as": None,
        "module": None,
        "precision": "fp32",
        "measures": {"macs": 6656},
        "graph_hash": None,
        "conditions": {},
        "reused_from": None,
        "parameters": 1234,
        "seconds": {"train": 1.5, "total": 2.0},
        "isolation": "bubblewrap",
    }
    return {**values, **changes}  # type: ignore[typeddict-item, return-value]


@pytest.fixture
def archive(tmp_path: Path):
    with Archive.open(tmp_path / "deep" / "er" / "searches.db") as opened:
        opened.create_search("digits-1", {"dataset": "digits", "memory": 5}, {"n_train": 7})
        yield opened


def test_a_search_keeps_its_settings_and_facts(archive: Archive):
    row = archive.search("digits-1")
    assert row["settings"] == {"dataset": "digits", "memory": 5}
    assert row["facts"] == {"n_train": 7}


def test_a_second_search_of_the_same_name_is_told_to_resume(archive: Archive):
    with pytest.raises(UsageError, match="langgraph-nas resume digits-1"):
        archive.create_search("digits-1", {}, {})
    assert archive.search("digits-1")["settings"]["memory"] == 5


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "-x", "a b", "x" * 101, "a\n"])
def test_a_name_that_is_no_file_name_is_refused(archive: Archive, name: str):
    with pytest.raises(UsageError, match="no name for a search"):
        archive.create_search(name, {}, {})


def test_a_missing_search_lists_the_nearest_names(archive: Archive):
    archive.create_search("cifar10-1", {}, {})
    with pytest.raises(UsageError, match="did you mean digits-1"):
        archive.search("digit1")


def test_a_free_name_is_the_lowest_that_nobody_has(archive: Archive):
    assert next(archive.free_names("digits")) == "digits-2"
    archive.create_search("digits-3", {}, {})
    assert next(archive.free_names("digits")) == "digits-2"
    assert next(archive.free_names("folder:/my pets/")) == "folder-my-pets-1"


def test_an_update_leaves_what_is_not_given(archive: Archive):
    archive.update_search("digits-1", status="stopped", stopped="interrupted", seconds=3.5)
    row = archive.search("digits-1")
    assert (row["status"], row["stopped"], row["seconds"]) == ("stopped", "interrupted", 3.5)
    archive.update_search("digits-1", status="running")
    assert archive.search("digits-1")["stopped"] is None


def test_a_trial_comes_back_as_it_was_booked(archive: Archive):
    archive.record_trial(
        "digits-1", 1, candidate(), evaluation(), prompt_tokens=10, reply_tokens=20
    )
    row = archive.trial("digits-1", 1)
    assert row["program"] == "class Net: pass"
    assert row["spec"] == ["conv 8 3 relu", "head gap"]
    assert row["shapes"] == ["conv1 (Conv2d): [2, 3, 8, 8] -> [2, 16, 8, 8]"]
    assert row["seconds"] == {"train": 1.5, "total": 2.0}
    assert (row["seconds_total"], row["prompt_tokens"], row["reply_tokens"]) == (2.0, 10, 20)


def test_booking_an_iteration_again_replaces_it_even_below_a_finalist(archive: Archive):
    archive.record_trial("digits-1", 1, candidate(), evaluation("sandbox_error", None))
    archive.record_finalist("digits-1", 1, 43, {"test": 0.5}, 1.0)
    archive.record_trial("digits-1", 1, candidate(), evaluation("ok", 0.9))
    assert [row["accuracy"] for row in archive.trials("digits-1")] == [0.9]


def test_a_missing_iteration_says_how_many_there_are(archive: Archive):
    archive.record_trial("digits-1", 1, candidate(), evaluation())
    with pytest.raises(UsageError, match="no iteration 9; it has recorded 1"):
        archive.trial("digits-1", 9)


def test_counts_tell_all_valid_and_distinct_trials(archive: Archive):
    archive.record_trial("digits-1", 1, candidate("a", "ha"), evaluation())
    archive.record_trial("digits-1", 2, candidate("a ", "ha"), evaluation())
    archive.record_trial("digits-1", 3, candidate("b", "hb"), evaluation())
    archive.record_trial("digits-1", 4, candidate("b", "hb"), evaluation("duplicate", 0.5))
    archive.record_trial("digits-1", 5, candidate(None, None), evaluation("no_code", None))
    assert archive.counts("digits-1") == {
        "iterations": 5,
        "valid": 3,
        "distinct_valid": 2,
        "distinct_graphs": 2,
        "outcomes": {"ok": 3, "duplicate": 1, "no_code": 1},
    }


def test_the_best_is_the_earliest_of_the_highest_and_top_trials_are_distinct(archive: Archive):
    scores = [("a", 0.5), ("b", 0.9), ("b", 0.95), ("c", 0.95), ("d", 0.1)]
    for n, (name, score) in enumerate(scores, 1):
        archive.record_trial("digits-1", n, candidate(name, name), evaluation("ok", score))
    archive.record_trial("digits-1", 6, candidate("e", "e"), evaluation("duplicate", 0.99))
    best = archive.best_trial("digits-1")
    assert best is not None
    assert best["iteration"] == 3
    assert [row["iteration"] for row in archive.top_trials("digits-1", 3)] == [3, 4, 1]


def test_a_search_without_valid_trials_has_no_best(archive: Archive):
    archive.record_trial("digits-1", 1, candidate(), evaluation("build_error", None))
    assert archive.best_trial("digits-1") is None


@pytest.mark.parametrize(
    ("outcome", "reused"),
    [
        ("ok", True),
        ("forward_error", True),
        ("over_budget", True),
        ("timeout", False),
        ("killed", False),
        ("out_of_memory", False),
        ("sandbox_error", False),
        ("duplicate", False),
    ],
)
def test_an_earlier_outcome_is_reused_only_if_it_would_be_the_same(
    archive: Archive, outcome: str, reused: bool
):
    archive.record_trial("digits-1", 1, candidate(), evaluation(outcome, None))
    assert bool(archive.find_same("digits-1", "h1", before=2)) is reused
    assert bool(archive.find_elsewhere("another", "h1")) is reused


def test_only_earlier_trials_of_this_search_are_the_same_network(archive: Archive):
    archive.record_trial("digits-1", 2, candidate(), evaluation())
    archive.create_search("other", {}, {})
    assert archive.find_same("digits-1", "h1", before=2) == []
    assert archive.find_same("other", "h1", before=9) == []
    assert [trial["iteration"] for trial in archive.find_same("digits-1", "h1", before=3)] == [2]


def test_the_same_network_is_found_in_other_searches_oldest_first(archive: Archive):
    for name in ("other", "third"):
        archive.create_search(name, {}, {})
    for name, iteration in (("third", 4), ("other", 1), ("digits-1", 2)):
        archive.record_trial(name, iteration, candidate(), evaluation())
    found = archive.find_elsewhere("digits-1", "h1")
    assert [(trial["search"], trial["iteration"]) for trial in found] == [
        ("third", 4),
        ("other", 1),
    ]


def test_networks_that_compute_the_same_are_reported(archive: Archive):
    for iteration, graph in ((1, "g"), (2, "other"), (3, "g"), (4, None), (5, None)):
        network = candidate(hash_=f"h{iteration}")
        archive.record_trial("digits-1", iteration, network, evaluation(graph_hash=graph))
    assert archive.same_graphs("digits-1", 1) == [3]
    assert archive.same_graphs("digits-1", 2) == archive.same_graphs("digits-1", 4) == []
    counts = archive.counts("digits-1")
    assert (counts["distinct_valid"], counts["distinct_graphs"]) == (5, 4)


def test_a_triple_is_opened_and_closed_once(archive: Archive):
    triple = {"iteration": 1, "problem": "p", "suggestion": "s", "outcome": None}
    archive.record_triple("digits-1", triple)  # type: ignore[arg-type]
    archive.record_triple("digits-1", triple)  # type: ignore[arg-type]
    archive.close_triple("digits-1", 1, "accuracy: 50 %")
    assert [(row["problem"], row["outcome"]) for row in archive.triples("digits-1")] == [
        ("p", "accuracy: 50 %")
    ]


def test_calls_are_booked_once_per_number_and_fallbacks_are_counted(archive: Archive):
    for number, source in enumerate(["llm", "fallback", "llm", "llm", "llm"]):
        archive.record_call(
            "digits-1",
            number,
            iteration=number // 2,
            role="improver",
            model="embedded",
            prompt="why",
            reply="because",
            source=source,  # type: ignore[arg-type]
            trimmed=["memory"],
        )
    archive.record_call(
        "digits-1", 4, iteration=2, role="improver", model="m", prompt="p", reply=None, error="gone"
    )
    assert len(archive.calls("digits-1")) == 5
    assert [call["number"] for call in archive.calls("digits-1", 1)] == [2, 3]
    assert archive.count_calls("digits-1", "improver", before=3) == 3
    assert archive.count_calls("digits-1", "generator", before=3) == 0
    assert archive.calls("digits-1")[0]["trimmed"] == ["memory"]
    assert archive.calls("digits-1")[4]["error"] == "gone"
    assert archive.fallback_share("digits-1", "improver") == pytest.approx(0.2)
    assert archive.fallback_share("digits-1", "generator") is None


def test_finalists_come_back_in_the_order_of_their_search_accuracy(archive: Archive):
    archive.record_trial("digits-1", 1, candidate(), evaluation("ok", 0.25))
    archive.record_trial("digits-1", 2, candidate("b", "b"), evaluation("ok", 0.75))
    archive.record_finalist("digits-1", 1, 43, {"test": 0.5, "validation": 0.25}, 1.0)
    archive.record_finalist("digits-1", 2, 43, {"test": 0.75}, 1.0)
    ranked = [(row["rank"], row["iteration"]) for row in archive.finalists("digits-1")]
    assert ranked == [(1, 2), (2, 1)]
    assert archive.finalists("digits-1")[1]["accuracies"] == {"test": 0.5, "validation": 0.25}


def test_summaries_hold_the_best_and_the_test_score(archive: Archive):
    archive.record_trial("digits-1", 1, candidate("a", "a"), evaluation("ok", 0.25))
    archive.record_trial("digits-1", 2, candidate("b", "b"), evaluation("ok", 0.75))
    archive.record_finalist("digits-1", 1, 43, {"test": 0.25}, 1.0)
    archive.record_finalist("digits-1", 2, 43, {"test": 0.5}, 1.0)
    archive.create_search("empty", {}, {})
    first, second = archive.searches()
    assert (first["dataset"], first["iterations"], first["distinct_valid"]) == ("digits", 2, 2)
    assert (first["best_accuracy"], first["best_iteration"]) == (0.75, 2)
    assert first["test_accuracy"] == 0.5
    assert (second["name"], second["iterations"], second["best_accuracy"]) == ("empty", 0, None)


def test_text_and_numbers_that_sqlite_refuses_do_not_stop_a_search(archive: Archive):
    hostile = evaluation("ok", float("nan"), message="half \ud83d pair", parameters=2**80)
    archive.record_trial("digits-1", 1, candidate("x = '\udcff\x00'"), hostile)
    row = archive.trial("digits-1", 1)
    assert row["message"] == "half ? pair"
    assert row["parameters"] is None
    assert row["program"] == "x = '?\x00'"
    assert archive.best_trial("digits-1") is None


def test_many_threads_may_book_at_once(archive: Archive):
    def record(first: int) -> None:
        for n in range(first, first + 20):
            archive.record_trial("digits-1", n, candidate(), evaluation())

    threads = [threading.Thread(target=record, args=(n * 20,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert archive.counts("digits-1")["iterations"] == 80


def test_a_deleted_search_leaves_nothing_and_others_alone(archive: Archive):
    archive.create_search("other", {}, {})
    for name in ("digits-1", "other"):
        archive.record_trial(name, 1, candidate(), evaluation())
        archive.record_finalist(name, 1, 43, {"test": 0.5}, 1.0)
    archive.delete_search("digits-1")
    assert [row["name"] for row in archive.searches()] == ["other"]
    assert archive.trials("digits-1") == archive.finalists("digits-1") == []
    assert len(archive.finalists("other")) == 1
    archive.create_search("digits-1", {}, {})
