from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langgraph.graph import START, StateGraph
from servers.ollama_protocol import OllamaProtocolServer

from langgraph_nas.config import SearchConfig
from langgraph_nas.llm import Role, Sampling, open_role


def test_any_chat_model_works_and_a_schema_does_no_harm() -> None:
    listed = open_role("generator", FakeListChatModel(responses=["a", "b"]), Sampling())
    assert [listed.ask("?", seed=1, schema={}).text for _ in range(2)] == ["a", "b"]
    generic = GenericFakeChatModel(messages=iter([AIMessage("one two"), "three"]))
    role = open_role("improver", generic, Sampling())
    assert [role.ask("?", seed=1, stop=["x"]).text for _ in range(2)] == ["one two", "three"]
    assert (role.label, role.embedded, role.completion) == ("GenericFakeChatModel", False, False)


async def test_any_chat_model_works_asynchronously() -> None:
    role = open_role("generator", FakeListChatModel(responses=["a"]), Sampling())
    assert (await role.aask("?", seed=1)).text == "a"


def test_a_chat_model_with_a_seed_gets_ours_on_a_copy() -> None:
    seeds: list[int | None] = []

    class Seeded(FakeListChatModel):
        seed: int | None = None

        def _call(self, *args: Any, **kwargs: Any) -> str:
            seeds.append(self.seed)
            return super()._call(*args, **kwargs)

    model = Seeded(responses=["a"])
    role = open_role("generator", model, Sampling())
    role.ask("?", seed=4)
    role.ask("?", seed=5)
    assert seeds == [4, 5]
    assert model.seed is None


def test_a_programming_error_is_neither_hidden_nor_tried_again() -> None:
    calls: list[int] = []

    class Broken(FakeListChatModel):
        def _call(self, *args: Any, **kwargs: Any) -> str:
            calls.append(1)
            raise KeyError("bug")

    with pytest.raises(KeyError):
        open_role("generator", Broken(responses=[""]), Sampling()).ask("?", seed=1)
    assert calls == [1]


def test_callbacks_around_a_call_see_the_tokens(ollama_server: OllamaProtocolServer) -> None:
    seen: list[str] = []

    class Tokens(BaseCallbackHandler):
        def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
            seen.append(token)

    _one_node(open_role("generator", "ollama:tiny", Sampling())).invoke(
        {"text": ""}, {"callbacks": [Tokens()]}
    )
    assert "".join(seen) == "hello from the test server"


def test_langgraph_streams_a_roles_tokens_as_messages(ollama_server: OllamaProtocolServer) -> None:
    graph = _one_node(open_role("generator", "ollama:tiny", Sampling()))
    chunks = [message for message, _ in graph.stream({"text": ""}, stream_mode="messages")]
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    assert [chunk.text for chunk in chunks if chunk.text][:2] == ["hello", " from"]


def test_a_search_config_gives_the_sampling() -> None:
    config = SearchConfig(temperature=0.1, llm_timeout=9, llm_retries=2, num_ctx=4096)
    sampling = Sampling.of(config)
    assert (sampling.temperature, sampling.timeout, sampling.retries) == (0.1, 9, 2)
    assert sampling.window == 4096
    assert Sampling.of(SearchConfig(prompt_tokens=1000, reply_tokens=100)).window == 1280


def _one_node(role: Role) -> Any:
    class State(TypedDict):
        text: Annotated[str, "the reply"]

    def generate(state: State) -> State:
        return {"text": role.ask("hello", seed=1).text}

    return StateGraph(State).add_node(generate).add_edge(START, "generate").compile()
