"""Recorded calls in the place of a model: replies by seed, and prompts that fit as they did."""

import random
from collections.abc import Iterator

import pytest

from langgraph_nas.errors import PromptCutError
from langgraph_nas.llm import Role, Sampling
from langgraph_nas.llm.recorded import RecordedBackend, RecordedReply, Traits
from langgraph_nas.llm.tokens import estimate_tokens
from langgraph_nas.prompts import Prompt, fit, load_templates

BUDGET = 700
ORDER = ("details", "best_program", "current_result", "current_program")


class Calls:
    """A recording in memory."""

    search = "old"

    def __init__(self, replies: dict[int, RecordedReply], prompts: list[Prompt] | None = None):
        self.replies, self.sent = replies, prompts or []

    def reply(self, seed: int) -> RecordedReply:
        return self.replies[seed]

    def prompts(self) -> Iterator[tuple[str, bool]]:
        return ((prompt.text, bool(prompt.trimmed)) for prompt in self.sent)


def recorded(calls: Calls, *, embedded: bool = False, limit: int = BUDGET) -> Role:
    traits = Traits(embedded=embedded, completion=False, prompt_limit=limit)
    return Role("improver", RecordedBackend(calls, traits, Sampling()))


def own_count(text: str) -> int:
    """Count as a tokenizer does: always below the estimate, and not in step with it."""
    return estimate_tokens(text) * 2 // 3 + len(text) % 7


def test_a_call_is_known_by_its_seed_and_keeps_its_booked_tokens() -> None:
    role = recorded(Calls({7: RecordedReply("b", 12, 3), 5: RecordedReply("a", None, 3)}))

    second, first = role.ask("?", seed=7), role.ask("!", seed=5)

    assert (second.text, second.prompt_tokens, second.reply_tokens) == ("b", 12, 3)
    assert (first.text, first.prompt_tokens) == ("a", None)
    assert first.model == role.label == "recorded:old"
    assert role.unload() is None


async def test_it_may_be_asked_in_an_event_loop() -> None:
    role = recorded(Calls({7: RecordedReply("b", 12, 3)}))
    assert (await role.aask("?", seed=7)).text == "b"


def draft(rng: random.Random, count: object, budget: int) -> Prompt:
    """Fit an improver's prompt of random programs and lessons."""

    def words(n: int) -> str:
        lines = (f"self.c{k} = nn.Conv2d(3, {rng.randrange(99)}, 3)" for k in range(n))
        return "\n".join(lines)

    values = dict.fromkeys(
        (
            *("dataset", "channels", "height", "width", "n_classes", "classes", "n_train"),
            *("epochs", "batch_size", "limits", "best_result", "comparison"),
        ),
        "x",
    )
    values |= {
        "iteration": str(rng.randrange(99)),
        "details": words(rng.randrange(16)),
        "best_program": words(rng.randrange(30)),
        "current_program": words(rng.randrange(30)),
        "current_result": words(rng.randrange(20)),
    }
    lessons = [f"- problem {n}: {words(1)}" for n in range(rng.randrange(6))]
    return fit(
        load_templates({}),
        "diagnose",
        values,
        budget=budget,
        count=count,  # type: ignore[arg-type]
        lessons=lessons,
        order=ORDER,
    )


@pytest.mark.parametrize("budget", [BUDGET, 800])
def test_prompts_trimmed_by_another_tokenizer_come_out_the_same_without_it(budget: int) -> None:
    sent = [draft(random.Random(seed), own_count, budget) for seed in range(30)]
    trimmed = [line for prompt in sent for line in prompt.trimmed]
    assert {line.partition(":")[0] for line in trimmed} >= {"lessons", "details", "best_program"}
    role = recorded(Calls({}, sent), embedded=True, limit=budget)

    again = [draft(random.Random(seed), role.count_tokens, budget) for seed in range(30)]

    assert [prompt.text for prompt in again] == [prompt.text for prompt in sent]
    assert [prompt.trimmed for prompt in again] == [prompt.trimmed for prompt in sent]


def test_prompts_that_were_trimmed_by_the_estimate_come_out_the_same() -> None:
    for seed in range(20):
        sent = draft(random.Random(seed), estimate_tokens, 2 * BUDGET)
        role = recorded(Calls({}, [sent]), limit=2 * BUDGET)
        assert draft(random.Random(seed), role.count_tokens, 2 * BUDGET) == sent


def test_another_text_than_was_sent_is_held_to_the_limit() -> None:
    sent = [draft(random.Random(seed), own_count, BUDGET) for seed in range(5)]
    role = recorded(Calls({}, sent), embedded=True)
    with pytest.raises(PromptCutError, match="set to read 700"):
        role.ask("word " * 3000, seed=1)
    longest = max(sent, key=lambda prompt: len(prompt.text))
    assert role.count_tokens(longest.text) <= BUDGET
    assert role.count_tokens(longest.text + "x " * 400) > BUDGET


def test_what_is_not_booked_of_an_old_search_is_guessed_from_its_model() -> None:
    narrow = Sampling(prompt_tokens=4000, reply_tokens=500, num_ctx=2000)
    assert Traits.guess("embedded", Sampling()) == Traits(True, True, 6144)
    assert Traits.guess("embedded:chat.gguf", narrow) == Traits(True, False, 1500)
    assert Traits.guess("ollama:coder", narrow) == Traits(False, False, 1500)
    assert Traits.guess("ScriptedChatModel", narrow) == Traits(False, False, 4000)
