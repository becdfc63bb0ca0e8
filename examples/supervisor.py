"""A supervisor that hands the search over to an agent.

    python examples/supervisor.py [ITERATIONS] [MODEL]

MODEL is a chat model that calls tools, as `ollama:qwen3:8b`. Without one a supervisor that is
written down takes its place: it hands over once and repeats the answer.
"""

import sys
from collections.abc import Sequence
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.types import StreamMode
from langgraph_supervisor import create_supervisor

from langgraph_nas import SearchConfig, nas_agent

PROMPT = "You lead an architecture_search agent. Hand over to it, then say what it found."


class WrittenDown(BaseChatModel):
    """A supervisor without an LLM."""

    @property
    def _llm_type(self) -> str:
        return "written-down"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        told = [message.text for message in messages if message.name == "architecture_search"]
        call = ToolCall(name="transfer_to_architecture_search", args={}, id="1")
        answer = AIMessage(told[0]) if told else AIMessage("", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=answer)])


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    model = init_chat_model(sys.argv[2]) if len(sys.argv) > 2 else WrittenDown()
    config = SearchConfig(dataset="digits", generator="embedded", improver="embedded", cpus=1)
    team = create_supervisor([nas_agent(config=config)], model=model, prompt=PROMPT).compile()

    asked = {"messages": [("user", f"Try {iterations} networks on digits.")]}
    last = None
    modes: list[StreamMode] = ["custom", "values"]
    for part in team.stream(asked, stream_mode=modes, subgraphs=True, version="v2"):
        if part["type"] == "custom" and part["data"]["event"] == "outcome":
            told = part["data"]
            print(told["iteration"], told["outcome"], told["accuracy"])
        if part["type"] == "values" and not part["ns"]:
            last = part["data"]
    assert last is not None
    print(last["messages"][-1].text)


if __name__ == "__main__":
    main()
