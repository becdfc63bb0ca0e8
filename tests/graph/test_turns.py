"""Steering by `update_state`: at each place, as each node, it works as meant or is refused.

64 short searches, 0.3 s each.
"""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.graphs import ACCURACIES, build, on
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_nas import Archive
from langgraph_nas.errors import UsageError

NODES = ("generate", "execute", "diagnose", "update_memory")
HINT = {"problem": "It is too deep.", "modification": "Be bold."}
MINE = program(0.8, 77)
BEFORE = {node: NODES[at - 1] for at, node in enumerate(NODES)}
STEER: dict[str, dict[str, Any]] = {
    "generate": {"suggestion": HINT},
    "execute": {"candidate": {"code": MINE}},
    "diagnose": {},
    "update_memory": {"suggestion": HINT},
}


class Steered:
    """A search of three rounds in thread `s`, run sync or async, whose reviews are approved."""

    def __init__(self, folder: Path, sandbox: FakeSandbox, review: str, way: str) -> None:
        self.graph: Any = build(folder, sandbox).compile(checkpointer=InMemorySaver())
        self.file, self.way = folder / "s.db", way
        self.start = {"settings": {"review": review}}

    def call(self, name: str, *given: Any, **keywords: Any) -> Any:
        if self.way == "sync":
            return getattr(self.graph, name)(*given, **keywords)
        return asyncio.run(getattr(self.graph, f"a{name}")(*given, **keywords))

    def run(self, start: Any, place: Any = None, **keywords: Any) -> Any:
        last = self.call("invoke", start, place or on("s"), **keywords)
        while "__interrupt__" in last and last["__interrupt__"]:
            last = self.call("invoke", Command(resume="approve"), on("s"), **keywords)
        return last

    def stand_before(self, node: str, iteration: int) -> None:
        """Have the search stop before a node of a round (of the next one if it is `generate`).

        Where a review asks, it stops by that.
        """
        if node == "execute" and self.start["settings"]["review"] == "before_execute":
            self.call("invoke", self.start, on("s"))
            for _ in range(iteration - 1):
                self.call("invoke", Command(resume="approve"), on("s"))
        else:
            self.run(self.start, interrupt_before=[node])
            for _ in range(iteration - (node != "generate")):
                self.run(None, interrupt_before=[node])
        assert self.graph.get_state(on("s")).next == (node,)

    def steer(self, values: dict[str, Any], as_node: str) -> Any:
        self.call("update_state", on("s"), values, as_node=as_node)
        return self.run(None)

    def recorded(self) -> list[Any]:
        with Archive.open(self.file, readonly=True) as archive:
            return [archive.trials("s"), archive.triples("s"), archive.calls("s")]

    def names(self) -> list[str]:
        with Archive.open(self.file, readonly=True) as archive:
            return archive.names()

    def lessons(self) -> list[tuple[str, str | None]]:
        """Return each suggestion and the accuracy that followed it."""
        found = []
        for triple in self.recorded()[1]:
            score = re.search(r"0\.\d+", triple["outcome"] or "")
            found.append((triple["suggestion"], f"{float(score[0]):.1f}" if score else None))
        return found


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("review", ["never", "before_execute"])
@pytest.mark.parametrize("as_node", NODES)
@pytest.mark.parametrize("place", NODES)
def test_an_update_works_as_meant_or_is_refused(
    tmp_path: Path, sandbox: FakeSandbox, place: str, as_node: str, review: str, way: str
) -> None:
    search = Steered(tmp_path, sandbox, review, way)
    search.stand_before(place, 2)
    before = search.recorded()
    values = STEER[place] if as_node == BEFORE[place] else {"suggestion": HINT}

    lessons = [("change 1", "0.6"), ("change 2", "0.5"), ("change 3", None)]
    if as_node == BEFORE[place]:
        last = search.steer(values, as_node)
        if place == "execute":
            lessons[0] = ("change 1", "0.8")  # of the user's own program
            assert search.recorded()[0][1]["program"] == MINE
        elif place != "diagnose":
            lessons[1] = ("Be bold.", "0.5")
    else:
        with pytest.raises(UsageError, match=f"before `{place}` of .*as_node='{BEFORE[place]}'"):
            search.steer(values, as_node)
        assert search.recorded() == before
        last = search.run(None, earlier(search, place))  # what the message says
    assert (last["iteration"], search.names()) == (3, ["s"])
    assert [trial["iteration"] for trial in search.recorded()[0]] == [1, 2, 3]
    assert search.lessons() == lessons


def earlier(search: Steered, place: str) -> dict[str, Any]:
    config = next(s.config for s in search.graph.get_state_history(on("s")) if s.next == (place,))
    return {**config, "recursion_limit": 100}


@pytest.mark.parametrize("as_node", NODES)
def test_in_the_first_round_too(tmp_path: Path, sandbox: FakeSandbox, as_node: str) -> None:
    search = Steered(tmp_path, sandbox, "before_execute", "sync")
    search.stand_before("execute", 1)
    if as_node == "generate":
        search.graph.update_state(on("s"), STEER["execute"], as_node=as_node)
        search.run(None)
        assert search.recorded()[0][0]["program"] == MINE
    else:
        with pytest.raises(UsageError, match="before `execute` of iteration 1"):
            search.steer({"suggestion": HINT}, as_node)


@pytest.mark.parametrize("as_node", NODES)
def test_a_thread_without_a_search_has_nothing_to_steer(
    tmp_path: Path, sandbox: FakeSandbox, as_node: str
) -> None:
    search = Steered(tmp_path, sandbox, "never", "sync")
    with pytest.raises(UsageError, match="no search has begun on this thread"):
        search.steer({"suggestion": HINT}, as_node)
    assert sandbox.jobs == []


