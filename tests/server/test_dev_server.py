"""The search on a LangGraph server: runs, interrupts, edits, forks, cancelling, MCP."""

import json
import time
from typing import Any

import httpx
import pytest
from langgraph.pregel.remote import RemoteGraph
from servers.langgraph_dev import NET, Server

from langgraph_nas import Archive

pytestmark = pytest.mark.slow

CONFIG = {"recursion_limit": 200}


def start(server: Server, **changed: Any) -> tuple[str, Any]:
    """Run a search on a thread of its own; return the thread and the last state."""
    thread = server.client.threads.create()["thread_id"]
    state = server.client.runs.wait(
        thread, "nas", input={}, context=server.settings | changed, config=CONFIG
    )
    return thread, state


def test_a_run_streams_its_events_and_books_its_trials(server: Server) -> None:
    client = server.client
    thread = client.threads.create()["thread_id"]
    events = [
        (part.event, part.data)
        for part in client.runs.stream(
            thread,
            "nas",
            input={},
            context=server.settings,
            config=CONFIG,
            stream_mode=["custom", "updates"],
        )
    ]
    custom = [data["event"] for name, data in events if name == "custom"]
    assert custom.count("outcome") == 2
    updates = [next(iter(data)) for name, data in events if name == "updates"]
    assert updates == ["generate", "execute", "diagnose", "update_memory"] * 2
    state = client.threads.get_state(thread)["values"]
    assert state["best"]["accuracy"] > 0.3
    with Archive.open(server.database, readonly=True) as archive:
        assert archive.search(state["search"])["status"] == "finished"
        assert archive.counts(state["search"])["valid"] == 2


def test_the_embedded_model_finishes_a_run(server: Server) -> None:
    pytest.importorskip("xllamacpp")
    embedded = {"generator": "embedded", "improver": "embedded", "form": "auto"}
    _, state = start(server, **embedded, improver_form="auto", iterations=1)
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


def test_a_review_pauses_the_run_and_an_edit_resumes_it(server: Server) -> None:
    thread, paused = start(server, review="before_execute", iterations=1)
    question = paused["__interrupt__"][0]["value"]
    assert question["program"] == NET.format(width=8)
    assert server.client.threads.get(thread)["status"] == "interrupted"
    mine = NET.format(width=13)
    # Without the context: the settings are frozen in the state.
    state = server.client.runs.wait(
        thread, "nas", command={"resume": {"action": "edit", "program": mine}}, config=CONFIG
    )
    assert (state["iteration"], state["best"]["code"]) == (1, mine)


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


def test_a_cancelled_run_stops_training_at_once(server: Server) -> None:
    client = server.client
    thread = client.threads.create()["thread_id"]
    slow = server.settings | {"epochs": 100_000}
    run = client.runs.create(thread, "nas", input={}, context=slow, config=CONFIG)
    until = time.monotonic() + 60
    while client.threads.get_state(thread)["next"] != ["execute"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    client.runs.cancel(thread, run["run_id"], wait=True)
    name = client.threads.get_state(thread)["values"]["search"]
    until = time.monotonic() + 20
    while status_of(server, name) != "interrupted":
        assert time.monotonic() < until
        time.sleep(0.1)
    assert client.threads.get_state(thread)["next"] == ["execute"]


def test_a_remote_graph_runs_it(server: Server) -> None:
    remote = RemoteGraph("nas", url=server.url)
    state = remote.invoke({"settings": server.settings | {"iterations": 1}}, CONFIG)
    assert state["iteration"] == 1


def test_mcp_clients_find_the_search_with_its_description(server: Server) -> None:
    headers = {"Accept": "application/json, text/event-stream"}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    told = httpx.post(f"{server.url}/mcp/", json=asked, headers=headers, follow_redirects=True)
    text = told.text
    found = json.loads(text[text.index("{") :])
    tools = {tool["name"]: tool for tool in found["result"]["tools"]}
    assert "nas" in tools, text
    tool = tools["nas"]
    assert "neural network" in tool["description"]


def status_of(server: Server, name: str) -> str:
    with Archive.open(server.database, readonly=True) as archive:
        return archive.search(name)["status"]
