"""`ChatOpenAI` with the thoughts that servers tell apart from the text."""

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI

from langgraph_nas.llm.messages import THOUGHTS


class ThoughtfulChatOpenAI(ChatOpenAI):
    """Keeps `reasoning_content` and its like, which `ChatOpenAI` drops, in `additional_kwargs`."""

    def _create_chat_result(
        self, response: Any, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        _name_roles(response)
        result = super()._create_chat_result(response, generation_info)
        told = response if isinstance(response, dict) else response.model_dump(warnings=False)
        for generation, choice in zip(result.generations, told["choices"], strict=False):
            _keep(generation.message, choice.get("message"))
        return result

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], *args: Any, **kwargs: Any
    ) -> ChatGenerationChunk | None:
        found = super()._convert_chunk_to_generation_chunk(chunk, *args, **kwargs)
        choices = chunk.get("choices")
        if found is not None and choices:
            _keep(found.message, choices[0].get("delta"))
        return found


def _name_roles(response: Any) -> None:
    """Have a message without a role be a reply, which it is: `ChatOpenAI` would refuse it."""
    for choice in getattr(response, "choices", None) or []:
        message = getattr(choice, "message", None)
        if message is not None and getattr(message, "role", None) is None:
            message.role = "assistant"


def _keep(message: BaseMessage, told: Any) -> None:
    """Copy the first thoughts in a message or delta; servers may tell them under two names."""
    given = told if isinstance(told, dict) else {}
    thought = next((text for name in THOUGHTS if (text := given.get(name))), None)
    if isinstance(thought, str):
        message.additional_kwargs["reasoning_content"] = thought