@pytest.mark.parametrize("place", NODES[1:])
def test_an_input_in_the_middle_of_a_round_is_refused_and_says_how_to_go_on(
    tmp_path: Path, sandbox: FakeSandbox, place: str
) -> None:
    search = Steered(tmp_path, sandbox, "never", "sync")
    search.stand_before(place, 2)
    before = search.recorded()
    with pytest.raises(UsageError, match=f"before `{place}` of iteration 2: an input") as caught:
        search.run({})
    assert search.recorded() == before
    advice = re.search(r"graph\.invoke\(.*\)\)", str(caught.value))
    assert advice is not None
    thread = on("s")
    eval(advice[0], {"graph": search.graph, "thread": thread})
    assert search.lessons() == [("change 1", "0.6"), ("change 2", "0.5"), ("change 3", None)]


@pytest.mark.parametrize(
    ("place", "values", "words"),
    [
        ("execute", {"suggestion": HINT}, "a suggestion counts before `update_memory`"),
        ("diagnose", {"candidate": {"code": MINE}}, "a candidate is edited before `execute`"),
        ("diagnose", {"evaluation": {"accuracy": 0.99}}, "reject it"),
        ("generate", {"iteration": 7}, "the search itself keeps it"),
        ("execute", {"search": "other"}, "the search itself keeps it"),
        ("generate", {"pending": None}, "the search itself keeps it"),
        ("generate", {"suggestion": {"modification": "Be bold."}}, "problem: field required"),
        ("generate", {"suggestion": "Be bold."}, "must be a dict, not str"),
        ("generate", {"best": {"code": "x"}}, "iteration: field required"),
        ("generate", {"memory": [{"problem": "p"}]}, "0.iteration: field required"),
        ("execute", {"candidate": {"code": ""}}, "another program, whole, as `code`"),
    ],
)
def test_a_change_that_can_not_count_is_refused(
    tmp_path: Path, sandbox: FakeSandbox, place: str, values: dict[str, Any], words: str
) -> None:
    search = Steered(tmp_path, sandbox, "never", "sync")
    search.stand_before(place, 2)
    before = search.recorded()
    stood = search.graph.get_state(on("s")).config
    with pytest.raises(UsageError, match=words):
        search.steer(values, BEFORE[place])
    assert (search.recorded(), search.names()) == (before, ["s"])
    now = search.graph.get_state(on("s"))
    if now.config != stood:  # not refused by `update_state` itself
        assert now.parent_config == stood
    search.run(None, {**stood, "recursion_limit": 100})
    assert search.lessons() == [("change 1", "0.6"), ("change 2", "0.5"), ("change 3", None)]


def test_a_candidate_is_refused_by_taking_its_program(tmp_path: Path, sandbox: FakeSandbox) -> None:
    """As a node of one's own between `generate` and `execute` does it, too."""
    search = Steered(tmp_path, sandbox, "never", "sync")
    search.stand_before("execute", 2)
    candidate = search.graph.get_state(on("s")).values["candidate"]
    refused = {**candidate, "code": None, "problem": "it uses Dropout"}
    search.steer({"candidate": refused}, "generate")
    trials, triples, _ = search.recorded()
    assert [trial["outcome"] for trial in trials] == ["ok", "no_code", "ok"]
    assert "it uses Dropout" in triples[0]["outcome"]


def test_settings_that_are_frozen_stay_so(tmp_path: Path, sandbox: FakeSandbox) -> None:
    search = Steered(tmp_path, sandbox, "never", "sync")
    search.stand_before("generate", 1)
    frozen = search.graph.get_state(on("s")).values["settings"]
    for changed, words in (({"epochs": 9}, "settings are frozen"), ({"iterations": 2}, "")):
        settings = {"settings": frozen | changed}
        search.graph.update_state(on("s"), settings, as_node="update_memory")
        if words:
            with pytest.raises(UsageError, match=words):
                search.run(None)
        else:
            assert search.run(None)["iteration"] == 2


@pytest.mark.parametrize("place", ["generate", "update_memory"])
def test_a_hint_is_told_by_its_own_words_not_by_the_gist_of_the_one_before(
    tmp_path: Path, sandbox: FakeSandbox, place: str
) -> None:
    search = Steered(tmp_path, sandbox, "never", "sync")
    search.start = {"settings": {"rich_lessons": True}}
    search.stand_before(place, 1)
    old = search.graph.get_state(on("s")).values["suggestion"]
    assert old["gist"] == "change 1"
    hint = {**old, "modification": "Be bold."}
    search.graph.update_state(on("s"), {"suggestion": hint}, as_node=BEFORE[place])
    search.run(None)
    assert search.recorded()[1][0]["suggestion"] == "Be bold."
    prompt = next(call["prompt"] for call in search.recorded()[2] if call["iteration"] == 2)
    assert "Be bold." in prompt


def test_a_hint_before_a_round_that_was_made_is_another_search(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    search = Steered(tmp_path, sandbox, "never", "sync")
    search.run({})
    first = search.recorded()
    old = [
        s
        for s in search.graph.get_state_history(on("s"))
        if s.next == ("generate",) and s.values.get("iteration") == 1
    ][-1]
    place = search.graph.update_state(old.config, {"suggestion": HINT}, as_node="update_memory")
    last = search.run(None, {**place, "recursion_limit": 100})
    assert (last["search"], search.recorded()) == ("s-fork-1", first)
    with Archive.open(search.file, readonly=True) as archive:
        triples = archive.triples("s-fork-1")
    assert [triple["suggestion"] for triple in triples[:1]] == ["Be bold."]
    assert triples[0]["outcome"] is not None
    assert last["memory"][0]["suggestion"] == "Be bold."
    assert ACCURACIES[0] == pytest.approx(0.3)
