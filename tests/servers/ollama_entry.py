"""How Ollama lists a model."""

from typing import Any

SOME_DAY = "2026-01-01T00:00:00Z"


def entry(name: str, modified: str = SOME_DAY) -> dict[str, Any]:
    """One model as `/api/tags` lists it."""
    return {
        "name": name,
        "model": name,
        "modified_at": modified,
        "size": 1,
        "digest": "0" * 64,
        "details": {"family": "tiny", "parameter_size": "1M", "quantization_level": "F16"},
    }
