"""How a role's model is called, what one call holds and what comes back."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_nas.config import SearchConfig


@dataclass(frozen=True)
class Sampling:
    """The settings of all calls of a role."""

    temperature: float = 0.7
    top_p: float = 0.9
    reply_tokens: int = 2048
    """Most new tokens in one reply."""
    prompt_tokens: int = 6144
    """Most tokens in one prompt."""
    num_ctx: int | None = None
    """Ollama's context size, tokens; None: what prompt and reply need."""
    keep_alive: str = "30m"
    timeout: float = 600
    """Seconds to wait for one reply."""
    retries: int = 5
    """Retries when a model server is away."""

    @classmethod
    def of(cls, config: "SearchConfig") -> "Sampling":
        """Return the settings of a search that concern its models."""
        return cls(
            temperature=config.temperature,
            top_p=config.top_p,
            reply_tokens=config.reply_tokens,
            prompt_tokens=config.prompt_tokens,
            num_ctx=config.num_ctx,
            keep_alive=config.keep_alive,
            timeout=config.llm_timeout,
            retries=config.llm_retries,
        )

    @property
    def window(self) -> int:
        """Tokens that a model must hold at once: prompt and reply, rounded up to 256."""
        if self.num_ctx is not None:
            return self.num_ctx
        return -(-(self.prompt_tokens + self.reply_tokens) // 256) * 256


@dataclass(frozen=True)
class Call:
    """One question to a model."""

    prompt: str
    seed: int
    position: int
    """Calls of this role before this one."""
    max_tokens: int
    schema: dict[str, Any] | None = None
    stop: list[str] = field(default_factory=list)
    temperature: float | None = None
    """Default: the settings'."""


@dataclass(frozen=True)
class Reply:
    """One answer of a model."""

    text: str
    prompt_tokens: int | None
    """As the model counts them; None if it does not say."""
    reply_tokens: int | None
    seconds: float
    """Wall seconds of the attempt that succeeded."""
    model: str
    """The role's label, e.g. `ollama:qwen2.5-coder:7b`."""
    cut: bool
    """The reply ran into the token limit."""
    load_seconds: float | None = None
    """The part of `seconds` in which the server loaded the model; None if it does not say."""
