"""llama.cpp's records, in the form of OpenAI's stream, as the chunks of a LangChain chat model."""

from collections.abc import Generator, Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk


def tell(
    records: Generator[dict[str, Any]], name: str, run_manager: CallbackManagerForLLMRun | None
) -> Iterator[ChatGenerationChunk]:
    """Yield llama.cpp's records as chunks of the model `name`, telling callbacks of each token."""
    try:
        for record in records:
            chunk = read_chunk(record, name)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk
    finally:
        records.close()


def read_chunk(record: dict[str, Any], name: str) -> ChatGenerationChunk:
    """Return one record as a chunk; the one that says why it ended also names the model."""
    choice = record["choices"][0] if record.get("choices") else {}
    text = choice.get("text") or (choice.get("delta") or {}).get("content") or ""
    reason = choice.get("finish_reason")
    usage = record.get("usage")
    message = AIMessageChunk(
        content=text,
        # Only once: LangChain joins the texts of all chunks.
        response_metadata={"finish_reason": reason, "model_name": name} if reason else {},
        usage_metadata=_usage(usage) if usage else None,
    )
    return ChatGenerationChunk(message=message)


def _usage(usage: dict[str, Any]) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=usage["prompt_tokens"],
        output_tokens=usage["completion_tokens"],
        total_tokens=usage["total_tokens"],
    )
