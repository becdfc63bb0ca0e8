"""The host's checks of all that a hostile process may claim."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.harness import frames
from langgraph_nas.sandbox.harness.frames import Frame, FrameError, FrameReader
from langgraph_nas.sandbox.ledger import MAX_CLAIMED_BYTES, Ledger

RECIPE = Recipe(1, 16, 0.01, 0.9, 5e-4, 43, (0.5,), (0.25,))
WORKLOAD = Workload(
    Path("train"), {"a": Path("a"), "b": Path("b")}, (1, 8, 8), 10, {"a": 4, "b": 2}
)


def open_ledger(stage: str = "predict", *, send_weights: bool = False) -> Ledger:
    job = Job("", RECIPE, send_weights=send_weights)
    ledger = Ledger(job, WORKLOAD, Limits(weight_bytes=64), None)
    for name in ("build", "forward", "preflight", "train", "predict"):
        if ledger.stage != stage:
            ledger.take(claim(frames.STAGE, stage=name))
    return ledger


def claim(kind: bytes, **value: Any) -> Frame:
    return Frame(kind, json.dumps(value).encode())


def array(kind: bytes, data: bytes, **header: Any) -> Frame:
    head = frames.encode_array_head(kind, header, len(data))
    [frame] = FrameReader(lambda kind: 1 << 30).feed(head + data)
    return frame


def ids(*values: int) -> bytes:
    return np.array(values, "<u2").tobytes()


def predictions(split: Any, *values: int) -> Frame:
    return array(frames.PREDICTIONS, ids(*values), split=split)


def test_a_complete_job_is_booked() -> None:
    ledger = open_ledger()
    ledger.take(predictions("a", 0, 1, 2, 9))
    ledger.take(predictions("b", 3, 3))
    ledger.take(claim(frames.DONE, claims={"parameters": 7, "steps": -1, "fame": 9}))
    assert ledger.finished
    assert {k: v.tolist() for k, v in ledger.predictions.items()} == {
        "a": [0, 1, 2, 9],
        "b": [3, 3],
    }
    assert ledger.claims == {"parameters": 7}


@pytest.mark.parametrize("claimed", ["0" * 63, "0" * 63 + "G", 7, None, ["0" * 64]])
def test_a_hash_of_the_graph_that_is_none_is_left_out(claimed: Any) -> None:
    ledger = open_ledger()
    ledger.take(predictions("a", 0, 1, 2, 9))
    ledger.take(predictions("b", 3, 3))
    ledger.take(claim(frames.DONE, claims={"graph_hash": claimed}))
    assert ledger.claims == {}


@pytest.mark.parametrize(
    "frame",
    [
        predictions("a", 0, 1, 2),
        predictions("a", 0, 1, 2, 3, 4),
        predictions("a", 0, 1, 2, 10),
        predictions("a", 0, 1, 2, 65535),
        predictions("test", 0, 1, 2, 3),
        predictions(None, 0, 1, 2, 3),
        predictions(["a"], 0, 1, 2, 3),
        array(frames.PREDICTIONS, b"\0" * 7, split="a"),
        array(frames.PREDICTIONS, ids(0, 0, 0, 0)),
        claim(frames.DONE, claims={}),
        claim(frames.STAGE, stage="predict"),
        claim(frames.STAGE, stage="score"),
        claim(frames.STAGE, stage=["build"]),
        claim(frames.EPOCH, epoch=1, step=1, steps=1),
        claim(frames.READY),
        claim(frames.JOB),
        claim(frames.FAILURE, outcome="ok"),
        claim(frames.FAILURE, outcome="sandbox_error"),
        claim(frames.FAILURE, outcome="timeout"),
        claim(frames.FAILURE, outcome=["ok"]),
        claim(frames.FAILURE),
        Frame(frames.DONE, b"{"),
        Frame(frames.PREDICTIONS, b"\xff\xff"),
    ],
)
def test_what_is_not_as_agreed_is_refused(frame: Frame) -> None:
    ledger = open_ledger()
    with pytest.raises(FrameError):
        ledger.take(frame)


def test_predictions_can_come_only_once_and_only_in_their_stage() -> None:
    ledger = open_ledger()
    ledger.take(predictions("a", 0, 0, 0, 0))
    with pytest.raises(FrameError, match="twice"):
        ledger.take(predictions("a", 1, 1, 1, 1))
    with pytest.raises(FrameError, match="out of turn"):
        open_ledger("build").take(predictions("a", 0, 0, 0, 0))


def test_an_end_with_one_split_missing_is_refused() -> None:
    ledger = open_ledger()
    ledger.take(predictions("a", 0, 0, 0, 0))
    with pytest.raises(FrameError, match="predictions of b"):
        ledger.take(claim(frames.DONE))


def test_nothing_is_taken_after_the_end() -> None:
    ledger = open_ledger("train")
    ledger.take(claim(frames.FAILURE, outcome="train_error"))
    with pytest.raises(FrameError):
        ledger.take(claim(frames.FAILURE, outcome="train_error"))


@pytest.mark.parametrize("skipped", ["forward", "preflight", "train", "predict"])
def test_stages_can_not_be_skipped(skipped: str) -> None:
    with pytest.raises(FrameError, match="stage"):
        open_ledger("parse").take(claim(frames.STAGE, stage=skipped))


def test_chatter_is_bounded() -> None:
    ledger = open_ledger("train")
    frame = Frame(frames.EPOCH, b'{"epoch": 1, "step": 1, "steps": 9, "x": "%s"}' % (b"x" * 60000))
    for _ in range(MAX_CLAIMED_BYTES // (len(frame.payload) + frames.HEADER.size)):
        ledger.take(frame)
    with pytest.raises(FrameError, match="too many"):
        ledger.take(frame)


def test_a_training_of_ten_hours_may_report_all_along() -> None:
    ledger = open_ledger("train")
    report = claim(frames.EPOCH, epoch=10_000, step=100_000, steps=100_000)
    size = len(report.payload) + frames.HEADER.size
    reports = 10 * 3600 * 5
    assert reports * size > MAX_CLAIMED_BYTES
    ledger.began -= 10 * 3600
    for _ in range(reports):
        ledger.take(report)


def test_the_end_of_an_epoch_is_told_once_and_only_of_those_there_are() -> None:
    events: list[dict[str, Any]] = []
    job = Job("", replace(RECIPE, epochs=3))
    ledger = Ledger(job, WORKLOAD, Limits(), events.append)
    for stage in ("build", "forward", "preflight", "train"):
        ledger.take(claim(frames.STAGE, stage=stage))
    events.clear()
    ledger._next_event = float("inf")
    for epoch in [1, 1, 0, 2, 1, 2, 3, 3, 4, *range(100)]:
        ledger.take(claim(frames.EPOCH, epoch=epoch, step=1, steps=1))
    assert [event["epoch"] for event in events] == [1, 2, 3]


def test_epoch_events_reach_the_caller_at_most_ten_times_a_second() -> None:
    events: list[dict[str, Any]] = []
    ledger = Ledger(Job("", RECIPE), WORKLOAD, Limits(), events.append)
    for stage in ("build", "forward", "preflight", "train"):
        ledger.take(claim(frames.STAGE, stage=stage))
    for step in range(1, 1000):
        ledger.take(claim(frames.EPOCH, epoch=1, step=step, steps=2000))
    assert 1 <= len([event for event in events if event["event"] == "epoch"]) < 20


@pytest.mark.parametrize(
    ("dtype", "values"),
    [("float32", [1.5, -2]), ("int64", [2**40]), ("float16", [0.5] * 3), ("complex64", [1j])],
)
def test_a_tensor_is_read_as_it_was(dtype: str, values: list[Any]) -> None:
    ledger, sent = open_ledger(send_weights=True), np.array([values], dtype)
    ledger.take(array(frames.WEIGHT, sent.tobytes(), name="w", dtype=dtype, shape=list(sent.shape)))
    got = ledger.weights["w"]
    assert got.dtype == sent.dtype
    assert np.array_equal(got, sent)


def test_a_boolean_tensor_can_hold_nothing_but_true_and_false() -> None:
    ledger = open_ledger(send_weights=True)
    ledger.take(array(frames.WEIGHT, b"\0\1\7", name="w", dtype="bool", shape=[3]))
    assert ledger.weights["w"].view(np.uint8).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"name": "w", "dtype": "float32", "shape": [2]}, b"\0" * 4),
        ({"name": "w", "dtype": "float32", "shape": [-1]}, b""),
        ({"name": "w", "dtype": "float32", "shape": [1.0]}, b"\0" * 4),
        ({"name": "w", "dtype": "float32", "shape": [True]}, b"\0" * 4),
        ({"name": "w", "dtype": "float32", "shape": [2**40, 2**40, 0]}, b"\0"),
        ({"name": "w", "dtype": "float32", "shape": [0, 2**52, 2**52]}, b""),
        ({"name": "w", "dtype": "complex128", "shape": [1]}, b"\0" * 16),
        ({"name": "\ud800", "dtype": "float32", "shape": [1]}, b"\0" * 4),
        ({"name": "w" + "\udfff", "dtype": "float32", "shape": [1]}, b"\0" * 4),
        ({"name": "w", "dtype": "float32", "shape": [1] * 33}, b"\0" * 4),
        ({"name": "w", "dtype": "float32", "shape": 1}, b"\0" * 4),
        ({"name": "w", "dtype": "object", "shape": [1]}, b"\0" * 8),
        ({"name": "w", "dtype": "V8", "shape": [1]}, b"\0" * 8),
        ({"name": "w", "dtype": ["float32"], "shape": [1]}, b"\0" * 4),
        ({"name": "", "dtype": "float32", "shape": [1]}, b"\0" * 4),
        ({"name": 1, "dtype": "float32", "shape": [1]}, b"\0" * 4),
        ({"name": "w" * 513, "dtype": "float32", "shape": [1]}, b"\0" * 4),
        ({"name": "taken", "dtype": "float32", "shape": [1]}, b"\0" * 4),
        ({"name": "w", "dtype": "float32", "shape": [16]}, b"\0" * 64),
        ({}, b""),
    ],
)
def test_a_tensor_that_is_none_or_too_large_is_refused(header: dict[str, Any], data: bytes) -> None:
    ledger = open_ledger(send_weights=True)
    ledger.take(array(frames.WEIGHT, b"\0" * 4, name="taken", dtype="float32", shape=[]))
    with pytest.raises(FrameError):
        ledger.take(array(frames.WEIGHT, data, **header))


def test_frames_of_each_kind_have_a_bound() -> None:
    ledger = open_ledger(send_weights=True)
    assert ledger.limit_of(frames.PREDICTIONS) <= 2 * 4 + 1024
    assert ledger.limit_of(frames.WEIGHT) <= 64 + 4096
    assert open_ledger().limit_of(frames.WEIGHT) == 0
    assert ledger.limit_of(frames.READY) == ledger.limit_of(frames.JOB) == 0
