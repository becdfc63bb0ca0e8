"""What is wrong with a request reaches those who made it, through the real server.

All on the server that the tests of this folder share; nothing is trained: 5 s.
"""

from typing import Any

import pytest
from servers.langgraph_dev import Server

from langgraph_nas import Archive

pytestmark = pytest.mark.slow

UNKNOWN = "Unknown data set 'CIFAR-11'. Did you mean cifar10?"
TYPO = "there is no setting 'iteratons': did you mean 'iterations'?"


def searches(server: Server) -> list[str]:
    if not server.database.exists():
        return []
    with Archive.open(server.database, readonly=True) as archive:
        return archive.names()


def refused(server: Server, **asked: Any) -> str:
    """Return with which message a run is refused; it must leave no search."""
    before = searches(server)
    thread = server.client.threads.create()["thread_id"]
    error = server.client.runs.wait(thread, "nas", **asked, raise_error=False)["__error__"]
    assert searches(server) == before
    return str(error["message"])


def test_a_message_says_what_to_do(server: Server) -> None:
    assert UNKNOWN in refused(server, input={}, context=server.settings | {"dataset": "CIFAR-11"})


@pytest.mark.parametrize("place", ["context", "configurable", "settings", "input"])
def test_a_slip_in_a_settings_name_is_refused(server: Server, place: str) -> None:
    slip = server.settings | {"iteratons": 1}
    asked: dict[str, Any] = {
        "context": {"input": {}, "context": slip},
        "configurable": {"input": {}, "config": {"configurable": slip}},
        "settings": {"input": {"settings": slip}},
        "input": {"input": {"iteratons": 1}, "context": server.settings},
    }[place]
    assert TYPO in refused(server, **asked)


def test_a_setting_in_the_place_of_the_settings_is_refused(server: Server) -> None:
    told = refused(server, input={"iterations": 1}, context=server.settings)
    assert "'iterations' is a setting: give it as {\"settings\"" in told
    assert "no key 'messages'" in refused(server, input={"messages": []}, context=server.settings)


def test_settings_of_an_assistant_are_checked_too(server: Server) -> None:
    assistant = server.client.assistants.create("nas", context=server.settings | {"iteratons": 1})
    thread = server.client.threads.create()["thread_id"]
    wait = server.client.runs.wait
    told = wait(thread, assistant["assistant_id"], input={}, raise_error=False)
    server.client.assistants.delete(assistant["assistant_id"])  # it would be an MCP tool, too
    assert TYPO in told["__error__"]["message"]


def test_an_mcp_client_hears_it_too(server: Server) -> None:
    before = searches(server)
    for slip, words in (({"dataset": "CIFAR-11"}, UNKNOWN), ({"iteratons": 1}, TYPO)):
        for asked in ({"settings": server.settings | slip}, server.settings | slip):
            text = server.mcp("tools/call", name="nas", arguments=asked)["content"][0]["text"]
            assert words in text.replace("\\'", "'")
            assert len(text) < 400
    assert searches(server) == before
