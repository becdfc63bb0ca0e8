"""A search with the embedded model in a real sandbox, and its replay without the model."""

from pathlib import Path
from typing import Any

import pytest

from langgraph_nas import Archive, SearchConfig, compare_searches, replay, search
from langgraph_nas.llm import llama

pytestmark = pytest.mark.slow(seconds=50)


@pytest.mark.parametrize("settings", [{}, {"num_ctx": 512, "reply_tokens": 407}])
def test_a_search_of_the_embedded_model_is_replayed_to_the_last_digit_without_it(
    tmp_path: Path, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {"generator": "embedded", "improver": "embedded", "sandbox": "bubblewrap"}
    config = SearchConfig(iterations=4, finalists=0, cpus=1, **both, **settings)
    database = tmp_path / "s.db"
    search(config, name="s", database=database)
    monkeypatch.setattr(llama, "Llama", None)  # nothing can load a model now

    result = replay("s", database=database)

    with Archive.open(database, readonly=True) as archive:
        found = compare_searches(archive, "s", "s-replay-1")
        trimmed = [call["trimmed"] for call in archive.calls("s") if call["trimmed"]]
    assert found.same, found.differences
    assert (result.iterations, found.outcomes, found.triples) == (4, 4, 3)
    assert result.best_accuracy == found.best is not None
    assert bool(trimmed) == bool(settings)
