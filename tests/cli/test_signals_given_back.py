"""Who calls `main()` and goes on has the signals again afterwards, as it had them before."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

import langgraph_nas.runs
from langgraph_nas.cli import main, program

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in SIGNALS]


def _own(number: int, frame: object) -> None:
    """A handler of who calls us."""


@pytest.fixture(params=[None, _own, signal.SIG_IGN], ids=["as usual", "own", "ignored"])
def before(request: pytest.FixtureRequest) -> list[Any]:
    if request.param is not None:
        for number in SIGNALS:
            signal.signal(number, request.param)
    return _handlers()


def _searching(monkeypatch: pytest.MonkeyPatch, meet: Callable[[], None]) -> None:
    def search(*args: Any, **tell: Any) -> None:
        meet()
        raise AssertionError("nothing was met")

    monkeypatch.setattr(langgraph_nas.runs, "search", search)


@pytest.mark.parametrize("number", SIGNALS)
def test_after_a_signal(
    number: signal.Signals, before: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _searching(monkeypatch, lambda: os.kill(os.getpid(), number))
    assert main(["search"]) == 130
    assert _handlers() == before


def test_after_an_error(before: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    _searching(monkeypatch, fail)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["search"])
    assert _handlers() == before


def test_after_a_signal_and_an_error(before: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("a bug") from None

    _searching(monkeypatch, fail)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["search"])
    assert _handlers() == before


def test_in_another_thread_nothing_is_taken(before: list[Any]) -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]
    assert _handlers() == before


def test_a_program_keeps_them_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _handlers()
    _searching(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(sys, "argv", ["langgraph-nas", "search"])
    with pytest.raises(SystemExit) as caught:
        program()
    assert caught.value.code == 130
    assert _handlers() != usual
