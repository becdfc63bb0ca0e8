"""Sampling settings of a role's model, one call, and its reply."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from langgraph_nas.config import SearchConfig

RECORDED = "recorded:"
"""Prefix of a model's id that names the search whose replies it gives again."""

Think = Literal["auto", "on", "off"]

WhyCut = Literal["limit", "repeated", "unfinished", "time", "long"]
"""Why a reply ended before its end: its token limit; the server ended it, as it repeated itself or
without saying why; it still came when the time was over; it was longer than its limit allows."""


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
    think: Think = "auto"
    """Whether models that can are to think first; `auto`: as they do by themselves."""

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
            think=config.think,
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

    @property
    def most_characters(self) -> int:
        """Characters that a reply of `max_tokens` will not have, thoughts included."""
        return 1024 + 16 * self.max_tokens


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
    """It ended before its end."""
    load_seconds: float | None = None
    """The part of `seconds` in which the server loaded the model; None if it does not say."""
    why_cut: WhyCut | None = None
    """Why it is cut, where that is known."""
    thought: int | None = None
    """Characters of thoughts that came apart from the text; None: not told by older versions."""
    schema_refused: str | None = None
    """What the server said to the schema that it was then asked without."""
