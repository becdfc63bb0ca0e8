"""Addresses of model servers, as people write them."""

import pytest

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.addresses import is_loopback, ollama_address


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("2001:db8::7", "http://[2001:db8::7]:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("http://[::]:8000", "http://[::1]:8000"),
        ("host", "http://host:11434"),
        ("host:", "http://host:11434"),
        (":8000", "http://127.0.0.1:8000"),
        ("http://host", "http://host:80"),
        ("HTTP://host:8000/", "http://host:8000"),
        ("https://host", "https://host:443"),
        ("https://host/path/", "https://host:443/path"),
        ("host:8000/api/ollama", "http://host:8000/api/ollama"),
        ("  http://host:8000\t\n", "http://host:8000"),
        ('"http://host:8000"', "http://host:8000"),
        ("'host:8000'", "http://host:8000"),
    ],
)
def test_an_address_is_read_as_ollama_reads_it(
    said: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", said)
    assert ollama_address() == (url, {})
    if said:
        assert ollama_address(said) == (url, {})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("http://host:port/", "'port' is no port"),
        ("host:99999", "'99999' is no port"),
        ("host:0", "'0' is no port"),
        ("ftp://host", "ftp:// is not how"),
        ("http:/host:8000", "two slashes"),
        ("my server", "'my server' is no name"),
        ("http://host?key=1", "is no name"),
        (
            "host:8000/v1",
            "ends with /v1.* set OLLAMA_HOST=http://host:8000, .*openai:MODEL@http://host:8000/v1",
        ),
        ("http://host:8000/v1/", "ends with /v1"),
        ("http://host:8000/v1/chat/completions", "ends with /v1/chat/completions"),
        ("https://host/ollama/api", "ends with /api.* set OLLAMA_HOST=https://host:443/ollama$"),
        ("host/api/tags", "ends with /api/tags"),
    ],
)
def test_what_is_no_address_is_refused_in_a_line_that_says_what_to_write(
    said: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", said)
    with pytest.raises(ModelUnavailableError, match=words) as caught:
        ollama_address()
    assert "OLLAMA_HOST" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_is_sent_and_not_told() -> None:
    found = ollama_address("https://me:se%20cret@host/ollama")
    assert found == ("https://host:443/ollama", {"authorization": "Basic bWU6c2UgY3JldA=="})
    with pytest.raises(ModelUnavailableError) as caught:
        ollama_address("https://me:secret@host/v1")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:80/v1", True),
        ("http://127.9.8.7", True),
        ("localhost:11434", True),
        ("http://LOCALHOST.:1", True),
        ("http://ollama.localhost", True),
        ("http://[::1]:8000", True),
        ("http://[::ffff:127.0.0.1]", True),
        ("0.0.0.0:11434", True),
        ("http://128.0.0.1", False),
        ("http://localhost.example.org", False),
        ("http://[2001:db8::1]", False),
        ("http://[::1", False),
    ],
)
def test_this_machine_is_known_by_all_its_names(url: str, here: bool) -> None:
    assert is_loopback(url) is here
