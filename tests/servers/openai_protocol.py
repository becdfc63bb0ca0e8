"""How an OpenAI-compatible server answers `/v1/chat/completions`."""

import json
from collections.abc import Iterator
from typing import Any

from langgraph_nas.llm.tokens import estimate_tokens


def refusal(words: str) -> dict[str, Any]:
    """Return the body of a request that is refused."""
    kind = "invalid_request_error"
    return {"error": {"message": words, "type": kind, "param": None, "code": kind}}


def models(names: list[str]) -> dict[str, Any]:
    """Return how models are listed."""
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


def tokens_read(body: dict[str, Any], window: int | None, keeps_whole: bool) -> int:
    """Return the tokens read of a prompt; of one too long for the window, all of it or half."""
    tokens = estimate_tokens(body["messages"][-1]["content"]) * 4 // 5 + 10
    if window is None or tokens <= window:
        return tokens
    return window if keeps_whole else window // 2 + 3


def completion(body: dict[str, Any], text: str, read: int = 7) -> dict[str, Any]:
    """Return the whole answer at once; of too many words it says that it was cut."""
    message = {"role": "assistant", "content": text}
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or len(text)
    reason = "length" if len(text.split(" ")) > limit else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason}
    usage = {"prompt_tokens": read, "completion_tokens": 3, "total_tokens": read + 3}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**head, "choices": [choice], "usage": usage}


def events(body: dict[str, Any], text: str, read: int = 7) -> Iterator[bytes]:
    """Yield the same as server-sent events, word by word."""
    whole = completion(body, text, read)
    head = {**whole, "object": "chat.completion.chunk"}
    words = text.split(" ")
    for n, word in enumerate(words):
        delta = {"role": "assistant", "content": f" {word}" if n else word}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield _event({**head, "usage": None, "choices": [choice]})
    end = {"index": 0, "delta": {}, "finish_reason": whole["choices"][0]["finish_reason"]}
    yield _event({**head, "choices": [end]})
    yield b"data: [DONE]\n\n"


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
