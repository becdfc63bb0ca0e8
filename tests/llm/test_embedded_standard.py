"""LangChain's own suite for chat models, on the embedded model."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from fakes import FakeSandbox, program
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from pydantic import BaseModel, Field

from langgraph_nas import Archive, SearchConfig, create_nas_graph, recursion_limit
from langgraph_nas.datasets import prepare
from langgraph_nas.sandbox.base import Job, Run

pytest.importorskip("xllamacpp")

from langgraph_nas.llm.embedded import EmbeddedChatModel


@pytest.fixture(scope="module")
def loaded() -> Iterator[EmbeddedChatModel]:
    """Holds the weights in memory, so that each test does not load them again."""
    model = EmbeddedChatModel(n_ctx=1024)
    model.load()
    yield model
    model.close()


class Embedded:
    """What the suite is told of the model under test.

    Excluded, as the model can't, and says so by not having the method:

    - tool calling, tool choice, tool messages, agent loops: a base model of 270M parameters
      writes no tool calls worth the name, so there is no `bind_tools`;
    - images, audio, PDF, Anthropic's content blocks: it reads text only;
    - another model by `model=` of a call: one object is one file, and other names are refused;
    - initialisation from the environment: there is no key and no address to take from there;
    - serialisation: `is_lc_serializable` stays false, the object stands for a loaded file;
    - `test_stream_time`: it measures recorded HTTP traffic, and there is none.
    """

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return EmbeddedChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"n_ctx": 1024}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        # Nobody reads what it says here; 24 tokens are enough for an object of the schemas.
        return {**super().standard_chat_model_params, "max_tokens": 24}  # type: ignore[misc]

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return False


class TestEmbeddedUnits(Embedded, ChatModelUnitTests):
    """Nothing is loaded here."""


@pytest.mark.slow
@pytest.mark.usefixtures("loaded")
class TestEmbeddedIntegration(Embedded, ChatModelIntegrationTests):
    """All that applies to a model that continues texts."""


class Block(BaseModel):
    kind: Literal["conv", "pool"]
    channels: int = Field(ge=8, le=64)


class Plan(BaseModel):
    """A network."""

    blocks: list[Block] = Field(min_length=1, max_length=2)


@pytest.mark.slow
def test_nested_objects_come_back_as_such_and_have_no_other_keys(
    loaded: EmbeddedChatModel,
) -> None:
    asked = loaded.with_structured_output(Plan, include_raw=True)
    found = asked.invoke("A network as JSON: ")
    assert isinstance(found["parsed"], Plan)
    assert set(json.loads(found["raw"].text)) == {"blocks"}
    assert found["parsing_error"] is None


@pytest.mark.slow
def test_a_reply_that_is_cut_is_no_object_of_the_schema(loaded: EmbeddedChatModel) -> None:
    cut = EmbeddedChatModel(n_ctx=1024, max_tokens=4)
    with pytest.raises(OutputParserException):
        cut.with_structured_output(Plan).invoke("A network as JSON: ")
    told = cut.with_structured_output(Plan, include_raw=True).invoke("A network as JSON: ")
    assert told["parsed"] is None
    assert isinstance(told["parsing_error"], OutputParserException)


def test_stop_words_of_the_object_hold_where_a_call_names_none(loaded: EmbeddedChatModel) -> None:
    model = EmbeddedChatModel(n_ctx=1024, max_tokens=24, stop=["four"])
    asked = "one two three four five six\none two three four five six\none two three"
    assert "four" not in model.invoke(asked).text
    assert "".join(chunk.text for chunk in model.stream(asked)) == model.invoke(asked).text
    assert "four" in model.invoke(asked, stop=["six"]).text


def test_another_model_than_its_own_is_refused(loaded: EmbeddedChatModel) -> None:
    with pytest.raises(ValueError, match="make another EmbeddedChatModel"):
        loaded.invoke("Hello", model="llama3", max_tokens=1)
    assert loaded.invoke("Hello", model="embedded", max_tokens=1).response_metadata == {
        "finish_reason": "length",
        "model_name": "embedded",
    }


def test_traces_name_provider_model_and_stop_words() -> None:
    model = EmbeddedChatModel(path=Path("own.gguf"), max_tokens=10, temperature=0.5, stop=["a"])
    assert model._get_ls_params() == {
        "ls_provider": "llamacpp",
        "ls_model_name": "embedded:own.gguf",
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 10,
        "ls_stop": ["a"],
    }
    assert model._get_ls_params(stop=["b"])["ls_stop"] == ["b"]


class Generous(FakeSandbox):
    """Every program is right half of the time."""

    def run(self, job: Job, *about: Any, **more: Any) -> Run:
        return super().run(replace(job, program=program(0.5)), *about, **more)


@pytest.mark.slow
def test_both_roles_are_heard_token_by_token(loaded: EmbeddedChatModel, tmp_path: Path) -> None:
    graph = create_nas_graph(
        generator=EmbeddedChatModel(),
        improver=EmbeddedChatModel(),
        sandbox=Generous(labels=prepare("digits").labels),
        dataset="digits",
        config=SearchConfig(iterations=2),
        database=tmp_path / "s.db",
    ).compile()
    heard: dict[str, list[str]] = {}
    for message, about in graph.stream(
        {}, {"recursion_limit": recursion_limit(2)}, stream_mode="messages"
    ):
        heard.setdefault(about["langgraph_node"], []).append(str(message.content))
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        calls = archive.calls(archive.names()[0])
    roles = {"generate": "generator", "diagnose": "improver"}
    assert set(heard) == set(roles)
    for node, role in roles.items():
        replies = [str(call["reply"]) for call in calls if call["role"] == role]
        assert len(replies) >= 2
        assert "".join(heard[node]) == "".join(replies)
        assert len([piece for piece in heard[node] if piece]) > 2 * len(replies)
