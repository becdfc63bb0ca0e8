"""How an OpenAI-compatible server answers `/v1/chat/completions`."""

import json
from collections.abc import Iterator
from typing import Any


def refusal(words: str) -> dict[str, Any]:
    """Return the body of a request that is refused."""
    kind = "invalid_request_error"
    return {"error": {"message": words, "type": kind, "param": None, "code": kind}}


def completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the whole answer at once; of too many words it says that it was cut."""
    message = {"role": "assistant", "content": text}
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or len(text)
    reason = "length" if len(text.split(" ")) > limit else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    head = {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**head, "choices": [choice], "usage": usage}


def events(body: dict[str, Any], text: str) -> Iterator[bytes]:
    """Yield the same as server-sent events, word by word."""
    whole = completion(body, text)
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
