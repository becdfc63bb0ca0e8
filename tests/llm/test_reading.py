"""Whether a server read a whole prompt, told from its counts."""

from collections.abc import Callable

import pytest

from langgraph_nas.llm.reading import PromptReading

FRAME = 15
"""Tokens of a chat template."""


class Server:
    """Counts tokens of a size of its own, and cuts at its window."""

    def __init__(self, per_token: float, window: int | None, keep: Callable[[int], int]) -> None:
        self.per_token, self.window, self.keep = per_token, window, keep
        self.questions = 0

    def reads(self, prompt: str) -> int:
        tokens = int(len(prompt) * self.per_token) + FRAME
        return tokens if self.window is None or tokens <= self.window else self.keep(self.window)

    def count(self, prompt: str) -> int | None:
        self.questions += 1
        return self.reads(prompt)


def ask(reading: PromptReading, server: Server, length: int) -> bool:
    """Send a prompt of this many estimated tokens, of a character each."""
    prompt = "x" * length
    return reading.shows_a_cut(prompt, length, server.reads(prompt), server.count)


KEEPS = {"half": lambda window: window // 2 + 3, "whole": lambda window: window}


@pytest.mark.parametrize("keep", KEEPS.values(), ids=KEEPS)
@pytest.mark.parametrize("per_token", [0.55, 0.67, 0.8, 0.9, 1.1])
def test_a_cut_is_seen_whatever_the_tokenizer_and_no_whole_prompt_is_taken_for_cut(
    per_token: float, keep: Callable[[int], int]
) -> None:
    server = Server(per_token, 4096, keep)
    reading = PromptReading()
    fitting = int((4096 - FRAME) / per_token)
    for length in (100, 600, 900, fitting // 2, fitting):
        assert not ask(reading, server, length)
    for length in (int(fitting * 1.15), 2 * fitting, 5 * fitting):
        assert ask(reading, server, length)


def test_a_first_prompt_that_is_cut_is_seen() -> None:
    """Recorded of Ollama 0.32: of 4,515 tokens it reads 2,051."""
    assert ask(PromptReading(), Server(0.77, 4096, KEEPS["half"]), 5864)


def test_servers_are_asked_seldom() -> None:
    server = Server(0.7, None, KEEPS["half"])
    reading = PromptReading()
    for length in range(600, 6000, 100):
        assert not ask(reading, server, length)
    assert server.questions <= 2 * 2
    usual = Server(0.85, None, KEEPS["half"])
    reading = PromptReading()
    assert not any(ask(reading, usual, length) for length in range(600, 6000, 100))
    assert usual.questions == 0


def test_a_server_that_counts_all_prompts_alike_says_nothing() -> None:
    server = Server(0.0, None, KEEPS["half"])
    reading = PromptReading()
    assert not ask(reading, server, 3000)
    assert not ask(reading, server, 6000)
    assert server.questions == 3


@pytest.mark.parametrize(("read", "is_cut"), [(1400, True), (1600, False)])
def test_a_server_that_no_longer_counts_is_judged_by_half(read: int, is_cut: bool) -> None:
    assert PromptReading().shows_a_cut("x" * 3000, 3000, read, lambda text: None) is is_cut
