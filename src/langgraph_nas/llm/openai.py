"""Models of any server that speaks OpenAI's protocol (llama.cpp, vLLM, LM Studio and so on)."""

import os
from typing import TYPE_CHECKING, Any

from langgraph_nas.errors import ModelUnavailableError, UsageError
from langgraph_nas.llm.backend import Backend
from langgraph_nas.llm.faults import is_loss, status_of, words_of
from langgraph_nas.llm.sampling import Call, Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

LOOK_SECONDS = 10.0
"""How long a server may take to list its models."""


class OpenAIBackend(Backend):
    """A `ChatOpenAI`: it takes seed, limit and schema as keywords of the call."""

    def bind(self, call: Call) -> tuple["BaseChatModel", dict[str, Any]]:
        """Return the model and its keywords, the schema as `response_format` of the request.

        Told of a `response_format`, the client would parse replies, and raise on one that is cut.
        """
        keywords: dict[str, Any] = {"seed": call.seed, "max_tokens": call.max_tokens}
        if call.temperature is not None:
            keywords["temperature"] = call.temperature
        if call.stop:
            keywords["stop"] = call.stop
        if call.schema is not None:
            schema = {"name": "reply", "schema": call.schema}
            form = {"type": "json_schema", "json_schema": schema}
            own = getattr(self.model, "extra_body", None) or {}
            keywords["extra_body"] = {**own, "response_format": form}
        return self.model, keywords

    def may_refuse_schema(self, error: BaseException) -> bool:
        """Tell whether the request was refused; servers have no common words for why."""
        return status_of(error) in (400, 422)


def open_openai(rest: str, sampling: Sampling) -> OpenAIBackend:
    """Return a model of an OpenAI-compatible server. Its key is OPENAI_API_KEY, if set.

    Args:
        rest: `MODEL@URL`; the URL as the server gives it, mostly ending in `/v1`.
        sampling: The role's settings.

    Raises:
        UsageError: The URL or the model's name is missing.
        ModelUnavailableError: The extra is not installed, or no server answers there.
    """
    name, at, url = rest.partition("@http")
    if not name or not at:
        raise UsageError(
            f"openai:{rest} is not of the form openai:MODEL@URL, "
            "e.g. openai:qwen2.5-coder@http://127.0.0.1:8080/v1"
        )
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise ModelUnavailableError(
            "openai:MODEL@URL needs an extra: pip install 'langgraph-nas[openai]'"
        ) from error
    from pydantic import SecretStr

    address = f"http{url}"
    key = os.environ.get("OPENAI_API_KEY") or "none"
    _look(address, key)
    model = ChatOpenAI(
        model=name,
        base_url=address,
        api_key=SecretStr(key),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        timeout=sampling.timeout,
        max_retries=0,  # the role retries, with pauses that a user can see
    )
    return OpenAIBackend(f"openai:{rest}", model, sampling)


def _look(address: str, key: str) -> None:
    """Raise unless a server answers at this address and takes the key."""
    from openai import OpenAI

    try:
        OpenAI(base_url=address, api_key=key, timeout=LOOK_SECONDS, max_retries=0).models.list()
    except Exception as error:  # the client's own classes; what is no server's fault goes on
        status = status_of(error)
        if status in (401, 403):
            raise ModelUnavailableError(
                f"{address} does not take the key: set OPENAI_API_KEY"
            ) from error
        # Some servers list no models (404 and the like): they answer, which is enough.
        if status is None and not is_loss(error):
            raise
        if status is None or status >= 500:
            raise ModelUnavailableError(
                f"no OpenAI-compatible server answers at {address}: {words_of(error)}"
            ) from error
