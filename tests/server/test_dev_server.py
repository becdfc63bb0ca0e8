"""More of the search on a LangGraph server than `test_integration_paths` plays."""

import pytest
from servers.langgraph_dev import Server

from langgraph_nas import Archive

pytestmark = pytest.mark.slow(seconds=25)

CONFIG = {"recursion_limit": 200}


def test_the_embedded_model_finishes_a_run(server: Server) -> None:
    pytest.importorskip("xllamacpp")
    embedded = {"generator": "embedded", "improver": "embedded", "form": "auto"}
    _, state = server.start(**embedded, improver_form="auto", iterations=1)
    assert state["evaluation"]["outcome"] == "ok"


def test_settings_are_a_form_with_descriptions_and_bounds(server: Server) -> None:
    [assistant] = server.client.assistants.search(graph_id="nas")
    form = server.client.assistants.get_schemas(assistant["assistant_id"])["context_schema"]
    iterations = form["properties"]["iterations"]
    assert (iterations["minimum"], iterations["default"]) == (1, 20)
    assert all(field.get("description") for field in form["properties"].values())
    drawn = server.client.assistants.get_graph(assistant["assistant_id"])
    names = {node["id"] for node in drawn["nodes"]}
    assert names == {*("__start__", "generate", "execute", "diagnose", "update_memory", "__end__")}


def test_state_edits_of_a_paused_search_reach_the_next_prompt(server: Server) -> None:
    client = server.client
    thread = client.threads.create()["thread_id"]
    client.runs.wait(
        thread,
        "nas",
        input={},
        context=server.settings,
        config=CONFIG,
        interrupt_after=["diagnose"],
    )
    hint = {
        "problem": "It is too deep for the board.",
        "inspiration": "",
        "modification": "Use one layer only.",
        "source": "user",
    }
    client.threads.update_state(thread, {"suggestion": hint}, as_node="diagnose")
    state = client.runs.wait(thread, "nas", input=None, config=CONFIG)
    with Archive.open(server.database, readonly=True) as archive:
        prompts = [call["prompt"] for call in archive.calls(state["search"], 2)]
        assert archive.triples(state["search"])[0]["suggestion"] == "Use one layer only."
    assert "Use one layer only." in prompts[0]
